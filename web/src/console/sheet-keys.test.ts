import { expect, test } from "vitest";
import { parseCount, parseResult, parseTime, RESULTS } from "./sheet-keys";

test("a key is a result, a second one how it was learned, in any width", () => {
  expect(parseResult("1")).toMatchObject({ attempt: "met", result: { outcome: "safe" } });
  expect(parseResult("１４")).toMatchObject({ attempt: "neighbour", result: { outcome: "safe" } });
  expect(parseResult("6")).toMatchObject({ attempt: "no_answer", result: { outcome: null } });
  expect(parseResult("9")).toMatchObject({ attempt: "marker", result: { marker: "not_shown" } });
  expect(parseResult("Ｒ")).toMatchObject({ attempt: "refused" });
});

test("what is no key is nothing, and no answer is learned by nobody", () => {
  for (const text of ["", "q", "15", "62", "111"]) expect(parseResult(text)).toBeNull();
});

test("no two boxes have one key", () => {
  expect(new Set(RESULTS.map((r) => r.key)).size).toBe(RESULTS.length);
});

test("a time is Japan's, wherever the browser stands", () => {
  expect(parseTime("0935", "2026-11-27")).toBe("2026-11-27T00:35:00.000Z");
  expect(parseTime("９３５", "2026-11-27")).toBe("2026-11-27T00:35:00.000Z");
  expect(parseTime("9:35", "2026-11-27")).toBe("2026-11-27T00:35:00.000Z");
  for (const text of ["", "2460", "2400", "12", "12345"]) {
    expect(parseTime(text, "2026-11-27")).toBeNull();
  }
});

test("an empty count is unknown, zero is zero", () => {
  expect(parseCount("")).toBeNull();
  expect(parseCount("０")).toBe(0);
  expect(parseCount("七")).toBeNull();
});
