import type { Counts } from "./board-stream";

/** Members of whom something is known. */
export function confirmed(counts: Counts): number {
  return counts.safe + counts.need_help + counts.unknown;
}

/** Members to be confirmed: all but those out of scope. */
export function toConfirm(counts: Counts): number {
  return counts.members - counts.out_of_scope;
}
