import { expect, test } from "vitest";
import { dueCalls, HIDE_ALARM_MS } from "./call";

const call = (id: string, atMs: number) => ({ id, atMs, isDrill: false, lines: null });
const ids = (calls: { id: string }[]) => calls.map(({ id }) => id);

test("each call comes up after its own minute, and putting one aside puts no other aside", () => {
  const calls = [call("a", 0), call("b", 30_000)];
  expect(ids(dueCalls(calls, new Map(), 60_000))).toEqual([]);
  expect(ids(dueCalls(calls, new Map(), 61_000))).toEqual(["a"]);
  const hidden = new Map([["a", 61_000 + HIDE_ALARM_MS]]);
  expect(ids(dueCalls(calls, hidden, 62_000))).toEqual([]);
  expect(ids(dueCalls(calls, hidden, 91_000))).toEqual(["b"]);
  expect(ids(dueCalls(calls, hidden, 362_000))).toEqual(["a", "b"]);
});
