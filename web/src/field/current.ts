import type { Round } from "../offline/bundle";

/**
 * Where an operational record belongs when the list cannot be read: ids and times, nobody's data. It is kept outside the PIN and
 * grows old there: what the phone worked in last winter says nothing of today.
 */
export interface Current {
  roundId: string;
  eventId: string;
  eventKind: "drill" | "disaster";
  /** A drill's end. Absent in rows of older versions: then nobody knows whether the drill is still on. */
  endsMs?: number;
  /** Phone time at which it was last on the list. */
  seenMs?: number;
  /** Begun on this phone, perhaps while the list was closed, and known to no list before headquarters binds it. */
  begun?: { name: string; atMs: number };
}

/** How far a drill is: `over` is past its end by little, when stragglers still record in it. */
export type DrillPhase = "no" | "on" | "over" | "long_over";

const HOUR_MS = 3_600_000;
/** A drill without a planned end is over after a day. */
const DRILL_MS = 24 * HOUR_MS;
const STRAGGLERS_MS = 12 * HOUR_MS;
const DISASTER_KNOWN_MS = 30 * 24 * HOUR_MS;
/** As long as the phone keeps its own copy of what it sent. */
const BEGUN_KNOWN_MS = 14 * 24 * HOUR_MS;

export function drillPhase(
  it: { eventKind: string; endsMs?: number | undefined } | null,
  nowMs: number,
): DrillPhase {
  if (it?.eventKind !== "drill") return "no";
  const sinceMs = nowMs - (it.endsMs ?? 0);
  return sinceMs <= 0 ? "on" : sinceMs <= STRAGGLERS_MS ? "over" : "long_over";
}

export function phaseOfRound(round: Round, nowMs: number): DrillPhase {
  return drillPhase(currentOf(round, nowMs), nowMs);
}

export function currentOf(
  { id, started_at, event }: Pick<Round, "id" | "started_at" | "event">,
  nowMs: number,
): Current {
  const current: Current = {
    roundId: id,
    eventId: event.id,
    eventKind: event.kind,
    seenMs: nowMs,
  };
  if (event.kind === "drill") {
    const { planned_end_at } = event;
    current.endsMs = planned_end_at
      ? Date.parse(planned_end_at)
      : Date.parse(started_at) + DRILL_MS;
  }
  return current;
}

/** A place without a round of its own: a real call out of its drill names the event. */
export function currentOfEvent(event: Round["event"], nowMs = Date.now()): Current {
  return currentOf({ id: event.id, started_at: new Date(nowMs).toISOString(), event }, nowMs);
}

/** What may still be worked in; null once it is too old to say anything. */
export function stillCurrent(current: Current | null, nowMs: number): Current | null {
  if (!current || drillPhase(current, nowMs) === "long_over") return null;
  const isForgotten = current.seenMs !== undefined && nowMs - current.seenMs > DISASTER_KNOWN_MS;
  return isForgotten ? null : current;
}

/** A round begun on this phone that its list does not know yet. */
export function begunHere(current: Current | null, nowMs: number): Current | null {
  return current?.begun && nowMs - current.begun.atMs < BEGUN_KNOWN_MS ? current : null;
}

/** Disaster before drill; a drill that is over comes last, and by itself never. */
const RANK = { no: 0, on: 1, over: 2, long_over: 3 } as const;

/** Rounds in the order in which a volunteer wants them. */
export function byUrgency(rounds: Round[], nowMs: number): Round[] {
  const rank = (round: Round) => RANK[phaseOfRound(round, nowMs)];
  return [...rounds].sort((a, b) => rank(a) - rank(b) || b.started_at.localeCompare(a.started_at));
}

/**
 * The round that the page shows: the one chosen by hand, else the one that it showed before while nothing is more urgent, else the
 * most urgent. A drill that is over is shown only to whoever was in it as it ended, or chose it.
 */
export function roundToShow(
  rounds: Round[],
  was: { roundId: string | null; isChosen: boolean },
  nowMs: number,
): Round | null {
  const rank = (round: Round) => RANK[phaseOfRound(round, nowMs)];
  const before = rounds.find((round) => round.id === was.roundId);
  if (before && was.isChosen) return before;
  const [first] = byUrgency(rounds, nowMs);
  if (!first) return null;
  if (before && rank(before) <= Math.min(rank(first), RANK.over)) return before;
  return rank(first) <= RANK.on ? first : null;
}
