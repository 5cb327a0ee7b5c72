// The nearest suitable sites, found on the phone: the same ranking as src/shelters/index.rs, so that a
// lookup needs no network and no position leaves the phone. Both answer to tests/vectors/nearest.json.
import { atLeastM, chordM, distanceM, type Place } from "./ellipsoid";

/** The eight hazards in their fixed order: bit 0 of a site's `hazard_bits` is the first. */
export const HAZARDS = [
  "flood",
  "landslide",
  "storm_surge",
  "earthquake",
  "tsunami",
  "large_fire",
  "inland_flood",
  "volcano",
] as const;
export type Hazard = (typeof HAZARDS)[number];

const KINDS = ["evacuation_site", "evacuation_building", "shelter"] as const;
export type SiteKind = (typeof KINDS)[number];

const OPEN_STATES = [
  null,
  "unknown",
  "not_opened",
  "open",
  "full",
  "closed",
  "somewhat_crowded",
  "crowded",
] as const;

/** `[id, kind_no, name, lon, lat, hazard_bits, address, status_no]` */
export type SiteRow = [string, number, string, number, number, number, string, number];

/** The answer of `/api/v1/sites/all`, kept on the phone. */
export interface SiteList {
  as_of: string;
  source: "database" | "snapshot";
  is_open_state_known: boolean;
  sites: SiteRow[];
}

/** What was said of openings is passed on for so long after the list was last had from the server. */
export const OPEN_STATE_HOLDS_MS = 10 * 60_000;

export interface Question extends Place {
  hazard: Hazard | "any";
  /** `evacuation_site` when not said; evacuation buildings then come after all the sites. */
  kind?: SiteKind;
  limit: number;
}

export type Reason =
  | "designated"
  | "hazard_not_asked"
  | "last_resort"
  | "hazard_not_applied"
  | "open"
  | "somewhat_crowded"
  | "crowded"
  | "not_announced"
  | "not_opened"
  | "full"
  | "closed";

export interface NearSite extends Place {
  id: string;
  kind: SiteKind;
  name: string;
  address: string;
  hazards: Hazard[];
  /** Along a straight line (直線), to 0.1 m. */
  distance_m: number;
  reason: Reason;
}

interface Candidate {
  row: SiteRow;
  chord: number;
  reason: Reason;
}

/**
 * The nearest suitable sites, nearest first within each rank: those that may take people in, then those
 * known to be not opened, full or closed; evacuation buildings in the same way after evacuation sites. Once a shelter
 * is open, those of which nobody said so come after the open ones.
 */
export function nearest(
  sites: SiteRow[],
  question: Question,
  isOpenStateKnown: boolean,
): NearSite[] {
  const kinds = kindsOf(question);
  const ranks: Candidate[][] = kinds.flatMap(() => [[], [], []]);
  const isShelterOpen =
    isOpenStateKnown && sites.some((row) => KINDS[row[1]] === "shelter" && opennessOf(row));
  for (const row of sites) {
    const kind = KINDS[row[1]];
    const order = kind === undefined ? -1 : kinds.indexOf(kind);
    if (kind === undefined || order < 0 || !isSuitable(row, kind, question.hazard)) continue;
    const refusal = isOpenStateKnown ? refusalOf(row) : null;
    const open = isOpenStateKnown && kind === "shelter" ? opennessOf(row) : null;
    const silence = kind === "shelter" && isShelterOpen && !open ? "not_announced" : null;
    const reason = refusal ?? open ?? silence ?? reasonOf(kind, question.hazard);
    const chord = chordM(question, placeOf(row));
    ranks[order * 3 + (refusal ? 2 : silence ? 1 : 0)]?.push({ row, chord, reason });
  }
  const found: NearSite[] = [];
  for (const rank of ranks) found.push(...nearestOf(rank, question, question.limit - found.length));
  return found;
}

/** Kinds in order of rank: a later one only fills places that the earlier left. */
function kindsOf({ kind = "evacuation_site" }: Question): SiteKind[] {
  return kind === "evacuation_site" ? ["evacuation_site", "evacuation_building"] : [kind];
}

function isSuitable(row: SiteRow, kind: SiteKind, hazard: Hazard | "any"): boolean {
  if (hazard === "any" || kind === "shelter") return true;
  return ((row[5] >> HAZARDS.indexOf(hazard)) & 1) === 1;
}

/** Why the site is known to take nobody in now. */
function refusalOf(row: SiteRow): Reason | null {
  const state = OPEN_STATES[row[7]];
  return state === "not_opened" || state === "full" || state === "closed" ? state : null;
}

/** That the site is known to take people in now, and with how much room. */
function opennessOf(row: SiteRow): Reason | null {
  const state = OPEN_STATES[row[7]];
  return state === "open" || state === "somewhat_crowded" || state === "crowded" ? state : null;
}

function reasonOf(kind: SiteKind, hazard: Hazard | "any"): Reason {
  if (kind === "shelter") return "hazard_not_applied";
  if (kind === "evacuation_building") return "last_resort";
  return hazard === "any" ? "hazard_not_asked" : "designated";
}

/** The `count` nearest: measured in the order of their chords until no other can be nearer. */
function nearestOf(candidates: Candidate[], from: Place, count: number): NearSite[] {
  if (count <= 0) return [];
  candidates.sort((a, b) => a.chord - b.chord);
  const hits: { candidate: Candidate; distance: number }[] = [];
  for (const candidate of candidates) {
    const farthest = hits.length === count ? hits[count - 1] : undefined;
    if (farthest && atLeastM(candidate.chord) > farthest.distance + ERROR_M) break;
    hits.push({
      candidate,
      distance: distanceM(from, placeOf(candidate.row), candidate.chord),
    });
    hits.sort((a, b) => a.distance - b.distance);
    hits.splice(count);
  }
  return hits.map(({ candidate, distance }) => nearSite(candidate, distance));
}

/** What `distanceM` may be off. */
const ERROR_M = 0.002;

function placeOf(row: SiteRow): Place {
  return { lon: row[3], lat: row[4] };
}

function nearSite({ row, reason }: Candidate, distance: number): NearSite {
  const [id, kindNo, name, lon, lat, bits, address] = row;
  return {
    id,
    kind: KINDS[kindNo] ?? "evacuation_site",
    name,
    address,
    lon,
    lat,
    hazards: HAZARDS.filter((_, bit) => ((bits >> bit) & 1) === 1),
    distance_m: Math.round(distance * 10) / 10,
    reason,
  };
}
