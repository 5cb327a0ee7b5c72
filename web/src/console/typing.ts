import { useEffect, useState } from "preact/hooks";
import { api } from "../api/client";
import type { components } from "../api/schema";
import { uuidv7 } from "../offline/bytes";
import { announce } from "../ui/live-region";
import { useAct } from "./ask";
import { clockTime } from "./format";
import type { Typed } from "./sheet-keys";
import { type Key, words } from "./words";

export type Sheet = components["schemas"]["SheetToType"];
export type Line = components["schemas"]["LineToType"];
export type Entry = components["schemas"]["TypedEntry"];

/** What is beside the result: who told it, a note. */
export interface Extra {
  toldBy: string;
  toldPhone: string;
  note: string;
}

export const NO_EXTRA: Extra = { toldBy: "", toldPhone: "", note: "" };

/** How an entry is put: in the place of another, or beside it. */
export type How = { corrects: string } | { isAnotherVisit: true } | null;

/** Writing lines of one sheet down, and taking the last one back. */
export function useTyping(sheet: Sheet, again: () => Promise<void>) {
  const [lines, setLines] = useState<Line[]>(sheet.lines);
  const [done, setDone] = useState<{ line: Line; id: string; attempt: Entry["attempt"] }[]>([]);
  const act = useAct();
  useEffect(() => setLines(sheet.lines), [sheet]);

  function replace(line: Line) {
    setLines((was) => was.map((l) => (l.line_no === line.line_no ? line : l)));
  }

  async function send(line: Line, body: components["schemas"]["TypeLine"]) {
    const told = await act.run(() =>
      api.POST("/sheets/{serial}/lines/{line_no}", {
        params: { path: { serial: sheet.copy.serial, line_no: line.line_no } },
        body,
      }),
    );
    if (told?.ok) replace(told.data.line);
    // Another desk was quicker: what it typed is what has to be looked at.
    else if (told?.problem.status === 409) await again();
    return told?.ok === true;
  }

  async function type(
    line: Line,
    typed: Typed,
    observedAt: string,
    walker: string,
    extra: Extra,
    how: How,
  ): Promise<boolean> {
    const id = uuidv7();
    const isSaved = await send(line, {
      id,
      outcome: typed.result.outcome,
      attempt: typed.attempt,
      marker: typed.result.marker ?? null,
      observed_at: observedAt,
      volunteer_id: walker || null,
      told_by: extra.toldBy,
      told_phone: extra.toldPhone,
      note: extra.note,
      corrects: how && "corrects" in how ? how.corrects : null,
      is_another_visit: how !== null && "isAnotherVisit" in how,
    });
    if (isSaved) {
      setDone((was) => [...was, { line, id, attempt: typed.attempt }]);
      announce(
        words.text("type.saved", {
          line: line.line_no,
          name: line.name,
          result: words.text(typed.result.word),
          time: clockTime(observedAt, words.lang),
        }),
      );
    }
    return isSaved;
  }

  /** Takes back what was typed here last: the line, or null when there is nothing. */
  async function undo(): Promise<Line | null> {
    const last = done.at(-1);
    if (!last) {
      announce(words.text("type.nothing_to_undo"));
      return null;
    }
    const isBack = await send(last.line, {
      id: uuidv7(),
      attempt: last.attempt,
      observed_at: new Date().toISOString(),
      corrects: last.id,
      is_withdrawal: true,
    });
    if (!isBack) return null;
    setDone((was) => was.slice(0, -1));
    announce(words.text("type.undone", { line: last.line.line_no, name: last.line.name }));
    return last.line;
  }

  return { lines, act, type, undo, canUndo: done.length > 0 };
}

/** An entry in words: `無事 会って確かめた 10:05 山田`. */
export function entryWords(entry: Entry): string {
  const said = entry.marker
    ? words.text(`marker.${entry.marker}`)
    : entry.outcome
      ? words.text(`outcome.${entry.outcome}`)
      : "";
  const how = words.text(`attempt.${entry.attempt}` as Key);
  return [said, how, clockTime(entry.observed_at, words.lang), entry.typed_by_name]
    .filter(Boolean)
    .join(" ");
}

/** The next line after `from` with nothing typed in; from the top when there is none below. */
export function nextLine(lines: Line[], from: number): Line | undefined {
  const open = lines.filter((line) => line.typed.length === 0);
  return open.find((line) => line.line_no > from) ?? open[0];
}
