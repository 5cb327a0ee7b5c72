import { useRef, useState } from "preact/hooks";
import { api } from "../api/client";
import { useAsk } from "../console/ask";
import { ProblemBanner } from "../console/parts/problem";
import { Button } from "../ui/button";
import { useStore } from "../ui/store";
import { useWords } from "../ui/words";
import { AsOf, Gather } from "./as-of";
import { ChooseHazard, Settings } from "./choose";
import { Legend } from "./legend-box";
import { MapBox, type Pointed } from "./map-box";
import { Result } from "./result";
import { Saved } from "./saved";
import { type Asked, plan, type Change as SiteChange, undo } from "./state";
import { Tables } from "./tables";
import { Take } from "./take";
import { type Draft, EMPTY, WhatIf } from "./what-if";
import { words } from "./words";

/** The hazard first; then map, figures and tables, all of one answer. */
export function Page() {
  const w = useWords(words);
  const { hazard, kind, far_m, changes } = useStore(plan);
  const asked = { hazard: hazard ?? "any", kind, far_m, changes } as const;
  const {
    data: snapshot,
    problem: lost,
    again,
  } = useAsk("snapshot", () => api.GET("/coverage/snapshot"));
  const inForce = snapshot?.snapshot ?? null;
  if (!snapshot)
    return lost ? <ProblemBanner problem={lost} /> : <p role="status">{w.text("loading")}</p>;
  return (
    <>
      <h1>{w.text("title")}</h1>
      {!inForce ? (
        <Gather onMade={again} />
      ) : hazard === null ? (
        <ChooseHazard />
      ) : (
        <Planned key={inForce.id} asked={asked} onMade={again} />
      )}
    </>
  );
}

function Planned({
  asked,
  onMade,
}: {
  asked: Asked & { changes: SiteChange[] };
  onMade: () => Promise<void>;
}) {
  const w = useWords(words);
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const map = useRef<HTMLDivElement>(null);
  const { data, problem, again } = useAsk(JSON.stringify(asked), () =>
    api.POST("/coverage/compare", { body: asked }),
  );
  // While the next answer is on its way the last one stays, so that nothing jumps.
  const last = useRef(data);
  if (data) last.current = data;
  const shown = data ?? last.current;

  function point(to: Pointed) {
    setPointed({ ...to });
    map.current?.scrollIntoView({ block: "center" });
    map.current?.focus();
  }

  return (
    <>
      <div class="plan">
        <div class="plan-settings no-print">
          <Settings />
        </div>
        <div class="plan-what-if no-print">
          <WhatIf draft={draft} onDraft={setDraft} comparison={shown} />
        </div>
        <div class="plan-main" aria-busy={!data && !problem}>
          <ProblemBanner problem={problem} />
          {shown ? (
            <>
              <AsOf snapshot={shown.with.snapshot} onMade={onMade} />
              <Result comparison={shown} />
              <div class="plan-map" ref={map} tabIndex={-1}>
                <MapBox comparison={shown} pointed={pointed} onDraft={setDraft} />
                <Legend />
              </div>
            </>
          ) : (
            !problem && <p role="status">{w.text("loading")}</p>
          )}
          {problem && (
            <div class="actions">
              {asked.changes.length > 0 && (
                <Button icon="undo" onClick={undo}>
                  {w.text("whatif.undo")}
                </Button>
              )}
              <Button onClick={() => void again()}>{w.text("again")}</Button>
            </div>
          )}
        </div>
      </div>
      {shown && <Tables comparison={shown} onPoint={point} />}
      <div class="no-print plan-foot">
        <Saved />
        <Take />
      </div>
    </>
  );
}
