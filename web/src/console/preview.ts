import type { components } from "../api/schema";

export type Preview = components["schemas"]["Preview"];
export type Channels = components["schemas"]["Channels"];
export type LeftOut = components["schemas"]["LeftOut"];

/** Why somebody is not visited, in the order in which the page says it. */
export const REASONS = [
  "not_consented",
  "protected",
  "hospitalised",
  "facility",
  "moved",
  "died",
  "delisted",
] as const satisfies readonly (keyof LeftOut)[];

/** Everyone left out of a district, whatever the reason. */
export function leftOut(row: Pick<Preview, "left_out">): number {
  return REASONS.reduce((sum, reason) => sum + row.left_out[reason], 0);
}

export interface Sum {
  residents: number;
  to_visit: number;
  assigned: number;
  unassigned: number;
  left_out: LeftOut;
  volunteers: number;
  phones: number;
  channels: Channels;
}

/** Ways to answer over several districts. A capacity that nobody knows stays unknown. */
export function sumOfChannels(rows: Channels[]): Channels {
  const add = (of: (row: Channels) => number) => rows.reduce((n, row) => n + of(row), 0);
  const known = rows.filter((row) => row.facility_capacity != null);
  return {
    people: add((row) => row.people),
    visit: add((row) => row.visit),
    phone: add((row) => row.phone),
    mail: add((row) => row.mail),
    none: add((row) => row.none),
    homes: add((row) => row.homes),
    facilities: add((row) => row.facilities),
    facility_capacity: known.length === 0 ? null : add((row) => row.facility_capacity ?? 0),
    facilities_without_capacity: add((row) => row.facilities_without_capacity),
  };
}

/** The chosen districts as one. A volunteer of two districts counts in both, as in the rows. */
export function sum(rows: Preview[]): Sum {
  const add = (of: (row: Preview) => number) => rows.reduce((n, row) => n + of(row), 0);
  const left_out = Object.fromEntries(
    REASONS.map((reason) => [reason, add((row) => row.left_out[reason])]),
  ) as unknown as LeftOut;
  return {
    residents: add((row) => row.residents),
    to_visit: add((row) => row.to_visit),
    assigned: add((row) => row.assigned),
    unassigned: add((row) => row.unassigned),
    left_out,
    volunteers: add((row) => row.volunteers),
    phones: add((row) => row.phones),
    channels: sumOfChannels(rows.map((row) => row.channels)),
  };
}
