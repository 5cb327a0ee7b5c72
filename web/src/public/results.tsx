import { useEffect, useMemo, useState } from "preact/hooks";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { announce } from "../ui/live-region";
import { useStore } from "../ui/store";
import { known } from "./data";
import { directionOf, spokenDistance } from "./direction";
import type { Place } from "./ellipsoid";
import { type NearSite, nearest, OPEN_STATE_HOLDS_MS, type SiteKind } from "./nearest";
import { asked, startOver } from "./state";
import { type Key, T, words } from "./words";

const KINDS: readonly SiteKind[] = ["evacuation_site", "evacuation_building", "shelter"];
const FIRST = 5;

/** The answer: the nearest suitable places, with what kind of distance is meant and why each is listed. */
export function Results() {
  const { hazard, from, kind } = useStore(asked);
  const { list, fetchedAt } = useStore(known);
  const [limit, setLimit] = useState(FIRST);
  const isKnown =
    !!list?.is_open_state_known && Date.now() - (fetchedAt ?? 0) <= OPEN_STATE_HOLDS_MS;
  const sites = useMemo(
    () =>
      list && from && hazard
        ? nearest(list.sites, { lon: from.lon, lat: from.lat, hazard, kind, limit }, isKnown)
        : [],
    [list, from, hazard, kind, limit, isKnown],
  );
  useEffect(() => announce(words.text("results.count", { count: sites.length })), [sites]);
  if (!from || !hazard) return null;
  return (
    <section aria-labelledby="step-results">
      <h2 id="step-results" tabIndex={-1}>
        <T k="results.title" p={{ hazard: words.marked(`hazard.${hazard}`) }} />
      </h2>
      <p>
        <T k="results.from" p={{ place: from.label }} />
      </p>
      <fieldset class="kinds">
        <legend>
          <T k="kind.question" />
        </legend>
        {KINDS.map((choice) => (
          <Button
            key={choice}
            wide
            aria-pressed={kind === choice}
            onClick={() => asked.set({ kind: choice })}
          >
            <T k={`kind.choose.${choice}`} />
          </Button>
        ))}
      </fieldset>
      {kind === "evacuation_building" && (
        <Banner tone="warn" title={<T k="kind.building.warn" />} />
      )}
      {kind === "shelter" && <Banner tone="info" title={<T k="kind.shelter.note" />} />}
      {sites.length === 0 ? (
        <Banner tone="warn" title={<T k="results.none" />}>
          <p>
            <T k="results.none.do" />
          </p>
        </Banner>
      ) : (
        <ol class="sites">
          {sites.map((site) => (
            <SiteCard key={site.id} site={site} from={from} />
          ))}
        </ol>
      )}
      {sites.length === limit && limit < 20 && (
        <Button wide onClick={() => setLimit(20)}>
          <T k="results.more" />
        </Button>
      )}
      <p class="note">
        <T k="results.straight" />
      </p>
      <div class="stack">
        <Button wide icon="back" onClick={() => asked.set({ from: null })}>
          <T k="results.otherPlace" />
        </Button>
        <Button wide look="quiet" onClick={startOver}>
          <T k="results.startOver" />
        </Button>
      </div>
    </section>
  );
}

function SiteCard({ site, from }: { site: NearSite; from: Place }) {
  const { value, unit } = spokenDistance(site.distance_m);
  const refusal = ["not_announced", "not_opened", "full", "closed"].includes(site.reason);
  return (
    <li class={`site${refusal ? " site-refuses" : ""}`}>
      <h3>{site.name}</h3>
      <p class="distance">
        <T k="results.distance" p={{ value, unit }} />{" "}
        <span class="direction">
          <T k={`direction.${directionOf(from, site)}`} />
        </span>
      </p>
      <p>
        <span class={`kind kind-${site.kind}`}>
          <T k={`kind.${site.kind}`} />
        </span>{" "}
        {site.address}
      </p>
      <p class={refusal ? "reason-warn" : "reason"}>
        <T k={`reason.${site.reason}` as Key} />
      </p>
      {site.hazards.length > 0 && (
        <p class="hazards">
          <T
            k="results.hazards"
            p={{
              list: site.hazards
                .map((h) => words.marked(`hazard.${h}`))
                .join(words.marked("separator")),
            }}
          />
        </p>
      )}
      <a class="button" href={`geo:${site.lat},${site.lon}?q=${site.lat},${site.lon}`}>
        <T k="results.openMap" />
      </a>
    </li>
  );
}
