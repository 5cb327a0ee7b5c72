import { expect, test } from "vitest";
import { type District, lineOf, pointsOf, type Response, ticksOf, worstFirst } from "./report";

const response = (curve: number[], to_confirm: number) => ({ curve, to_confirm }) as Response;

test("a curve is drawn as shares of those to be confirmed", () => {
  const points = pointsOf(response([0, 2, 3], 4), 5);
  expect(points).toEqual([
    { minute: 0, people: 0, share: 0 },
    { minute: 5, people: 2, share: 50 },
    { minute: 10, people: 3, share: 75 },
  ]);
  expect(lineOf(points, 10, 100, 40)).toBe("0,40 50,20 100,10");
  expect(pointsOf(response([0], 0), 1)).toEqual([{ minute: 0, people: 0, share: 0 }]);
});

test("the axis is marked at round times, and never crowded", () => {
  expect(ticksOf(0)).toEqual([0]);
  expect(ticksOf(60)).toEqual([0, 15, 30, 45, 60]);
  expect(ticksOf(185)).toEqual([0, 60, 120, 180]);
  expect(ticksOf(100_000).length).toBeLessThanOrEqual(5);
});

test("the district that needs a look stands first, and a silent one before all", () => {
  const line = (name: string, confirmed: number, is_silent = false) =>
    ({ district: { id: name, name }, confirmed, to_confirm: 10, is_silent }) as District;
  const sorted = worstFirst([line("い", 9), line("ろ", 3), line("は", 0, true), line("に", 0)]);
  expect(sorted.map((d) => d.district.name)).toEqual(["は", "に", "ろ", "い"]);
});
