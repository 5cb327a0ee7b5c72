import { useEffect, useRef, useState } from "preact/hooks";
import type { PlaceMap } from "../map";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { useStore } from "../ui/store";
import { known, type TownRow } from "./data";
import { asked, focusHeading } from "./state";
import { T, words } from "./words";

function stand(lon: number, lat: number, label: string): void {
  asked.set({ from: { lon, lat, label }, way: "ask" });
  focusHeading();
}

/** Second question: where one is. By the phone, by the name of the town, or by a tap on the map. */
export function ChoosePlace() {
  const { way } = useStore(asked);
  const [state, setState] = useState<"idle" | "locating" | "failed">("idle");

  function locate() {
    setState("locating");
    if (!navigator.geolocation) {
      setState("failed");
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => stand(coords.longitude, coords.latitude, words.text("where.here")),
      () => setState("failed"),
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
    );
  }

  return (
    <section aria-labelledby="step-where">
      <h2 id="step-where" tabIndex={-1}>
        <T k="where.question" />
      </h2>
      <p>
        <T k="where.private" />
      </p>
      {state === "failed" && (
        <Banner tone="warn" title={<T k="where.failed" />}>
          <p>
            <T k="where.failed.do" />
          </p>
        </Banner>
      )}
      <div class="stack">
        <Button look="primary" icon="person" wide onClick={locate} aria-busy={state === "locating"}>
          <T k={state === "locating" ? "where.locating" : "where.byPhone"} />
        </Button>
        <Button
          wide
          icon="search"
          aria-expanded={way === "towns"}
          onClick={() => asked.set({ way: "towns" })}
        >
          <T k="where.byTown" />
        </Button>
        {way === "towns" && <Towns />}
        <Button wide aria-expanded={way === "map"} onClick={() => asked.set({ way: "map" })}>
          <T k="where.byMap" />
        </Button>
        {way === "map" && <TapMap />}
      </div>
    </section>
  );
}

/** Towns by their reading, narrowed as one types in kanji or kana. */
function Towns() {
  const { towns } = useStore(known);
  const [typed, setTyped] = useState("");
  const found = towns.filter((town) => matches(town, typed)).slice(0, 400);
  if (towns.length === 0) {
    return (
      <p class="empty">
        <T k="where.noTowns" />
      </p>
    );
  }
  return (
    <div>
      <Field
        label={<T k="where.town" />}
        value={typed}
        onValue={setTyped}
        type="search"
        autocomplete="off"
      />
      <p class={found.length > 0 ? "visually-hidden" : "empty"} role="status">
        {found.length > 0 ? (
          words.text("where.townsFound", { count: found.length })
        ) : (
          <T k="where.townsNone" />
        )}
      </p>
      <ul class="towns">
        {found.map(([name, kana, lon, lat]) => (
          <li key={name}>
            <Button wide onClick={() => stand(lon, lat, name)}>
              {name}
              {kana && <span class="kana">{kana}</span>}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Hiragana of the reading, so that either kana finds it. */
function matches([name, kana]: TownRow, typed: string): boolean {
  const wanted = typed.trim();
  return wanted === "" || name.includes(wanted) || hiragana(kana).includes(hiragana(wanted));
}

function hiragana(text: string): string {
  return text.replace(/[ァ-ヶ]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0x60));
}

/** The map comes only when it is asked for: it is heavy, and needs a network the first time. */
function TapMap() {
  const box = useRef<HTMLDivElement>(null);
  const { list } = useStore(known);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let map: PlaceMap | undefined;
    let isGone = false;
    import("../map")
      .then(async ({ openMap }) => {
        if (isGone || !box.current) return;
        map = await openMap(box.current, list?.sites ?? []);
        map.onTap((place) => stand(place.lon, place.lat, words.text("where.tapped")));
      })
      .catch(() => setFailed(true));
    return () => {
      isGone = true;
      map?.close();
    };
  }, [list]);
  if (failed) {
    return (
      <Banner tone="warn" title={<T k="where.mapFailed" />}>
        <p>
          <T k="where.mapFailed.do" />
        </p>
      </Banner>
    );
  }
  return (
    <figure class="map-figure">
      <figcaption>
        <T k="where.tapHint" />
      </figcaption>
      <div ref={box} class="map" />
    </figure>
  );
}
