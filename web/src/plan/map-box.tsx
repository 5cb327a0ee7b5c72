import { useEffect, useRef, useState } from "preact/hooks";
import { Banner } from "../ui/banner";
import { useStore } from "../ui/store";
import { useWords } from "../ui/words";
import type { PlanMap } from "./map";
import { type Comparison, plan } from "./state";
import { chosen, type Draft, placed } from "./what-if";
import { words } from "./words";

/** Where the map is to look: one place, or around several. */
export interface Pointed {
  at?: [number, number];
  box?: [number, number][];
}

/** The map, which comes when the page is there already: it is heavy, and everything on it is in the tables. */
export function MapBox(props: {
  comparison: Comparison;
  pointed: Pointed | null;
  onDraft: (change: (draft: Draft) => Draft) => void;
}) {
  const w = useWords(words);
  const { view, changes } = useStore(plan);
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<PlanMap | null>(null);
  const [isLost, setLost] = useState(false);
  const { comparison, pointed, onDraft } = props;
  const snapshot = comparison.with.snapshot.id;

  // One map a gathering; what it shows follows below.
  useEffect(() => {
    let isGone = false;
    let opened: PlanMap | undefined;
    import("./map")
      .then(({ openPlanMap }) => {
        if (isGone || !box.current) return undefined;
        return openPlanMap(box.current, comparison, {
          name: w.text("map.name"),
          zoomIn: w.text("map.zoomin"),
          zoomOut: w.text("map.zoomout"),
        });
      })
      .then((made) => {
        opened = made;
        if (isGone) made?.close();
        else if (made) {
          made.onPlace((lon, lat) => onDraft(placed(lon, lat)));
          made.onSite((id, name) => onDraft(chosen(id, name)));
          setMap(made);
        }
      })
      .catch(() => !isGone && setLost(true));
    return () => {
      isGone = true;
      opened?.close();
      setMap(null);
    };
  }, [snapshot]);

  useEffect(() => map?.show(comparison, view, changes), [map, comparison, view, changes]);
  useEffect(() => {
    if (pointed) map?.look(pointed);
  }, [map, pointed]);

  return (
    <section aria-labelledby="map">
      <h3 id="map" class="visually-hidden">
        {w.text("map.title")}
      </h3>
      {isLost ? (
        <Banner tone="warn" title={w.text("map.failed")}>
          <p>{w.text("map.failed.words")}</p>
        </Banner>
      ) : (
        <>
          <p class="small no-print">{map ? w.text("map.hint") : w.text("map.waiting")}</p>
          <div ref={box} class="plan-canvas" />
        </>
      )}
    </section>
  );
}
