import { Store } from "../ui/store";
import type { Place } from "./ellipsoid";
import { HAZARDS, type Hazard, type SiteKind } from "./nearest";

/** What the reader has said so far. The position lives only here, in this page's memory. */
export interface Asked {
  hazard: Hazard | "any" | null;
  from: (Place & { label: string }) | null;
  kind: SiteKind;
  way: "ask" | "towns" | "map";
}

export const asked = new Store<Asked>({
  hazard: hazardOfPlace(),
  from: null,
  kind: "evacuation_site",
  way: "ask",
});

function hazardOfPlace(): Hazard | "any" | null {
  const word = location.hash.slice(1);
  return word === "any" ? "any" : (HAZARDS.find((hazard) => hazard === word) ?? null);
}

// The hazard is in the address, so that the back button and a bookmark work; the position never is.
addEventListener("hashchange", () => {
  const hazard = hazardOfPlace();
  asked.set(hazard ? { hazard } : { hazard: null, from: null, way: "ask" });
  focusHeading();
});

export function chooseHazard(hazard: Hazard | "any"): void {
  location.hash = hazard;
}

export function startOver(): void {
  location.hash = "";
}

/** A new step is read from its heading on. */
export function focusHeading(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>("main h2")?.focus());
}
