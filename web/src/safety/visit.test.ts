import { expect, test } from "vitest";
import vectors from "../../../tests/vectors/visits.json";
import { type Candidate, distanceM, order, type Visit } from "./visit";

for (const { name, candidates, order: expected } of vectors.cases) {
  test(name, () => {
    expect(order(candidates as Candidate[])).toEqual(expected as Visit[]);
  });
}

test("a hundredth of a degree to the north is about 1112 m", () => {
  expect(distanceM([135.47, 34.78], [135.47, 34.79])).toBe(1112);
});
