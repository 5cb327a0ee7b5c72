import { expect, test } from "vitest";
import {
  clockTime,
  dayTime,
  fileSize,
  fromLocalInput,
  longDay,
  percent,
  sinceParts,
  toLocalInput,
} from "./format";

const AT = "2026-01-17T05:05:12Z";

test("times are Japan's wherever the browser stands", () => {
  expect(clockTime(AT, "ja", true)).toBe("14:05:12");
  expect(clockTime("2026-01-17T15:30:00Z", "ja")).toBe("00:30");
  expect(dayTime(AT, "ja", Date.parse(AT))).toBe("1月17日 14:05");
  expect(longDay("2026-11-21T18:00:00Z", "ja")).toBe("令和8年11月22日");
  expect(longDay("2026-11-21T18:00:00Z", "en")).toBe("22 November 2026");
  expect(dayTime(AT, "ja", Date.parse("2027-02-01T00:00:00Z"))).toBe("2026年1月17日 14:05");
});

test("what a form calls local is Japan's time, there and back", () => {
  expect(fromLocalInput("2026-01-17T14:05")).toBe("2026-01-17T05:05:00.000Z");
  expect(toLocalInput(AT)).toBe("2026-01-17T14:05");
  expect(fromLocalInput("")).toBeNull();
});

test("a hundred per cent is said only when nobody is missing", () => {
  expect(percent(999, 1000)).toBe(99);
  expect(percent(1000, 1000)).toBe(100);
  expect(percent(0, 0)).toBe(0);
});

test("an age grows from now to minutes, hours and days, and a clock that is behind gives no negative one", () => {
  const now = Date.parse(AT);
  const back = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
  expect(sinceParts(back(-5), now)).toEqual({ unit: "now", n: 0 });
  expect(sinceParts(back(59), now)).toEqual({ unit: "minutes", n: 59 });
  expect(sinceParts(back(61), now)).toEqual({ unit: "hours", n: 1 });
  expect(sinceParts(back(60 * 50), now)).toEqual({ unit: "days", n: 2 });
});

test("sizes of files are said in the unit that fits", () => {
  expect(fileSize(900)).toBe("900 B");
  expect(fileSize(1536)).toBe("1.5 KB");
  expect(fileSize(1024 ** 3)).toBe("1.00 GB");
});
