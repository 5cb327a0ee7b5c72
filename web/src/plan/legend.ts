import type { View } from "./state";

/** Colours of the legend and of the map: one place, so that they cannot differ. */
export const NEAR = "#e4e4de";
export const NEWLY_NEAR = "#2a7f62";
export const NEWLY_FAR = "#8f2d8c";
export const SITE = "#00118f";
export const ADDED = "#115a36";
export const CLOSED = "#3a3a3a";

/** From how many people on, and the colours: darker is more, in grey scale as well. */
export const CLASSES = [5, 10, 15, 25] as const;
export const RESIDENTS = ["#dbe9f6", "#9ecae1", "#4f97c9", "#12508f"] as const;
export const FAR = ["#fdd9b5", "#f9a25f", "#dd5f1a", "#8c2d04"] as const;

export interface Swatch {
  id: string;
  colour: string;
  /** From and to how many people; without: words of its own. */
  from?: number;
  to?: number;
}

function classes(colours: readonly string[], name: string): Swatch[] {
  return CLASSES.map((from, n) => {
    const next = CLASSES[n + 1];
    return {
      id: `${name}-${from}`,
      colour: colours[n] ?? NEAR,
      from,
      // Figures are multiples of five.
      ...(next === undefined ? {} : { to: next - 5 }),
    };
  });
}

/** What the colours of a view mean. */
export function swatches(view: View): Swatch[] {
  if (view === "residents") return classes(RESIDENTS, "residents");
  if (view === "far") return [{ id: "near", colour: NEAR }, ...classes(FAR, "far")];
  return [
    { id: "newlynear", colour: NEWLY_NEAR },
    { id: "newlyfar", colour: NEWLY_FAR },
    { id: "same", colour: NEAR },
  ];
}
