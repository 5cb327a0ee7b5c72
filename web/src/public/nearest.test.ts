import { describe, expect, it } from "vitest";
import vectors from "../../../tests/vectors/nearest.json";
import { atLeastM, chordM, distanceM, type Place } from "./ellipsoid";
import { nearest, type Question, type SiteRow } from "./nearest";

const sites = vectors.sites as SiteRow[];

function place([lon = Number.NaN, lat = Number.NaN]: number[]): Place {
  return { lon, lat };
}

describe("a distance", () => {
  it.each(vectors.distances)("$name", ({ name, from, to, distance_m }) => {
    const [a, b] = [place(from), place(to)];
    const found = distanceM(a, b, chordM(a, b));
    const error = name.startsWith("to the antipodes") ? distance_m * 0.01 : 0.1;
    expect(Math.abs(found - distance_m)).toBeLessThan(error);
    expect(distanceM(b, a, chordM(b, a))).toBeCloseTo(found, 3);
  });
});

describe("the nearest sites", () => {
  it.each(vectors.queries)("$name", ({ at, expected, is_open_state_known, ...asked }) => {
    const question = { ...place(at), ...asked } as Question;
    const found = nearest(sites, question, is_open_state_known);
    expect(found.map(({ id, reason }) => [id, reason])).toEqual(
      expected.map(({ id, reason }) => [id, reason]),
    );
    for (const [n, site] of found.entries())
      expect(Math.abs(site.distance_m - (expected[n]?.distance_m ?? 0))).toBeLessThan(0.1);
  });

  it("carry what a citizen reads", () => {
    const question: Question = { lon: 135.4697, lat: 34.7813, hazard: "flood", limit: 1 };
    expect(nearest(sites, question, true)).toEqual([
      {
        id: "00000000-0000-7000-8000-000000000002",
        kind: "evacuation_site",
        name: "見本小学校 校舎3階",
        address: "見本町1",
        lon: 135.4709,
        lat: 34.7818,
        hazards: ["flood", "storm_surge", "inland_flood"],
        distance_m: 123,
        reason: "designated",
      },
    ]);
  });

  it("are those found by measuring every site, wherever one asks", () => {
    // A small linear congruential generator: the same places in every run.
    let seed = 7;
    const random = (from: number, to: number) => {
      seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
      return from + (seed / 2 ** 32) * (to - from);
    };
    const many = Array.from({ length: 400 }, (_, n): SiteRow => {
      const isNear = n % 2 === 0;
      const [lon, lat] = [
        isNear ? random(135.3, 135.7) : random(-180, 180),
        isNear ? random(34.6, 35) : random(-90, 90),
      ];
      return [String(n), 0, "", lon, lat, Math.floor(random(0, 256)), "", 0];
    });
    for (let n = 0; n < 100; n += 1) {
      const from = { lon: random(-180, 180), lat: random(-90, 90) };
      const found = nearest(many, { ...from, hazard: "flood", limit: 7 }, true);
      const measured = many
        .filter((row) => row[5] & 1)
        .map((row) => place([row[3], row[4]]))
        .map((site) => distanceM(from, site, chordM(from, site)))
        .sort((a, b) => a - b);
      expect(found.map((site) => site.distance_m)).toEqual(
        measured.slice(0, 7).map((distance) => Math.round(distance * 10) / 10),
      );
    }
  });

  it("are none when there are no sites or no places to fill", () => {
    const question: Question = { lon: 135, lat: 34, hazard: "any", limit: 0 };
    expect(nearest(sites, question, true)).toEqual([]);
    expect(nearest([], { ...question, limit: 5 }, true)).toEqual([]);
  });

  it("are bounded from below by the chord", () => {
    for (const { from, to, distance_m } of vectors.distances)
      expect(atLeastM(chordM(place(from), place(to)))).toBeLessThanOrEqual(distance_m + 0.001);
  });
});
