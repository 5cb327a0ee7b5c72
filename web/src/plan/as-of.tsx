import { useState } from "preact/hooks";
import { api } from "../api/client";
import type { components } from "../api/schema";
import { useAct } from "../console/ask";
import { dayTime } from "../console/format";
import { ProblemBanner } from "../console/parts/problem";
import { Button } from "../ui/button";
import { announce } from "../ui/live-region";
import { useWords } from "../ui/words";
import { number } from "./format";
import { words } from "./words";

type Snapshot = components["schemas"]["Snapshot"];

/** Nothing was gathered yet: what that is, and how it is done. */
export function Gather({ onMade }: { onMade: () => Promise<void> }) {
  const w = useWords(words);
  return (
    <section class="card form" aria-labelledby="none">
      <h2 id="none">{w.text("none.title")}</h2>
      <p>{w.text("none.words")}</p>
      <p>{w.text("asof.why")}</p>
      <Again label={w.text("none.make")} before={null} onMade={onMade} />
    </section>
  );
}

/** As of when, how many are in no cell, and why people are in cells at all. */
export function AsOf({ snapshot, onMade }: { snapshot: Snapshot; onMade: () => Promise<void> }) {
  const w = useWords(words);
  return (
    <section class="as-of" aria-labelledby="as-of">
      <h2 id="as-of" class="visually-hidden">
        {w.text("asof.title")}
      </h2>
      <p>
        {w.text("asof.words", {
          at: dayTime(snapshot.as_of, w.lang),
          people: number(snapshot.people),
          out: number(snapshot.left_out),
        })}{" "}
        {snapshot.looked_at !== snapshot.as_of && (
          <small>{w.text("asof.looked", { at: dayTime(snapshot.looked_at, w.lang) })}</small>
        )}
      </p>
      <details class="no-print">
        <summary>{w.text("asof.title")}</summary>
        <p>{w.text("asof.why")}</p>
        <Again label={w.text("asof.again")} before={snapshot.id} onMade={onMade} />
      </details>
    </section>
  );
}

function Again(props: { label: string; before: string | null; onMade: () => Promise<void> }) {
  const w = useWords(words);
  const act = useAct();
  const [said, setSaid] = useState("");

  async function make() {
    const told = await act.run(() =>
      api.POST("/coverage/snapshot", { body: { id: crypto.randomUUID() } }),
    );
    if (!told?.ok) return;
    const outcome = w.text(told.data.id === props.before ? "asof.same" : "asof.new");
    setSaid(outcome);
    announce(outcome);
    await props.onMade();
  }

  return (
    <>
      <ProblemBanner problem={act.problem} />
      <Button
        look={props.before ? "plain" : "primary"}
        onClick={() => void make()}
        aria-busy={act.busy}
      >
        {props.label}
      </Button>
      {said && <p>{said}</p>}
    </>
  );
}
