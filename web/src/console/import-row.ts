/** As much of an import's row as is needed to show it. */
interface Row {
  action: string;
  incoming?: unknown;
  before?: unknown;
  changed: string[];
}

export interface RowField {
  name: string;
  heading: string;
  /** Present for a change. */
  before?: unknown;
  after: unknown;
}

/**
 * What to show of a row: of a change only what changes, from what to what; of anything else what it says (or, when the
 * list no longer names it, what was kept). `headings` are the list's own words.
 */
export function rowFields(row: Row, headings: Record<string, string>): RowField[] {
  const incoming = (row.incoming ?? null) as Record<string, unknown> | null;
  const before = (row.before ?? null) as Record<string, unknown> | null;
  const heading = (name: string) => headings[name] ?? name;
  if (row.action === "change") {
    return row.changed.map((name) => ({
      name,
      heading: heading(name),
      before: before?.[name] ?? null,
      after: incoming?.[name] ?? null,
    }));
  }
  const said = incoming ?? before ?? {};
  return Object.entries(said)
    .filter(([, value]) => fieldValue(value) !== "")
    .map(([name, after]) => ({ name, heading: heading(name), after }));
}

/** A value as one line: lists with commas, things by their values. */
export function fieldValue(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(fieldValue).filter(Boolean).join(", ");
  if (typeof value === "object") {
    return Object.values(value as object)
      .map(fieldValue)
      .filter(Boolean)
      .join(" ");
  }
  return String(value);
}
