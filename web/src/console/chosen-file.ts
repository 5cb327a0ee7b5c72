import type { components } from "../api/schema";

type Kind = components["schemas"]["Kind"];

let held: { kind: Kind; file: File } | null = null;

/** Remembers the file brought last, in this tab only, so that a list whose columns were not understood need not be chosen again. */
export function holdFile(kind: Kind, file: File): void {
  held = { kind, file };
}

/** The file brought last, once. */
export function takeFile(): { kind: Kind; file: File } | null {
  const taken = held;
  held = null;
  return taken;
}
