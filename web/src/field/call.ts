import type { RecordedItem } from "../offline/outbox";
import type { AppState } from "./app";
import { begunHere } from "./current";
import { payloadOf, peopleOf, roundsOf } from "./model";
import { needKey } from "./vocabulary";
import { text } from "./words";

/** One fact of a call: what it is about, and what it says. */
export interface CallLine {
  about: "alarmWho" | "alarmPlace" | "alarmNeed";
  says: string;
}

/** A call for rescue that has no receipt, in words that can be shown or read out. */
export interface OpenCall {
  id: string;
  atMs: number;
  isDrill: boolean;
  /** Null while the list is closed: the words need the PIN. */
  lines: CallLine[] | null;
}

/** After this long without a receipt a call fills the screen … */
const ALARM_AFTER_MS = 60_000;
/** … and after this long again, when it was put aside. */
export const HIDE_ALARM_MS = 5 * 60_000;

/** Calls that fill the screen now, oldest first; each is put aside by itself. `hiddenUntilMs`: by id. */
export function dueCalls(
  calls: OpenCall[],
  hiddenUntilMs: ReadonlyMap<string, number>,
  nowMs: number,
): OpenCall[] {
  return calls.filter(
    ({ id, atMs }) => nowMs - atMs > ALARM_AFTER_MS && nowMs > (hiddenUntilMs.get(id) ?? 0),
  );
}

/** Waiting calls for rescue that were not taken back, oldest first. */
export function openCalls(state: AppState): OpenCall[] {
  // Rows of older versions do not say outside the seal what they take back.
  const withdrawn = new Set(
    state.records.map((item) => payloadOf(item)).map((p) => (p?.is_withdrawal ? p.corrects : null)),
  );
  return state.sync.rescues
    .filter((rescue) => !withdrawn.has(rescue.id))
    .map((rescue) => {
      const item = state.records.find((known) => known.id === rescue.id);
      return { ...rescue, lines: item ? linesOf(state, item) : null };
    });
}

function linesOf(state: AppState, item: RecordedItem): CallLine[] {
  const payload = payloadOf(item);
  const begun = begunHere(state.current, state.nowMs);
  const rounds = roundsOf(state.bundle, state.records, begun);
  const round = rounds.find((one) => one.id === payload?.round_id);
  const me = { deviceId: state.device?.id ?? "", principal: state.device?.principal ?? "" };
  const person = round
    ? peopleOf(round, state.records, me).find(({ member }) => member.id === payload?.member_id)
    : undefined;
  const who = person?.member.name || payload?.subject?.label || text("nameless");
  const place = payload?.subject?.place || payload?.note || person?.member.address || "";
  const needs = (payload?.needs ?? []).map((need) => {
    const key = needKey(need);
    return key ? text(key) : need;
  });
  const need = needs.join("・") || text("state_needs_rescue");
  return [
    { about: "alarmWho", says: who },
    ...(place ? [{ about: "alarmPlace" as const, says: place }] : []),
    { about: "alarmNeed", says: need },
  ];
}
