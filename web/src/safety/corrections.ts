// Which observations still stand after corrections and withdrawals: as src/safety/corrections.rs.

/** `carried_on`: replaced by one that calls for rescue as well, so that its own call lives on there. */
export type Standing = "in_force" | "superseded" | "carried_on";

interface Correcting {
  id: string;
  corrects?: string | null;
  is_withdrawal?: boolean;
}

/**
 * Decides for each row (ids distinct) whether it stands.
 *
 * A withdrawal undoes the row it points at, with that row's own effect: undoing a replacement brings
 * the replaced one back. A replacement takes the place of the row it points at. Rows that correct each
 * other in a ring correct nothing: otherwise two of them could make a rescue vanish.
 */
export function standings<T extends Correcting>(
  rows: T[],
  callsForRescue: (row: T) => boolean,
): Map<string, Standing> {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const target = (row: T) => (row.corrects ? byId.get(row.corrects) : undefined);
  const waiting = new Map<string, number>();
  for (const row of rows) {
    const corrected = target(row);
    if (corrected) waiting.set(corrected.id, (waiting.get(corrected.id) ?? 0) + 1);
  }
  const ready = rows.filter((row) => !waiting.has(row.id));
  const undone = new Set<string>();
  const replaced = new Set<string>();
  const carried = new Set<string>();
  for (let row = ready.pop(); row; row = ready.pop()) {
    const corrected = target(row);
    if (!corrected) continue;
    if (!undone.has(row.id)) {
      if (row.is_withdrawal) undone.add(corrected.id);
      else {
        replaced.add(corrected.id);
        if (callsForRescue(row)) carried.add(corrected.id);
      }
    }
    const left = (waiting.get(corrected.id) ?? 0) - 1;
    waiting.set(corrected.id, left);
    if (left === 0) ready.push(corrected);
  }
  return new Map(
    rows.map(({ id }) => {
      if (carried.has(id)) return [id, "carried_on"];
      return [id, undone.has(id) || replaced.has(id) ? "superseded" : "in_force"];
    }),
  );
}
