import { expect, test } from "vitest";
import { DoubleTaps } from "./double-tap";

test("a second tap at the same place belongs to the first, and so does a third", () => {
  const taps = new DoubleTaps();
  expect(taps.isAgain({ atMs: 1000, x: 100, y: 400, scrolled: 0 })).toBe(false);
  expect(taps.isAgain({ atMs: 1300, x: 108, y: 395, scrolled: 0 })).toBe(true);
  expect(taps.isAgain({ atMs: 1700, x: 104, y: 398, scrolled: 0 })).toBe(true);
});

test("a tap elsewhere, a later one and one after typing are taps of their own", () => {
  const taps = new DoubleTaps();
  taps.isAgain({ atMs: 1000, x: 100, y: 400, scrolled: 0 });
  expect(taps.isAgain({ atMs: 1200, x: 250, y: 400, scrolled: 0 })).toBe(false);
  expect(taps.isAgain({ atMs: 1800, x: 250, y: 400, scrolled: 0 })).toBe(false);
  taps.forget();
  expect(taps.isAgain({ atMs: 1900, x: 250, y: 400, scrolled: 0 })).toBe(false);
});

test("the next card scrolled under the finger is another tap; a page that opened under it is not", () => {
  const taps = new DoubleTaps();
  taps.isAgain({ atMs: 1000, x: 100, y: 400, scrolled: 600 });
  expect(taps.isAgain({ atMs: 1200, x: 100, y: 400, scrolled: 970 })).toBe(false);
  expect(taps.isAgain({ atMs: 1400, x: 100, y: 400, scrolled: 0 })).toBe(true);
});
