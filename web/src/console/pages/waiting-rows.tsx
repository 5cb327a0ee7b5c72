import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { useWords } from "../../ui/words";
import { tell, useAsk } from "../ask";
import { DecideTogether } from "../parts/decide-together";
import { PageTitle, Waiting } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { WaitingRow } from "../parts/waiting-row";
import type { Params } from "../places";
import { href } from "../router";
import { words } from "../words";
import "../waiting.css";

export type Row = components["schemas"]["WaitingRow"];
export type Sorts = components["schemas"]["Sorts"];
type Page = components["schemas"]["WaitingRows"];

/** Rows of a roster that no number ties to a person: each beside the people it might be, decided one by one or together. */
export default function WaitingRows({ import: id = "" }: Params) {
  const w = useWords(words);
  const asked = useAsk(`waiting/${id}`, () => after(0));
  const [more, setMore] = useState<Page[]>([]);
  const [said, setSaid] = useState<{ rows: Record<number, Row>; sorts: Sorts | null }>({
    rows: {},
    sorts: null,
  });
  const [problem, setProblem] = useState<Parameters<typeof ProblemBanner>[0]["problem"]>(null);
  if (!asked.data) {
    return (
      <>
        <PageTitle title={w.text("waiting.title")} />
        <Waiting problem={asked.problem} again={asked.again} />
      </>
    );
  }
  const pages = [asked.data, ...more];
  const rows = pages.flatMap((page) => page.items).map((row) => said.rows[row.seq] ?? row);
  const next = pages[pages.length - 1]?.next;
  const sorts = said.sorts ?? asked.data.sorts;
  const total = sorts.waiting + sorts.decided;

  function after(seq: number) {
    return api.GET("/imports/{id}/waiting", {
      params: { path: { id }, query: { after: seq, limit: 20 } },
    });
  }

  async function load() {
    if (next == null) return;
    const told = await tell(() => after(next));
    if (told.ok) setMore([...more, told.data]);
    else setProblem(told.problem);
  }

  /** Everything again: many rows changed at once. */
  async function afresh() {
    setMore([]);
    setSaid({ rows: {}, sorts: null });
    await asked.again();
  }

  /** The row as it now is; the person chosen is free for no other row of the page. */
  function changed(row: Row, now: Sorts) {
    const changes: Record<number, Row> = { ...said.rows, [row.seq]: row };
    for (const other of rows.filter((r) => r.seq !== row.seq)) {
      const candidates = other.candidates.map((c) => {
        if (c.person_id === row.person_id)
          return { ...c, taken_by: row.seq, taken_by_line: row.line };
        if (c.taken_by === row.seq) return { ...c, taken_by: null, taken_by_line: null };
        return c;
      });
      changes[other.seq] = { ...other, candidates };
    }
    setSaid({ rows: changes, sorts: now });
    if (row.decision) focusNext(row.seq);
  }

  function focusNext(seq: number) {
    const open = rows.filter((r) => r.seq !== seq && !r.decision);
    const to = open.find((r) => r.seq > seq) ?? open[0];
    const place = to ? `waiting-${to.seq}` : "waiting-left";
    requestAnimationFrame(() => document.getElementById(place)?.focus());
  }

  return (
    <>
      <p>
        <a href={href("imports", id)}>{w.text("waiting.back")}</a>
      </p>
      <PageTitle title={w.text("waiting.title")} />
      {total === 0 ? (
        <Banner tone="info" title={w.text("waiting.over")} />
      ) : (
        <>
          <div class="waiting-left" id="waiting-left" tabIndex={-1}>
            <p role="status">
              <strong>
                {sorts.waiting > 0
                  ? w.text("waiting.left", { n: sorts.waiting })
                  : w.text("waiting.done")}
              </strong>{" "}
              <span>{w.text("waiting.progress", { n: sorts.decided, total })}</span>
            </p>
            <progress max={total} value={sorts.decided} aria-label={w.text("waiting.title")} />
            {sorts.waiting === 0 && (
              <p>
                {w.text("waiting.then")} <a href={href("imports", id)}>{w.text("waiting.back")}</a>
              </p>
            )}
          </div>
          <DecideTogether id={id} sorts={sorts} onDecided={afresh} />
          <p class="small waiting-keys">{w.text("waiting.keys")}</p>
          <ol class="plain">
            {rows.map((row) => (
              <WaitingRow key={row.seq} id={id} row={row} onChanged={changed} />
            ))}
          </ol>
          <ProblemBanner problem={problem} />
          {next != null && <Button onClick={() => void load()}>{w.text("waiting.next")}</Button>}
        </>
      )}
    </>
  );
}
