import type { components } from "../api/schema";

export type Preview = components["schemas"]["Preview"];
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
  };
}
