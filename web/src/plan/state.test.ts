import { describe, expect, it } from "vitest";
import { CLASSES, FAR, RESIDENTS, swatches } from "./legend";
import { change, open, plan, read, type Scenario, undo } from "./state";

describe("what is asked", () => {
  it("is read from the address, and what cannot be is left out", () => {
    expect(read("#hazard=flood&kind=shelter&far=500&view=far")).toMatchObject({
      hazard: "flood",
      kind: "shelter",
      far_m: 500,
      view: "far",
    });
    expect(read("#hazard=rain&kind=pub&far=5")).toMatchObject({
      hazard: null,
      kind: "evacuation_site",
      far_m: 1000,
      view: "residents",
    });
  });

  it("goes back one change at a time, to nothing", () => {
    const [one, two] = [{ close: "a" }, { close: "b" }];
    change([one]);
    change([one, two]);
    expect(plan.get().view).toBe("change");
    undo();
    expect(plan.get().changes).toEqual([one]);
    undo();
    expect(plan.get()).toMatchObject({ changes: [], before: [], view: "far" });
    undo();
    expect(plan.get().changes).toEqual([]);
  });

  it("is a saved what-if only until something in it changes", () => {
    const scenario = {
      id: "s",
      hazard: "tsunami",
      kind: "evacuation_site",
      far_m: 700,
      changes: [{ close: "a" }],
    } as unknown as Scenario;
    open(scenario);
    expect(plan.get()).toMatchObject({ hazard: "tsunami", far_m: 700, scenario });
    change([]);
    expect(plan.get().scenario).toBeNull();
  });
});

describe("the legend", () => {
  it("has a class for every multiple of five, without gaps", () => {
    for (const view of ["residents", "far"] as const) {
      const classes = swatches(view).filter((s) => s.from !== undefined);
      expect(classes.map((s) => s.from)).toEqual([...CLASSES]);
      for (const [n, { to }] of classes.entries()) {
        if (to !== undefined) expect(classes[n + 1]?.from).toBe(to + 5);
      }
    }
    expect(new Set([...RESIDENTS, ...FAR]).size).toBe(8);
  });
});
