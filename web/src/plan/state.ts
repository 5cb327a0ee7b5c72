import type { components } from "../api/schema";
import { Store } from "../ui/store";

type Schemas = components["schemas"];
export type Asked = Schemas["Asked"];
export type Change = Schemas["SiteChange"];
export type Comparison = Schemas["Comparison"];
export type Figures = Schemas["CoverageFigures"];
export type Coverage = Schemas["Coverage"];
export type Scenario = Schemas["Scenario"];
export type Hazard = Asked["hazard"];
export type Kind = Asked["kind"];

export const HAZARDS = [
  "flood",
  "landslide",
  "storm_surge",
  "earthquake",
  "tsunami",
  "large_fire",
  "inland_flood",
  "volcano",
  "any",
] as const satisfies readonly Hazard[];
export const KINDS = [
  "evacuation_site",
  "evacuation_building",
  "shelter",
] as const satisfies readonly Kind[];
export const DISTANCES = [300, 500, 750, 1000, 1500, 2000] as const;
export const MOST_CHANGES = 20;

/** What the map's colours say. */
export type View = "residents" | "far" | "change";

/** What is asked: in the address as well (without the what-if), so that a figure can be pointed at. */
export interface Plan {
  hazard: Hazard | null;
  kind: Kind;
  far_m: number;
  view: View;
  changes: Change[];
  /** Earlier lists of changes, to go back to. */
  before: Change[][];
  /** The saved what-if that is open, as long as nothing in it is changed. */
  scenario: Scenario | null;
}

export const plan = new Store<Plan>(read(typeof location === "undefined" ? "" : location.hash));

/** Reads an address. */
export function read(hash: string): Plan {
  const asked = new URLSearchParams(hash.replace(/^#/, ""));
  const hazard = asked.get("hazard");
  const kind = asked.get("kind");
  const far = Number(asked.get("far"));
  return {
    hazard: HAZARDS.find((known) => known === hazard) ?? null,
    kind: KINDS.find((known) => known === kind) ?? "evacuation_site",
    far_m: Number.isInteger(far) && far >= 100 && far <= 20_000 ? far : 1000,
    view: asked.get("view") === "far" ? "far" : "residents",
    changes: [],
    before: [],
    scenario: null,
  };
}

/** Asks something else; the address follows. */
export function ask(change: Partial<Pick<Plan, "hazard" | "kind" | "far_m" | "view">>): void {
  const isAnother = "hazard" in change || "kind" in change || "far_m" in change;
  plan.set(isAnother ? { ...change, scenario: null } : change);
  const { hazard, kind, far_m, view } = plan.get();
  const address = new URLSearchParams({ hazard: hazard ?? "", kind, far: String(far_m), view });
  if (typeof history !== "undefined") history.replaceState(null, "", `#${address}`);
}

/** Another list of changes; the one before can be gone back to. */
export function change(changes: Change[]): void {
  const { changes: was, before, view } = plan.get();
  plan.set({
    changes,
    before: [...before, was],
    scenario: null,
    view: changes.length === 0 && view === "change" ? "far" : changes.length > 0 ? "change" : view,
  });
}

/** Back to the list before. */
export function undo(): void {
  const { before } = plan.get();
  const last = before[before.length - 1];
  if (!last) return;
  change(last);
  plan.set({ before: before.slice(0, -1) });
}

/** Opens a saved what-if. */
export function open(scenario: Scenario): void {
  ask({ hazard: scenario.hazard, kind: scenario.kind, far_m: scenario.far_m });
  plan.set({
    changes: scenario.changes ?? [],
    before: [],
    scenario,
    view: (scenario.changes ?? []).length > 0 ? "change" : "far",
  });
}

/** The id of the site a change closes, or null. */
export function closedBy(change: Change): string | null {
  return "close" in change ? change.close : null;
}
