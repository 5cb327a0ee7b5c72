import { describe, expect, it } from "vitest";
import vectors from "../../../tests/vectors/derive/states.json";
import { type Bucket, bucket, derive, type Observation, type Resolution } from "./derive";

interface Case {
  name: string;
  out_of_scope_reason?: string;
  observations: Observation[];
  resolutions: Resolution[];
  expected: Record<string, unknown>;
  bucket: Bucket;
}

const cases = vectors.members as unknown as Case[];

function withoutEmpty(state: object): Record<string, unknown> {
  const isEmpty = (value: unknown) =>
    value === null || value === false || value === 0 || (Array.isArray(value) && !value.length);
  return Object.fromEntries(Object.entries(state).filter(([, value]) => !isEmpty(value)));
}

/** Every third item twice, the whole turned around a place that depends on the seed. */
function retold<T>(rows: T[], seed: number): T[] {
  const repeated = [...rows, ...rows.filter((_, n) => n % 3 === seed % 3)];
  const turn = seed % (repeated.length || 1);
  const turned = [...repeated.slice(turn), ...repeated.slice(0, turn)];
  return seed % 2 ? turned.reverse() : turned;
}

describe("a member's state", () => {
  it.each(cases)("$name", ({ observations, resolutions, expected, ...rest }) => {
    const state = derive(observations, resolutions);
    expect(withoutEmpty(state)).toEqual(expected);
    expect(bucket(state, rest.out_of_scope_reason !== undefined)).toBe(rest.bucket);
  });

  it("does not depend on the order or the number of times that evidence arrives", () => {
    for (const { observations, resolutions, expected, name } of cases)
      for (let seed = 0; seed < 8; seed += 1) {
        const state = derive(retold(observations, seed), retold(resolutions, seed));
        expect(withoutEmpty(state), name).toEqual(expected);
      }
  });

  it("leaves what it was given as it was", () => {
    for (const { observations, resolutions } of cases) {
      const before = JSON.stringify([observations, resolutions]);
      derive(observations, resolutions);
      expect(JSON.stringify([observations, resolutions])).toBe(before);
    }
  });
});
