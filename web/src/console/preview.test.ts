import { expect, test } from "vitest";
import { leftOut, type Preview, sum } from "./preview";

function row(name: string, to_visit: number, not_consented: number): Preview {
  return {
    district: { id: name, name },
    residents: to_visit + not_consented + 1,
    to_visit,
    assigned: to_visit - 1,
    unassigned: 1,
    left_out: {
      not_consented,
      protected: 1,
      died: 0,
      moved: 0,
      hospitalised: 0,
      facility: 0,
      delisted: 0,
    },
    volunteers: 4,
    phones: 3,
    channels: {
      people: to_visit + not_consented + 1,
      visit: to_visit,
      phone: to_visit,
      mail: 2,
      none: 1,
      homes: to_visit,
      facilities: 1,
      facility_capacity: name === "east" ? 80 : null,
      facilities_without_capacity: name === "east" ? 0 : 1,
    },
  };
}

test("whoever is chosen and whoever is left out make everyone, in a district and over all chosen", () => {
  const rows = [row("east", 10, 4), row("west", 7, 0)];
  const all = sum(rows);
  expect(all.residents).toBe(23);
  expect(all.to_visit + leftOut(all)).toBe(all.residents);
  expect(all.left_out.not_consented).toBe(4);
  expect(all.unassigned).toBe(2);
});

test("ways to answer add up, and a capacity that nobody knows is unknown and not zero", () => {
  const [east, west] = [row("east", 10, 4), row("west", 7, 0)];
  expect(sum([east, west]).channels).toMatchObject({
    people: 23,
    mail: 4,
    facilities: 2,
    facility_capacity: 80,
    facilities_without_capacity: 1,
  });
  expect(sum([west]).channels.facility_capacity).toBeNull();
});

test("nothing chosen is nobody", () => {
  expect(sum([])).toMatchObject({ residents: 0, to_visit: 0 });
});
