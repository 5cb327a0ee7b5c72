import { expect, test } from "vitest";
import type { Round } from "../offline/bundle";
import {
  begunHere,
  byUrgency,
  type Current,
  currentOf,
  drillPhase,
  roundToShow,
  stillCurrent,
} from "./current";

const MORNING = Date.parse("2027-01-17T00:00:00Z");
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOTHING = { roundId: null, isChosen: false };

function round(id: string, kind: "drill" | "disaster", startedMs: number, endsMs?: number): Round {
  const started_at = new Date(startedMs).toISOString();
  const planned_end_at = endsMs === undefined ? null : new Date(endsMs).toISOString();
  const event = { id: `e-${id}`, kind, name: id, planned_end_at };
  return { id, kind: "safety", name: id, started_at, event, members: [] };
}

const drill = round("drill", "drill", MORNING, MORNING + 3 * HOUR);
const disaster = round("disaster", "disaster", MORNING + HOUR);

test("January's drill is not what a phone works in in March, and nothing hides the way to begin", () => {
  expect(roundToShow([drill], NOTHING, MORNING + HOUR)).toBe(drill);
  expect(roundToShow([drill], NOTHING, MORNING + 60 * DAY)).toBeNull();
  expect(
    roundToShow([drill], { roundId: "drill", isChosen: false }, MORNING + 60 * DAY),
  ).toBeNull();
  // Whoever wants to look at it can.
  const chosen = { roundId: "drill", isChosen: true };
  expect(roundToShow([drill], chosen, MORNING + 60 * DAY)).toBe(drill);
});

test("a drill begun on the spot, which has no planned end, is over after a day", () => {
  const own = round("own", "drill", MORNING);
  expect(roundToShow([own], NOTHING, MORNING + 23 * HOUR)).toBe(own);
  expect(roundToShow([own], NOTHING, MORNING + 25 * HOUR)).toBeNull();
});

test("the list does not vanish under the hands of whoever is in the drill as it ends", () => {
  const was = { roundId: "drill", isChosen: false };
  expect(roundToShow([drill], was, MORNING + 4 * HOUR)).toBe(drill);
  expect(roundToShow([drill], NOTHING, MORNING + 4 * HOUR)).toBeNull();
});

test("a disaster comes before a drill that is on, unless the drill was chosen by hand", () => {
  const both = [drill, disaster];
  const now = MORNING + 2 * HOUR;
  expect(roundToShow(both, { roundId: "drill", isChosen: false }, now)).toBe(disaster);
  expect(roundToShow(both, { roundId: "drill", isChosen: true }, now)).toBe(drill);
  const older = round("older", "disaster", MORNING - DAY);
  expect(byUrgency([drill, older, disaster], now)).toEqual([disaster, older, drill]);
  // Between two disasters the page stays where it was.
  expect(roundToShow([older, disaster], { roundId: "older", isChosen: false }, now)).toBe(older);
});

test("what is remembered of a drill grows old: when in doubt it is real", () => {
  const current = currentOf(drill, MORNING);
  const phase = (nowMs: number) => drillPhase(current, nowMs);
  expect(phase(MORNING + 2 * HOUR)).toBe("on");
  expect(phase(MORNING + 4 * HOUR)).toBe("over");
  expect(phase(MORNING + 60 * DAY)).toBe("long_over");
  expect(stillCurrent(current, MORNING + 4 * HOUR)).toBe(current);
  expect(stillCurrent(current, MORNING + 60 * DAY)).toBeNull();
  // A row of an older version does not say when its drill ends.
  const old: Current = { roundId: "r", eventId: "e", eventKind: "drill" };
  expect(drillPhase(old, MORNING)).toBe("long_over");
  expect(stillCurrent(old, MORNING)).toBeNull();
});

test("a disaster is remembered for a month, also by a row of an older version", () => {
  const current = currentOf(disaster, MORNING);
  expect(drillPhase(current, MORNING)).toBe("no");
  expect(stillCurrent(current, MORNING + 29 * DAY)).toBe(current);
  expect(stillCurrent(current, MORNING + 31 * DAY)).toBeNull();
  const old: Current = { roundId: "r", eventId: "e", eventKind: "disaster" };
  expect(stillCurrent(old, MORNING)).toBe(old);
});

test("a round begun while the list was closed is on the list for two weeks", () => {
  const begun = { name: "夜の地震", atMs: MORNING };
  const current = { ...currentOf(disaster, MORNING), begun };
  expect(begunHere(current, MORNING + 13 * DAY)).toBe(current);
  expect(begunHere(current, MORNING + 15 * DAY)).toBeNull();
  expect(begunHere(currentOf(disaster, MORNING), MORNING)).toBeNull();
});
