import { expect, test } from "vitest";
import { directionOf, spokenDistance } from "./direction";

const hall = { lon: 135.4696, lat: 34.7813 };

test("a place to the north-east is said to be to the north-east, and so all around", () => {
  const around = [
    [0, 0.01],
    [0.012, 0.01],
    [0.012, 0],
    [0.012, -0.01],
    [0, -0.01],
    [-0.012, -0.01],
    [-0.012, 0],
    [-0.012, 0.01],
  ].map(([lon = 0, lat = 0]) => directionOf(hall, { lon: hall.lon + lon, lat: hall.lat + lat }));
  expect(around).toEqual(["n", "ne", "e", "se", "s", "sw", "w", "nw"]);
});

test("distances are said as people say them and never as nothing", () => {
  expect(spokenDistance(0.3)).toEqual({ value: "10", unit: "m" });
  expect(spokenDistance(344)).toEqual({ value: "340", unit: "m" });
  expect(spokenDistance(999)).toEqual({ value: "1.0", unit: "km" });
  expect(spokenDistance(12_340)).toEqual({ value: "12", unit: "km" });
});
