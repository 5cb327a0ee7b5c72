import type { components } from "../api/schema";

export type Headings = components["schemas"]["Headings"];

/** Which field each column of a file serves; a column without one is not read. */
export type Assigned = Record<string, string>;

/** The file's columns as they are recognised, overlaid by what was kept for lists like it. */
export function assignedAtFirst(seen: Headings, kept: Record<string, string> = {}): Assigned {
  const assigned: Assigned = {};
  for (const { heading, field } of seen.headings) {
    if (field && kept[field] === undefined) assigned[heading] = field;
  }
  for (const [field, heading] of Object.entries(kept)) {
    if (heading && seen.headings.some((h) => h.heading === heading)) assigned[heading] = field;
  }
  return assigned;
}

/** One column serves one field: giving it a field takes that field from any other column. */
export function assign(assigned: Assigned, heading: string, field: string): Assigned {
  const others = Object.entries(assigned).filter(([h, f]) => h !== heading && f !== field);
  return Object.fromEntries(field ? [...others, [heading, field]] : others);
}

/** The `columns` of a mapping: each field's heading, and an empty one where a recognised column is not wanted. */
export function columnsOf(seen: Headings, assigned: Assigned): Record<string, string> {
  const columns: Record<string, string> = {};
  for (const { field } of seen.headings) if (field) columns[field] = "";
  for (const [heading, field] of Object.entries(assigned)) columns[field] = heading;
  return columns;
}

/** Labels of the fields without which the list cannot be read and that no column serves. */
export function missing(seen: Headings, assigned: Assigned): string[] {
  const served = new Set(Object.values(assigned));
  return seen.fields.filter((f) => f.is_required && !served.has(f.name)).map((f) => f.label);
}
