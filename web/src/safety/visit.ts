import type { Bucket } from "./derive";

/** What the order asks about somebody. Snake case: the vectors' (tests/vectors/visits.json). */
export interface Candidate {
  id: string;
  bucket: Bucket;
  has_open_rescue?: boolean;
  is_contradicted?: boolean;
  help_needed?: string[];
  needs?: string[];
  tries?: number;
  /** Somebody spoke with her, or of her. */
  is_heard?: boolean;
  /** Since anybody last tried or heard; since the round's start when nobody did. */
  silent_minutes: number;
  distance_m?: number | null;
}

export type VisitReason =
  | "rescue"
  | "lifeline"
  | "contradicted"
  | "asked"
  | "help"
  | "nobody"
  | "tried"
  | "heard"
  | "near";

export interface Visit {
  id: string;
  score: number;
  reasons: VisitReason[];
}

const LIFELINES = ["power_supply", "oxygen", "medicine"];
const SILENCE_AT_MOST_MINUTES = 240;
const REST_MINUTES = 20;
const UNKNOWN_M = 500;
const NEAR_M = 150;
const FAR_M = 20_000;

/** Those who still need a visit, the first to go to first: the same rule as src/safety/visit.rs, in whole numbers. */
export function order(candidates: Candidate[]): Visit[] {
  return candidates
    .map(visit)
    .filter((one) => one !== null)
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

function visit(c: Candidate): Visit | null {
  const isOpen = c.bucket === "unchecked" || c.bucket === "tried" || c.bucket === "need_help";
  if (!isOpen && !c.is_contradicted && !c.has_open_rescue) return null;
  const { need, reasons } = needOf(c);
  const away = clamp(c.distance_m ?? UNKNOWN_M, 0, FAR_M);
  const score = Math.floor((need * silence(c) * 1000) / (300 + away));
  if (c.bucket === "unchecked") reasons.push(c.is_heard ? "heard" : "nobody");
  if (c.bucket === "tried") reasons.push("tried");
  if (c.distance_m != null && c.distance_m <= NEAR_M) reasons.push("near");
  return { id: c.id, score, reasons };
}

function needOf(c: Candidate): { need: number; reasons: VisitReason[] } {
  const reasons: VisitReason[] = [];
  const help = c.help_needed ?? [];
  let need = 10;
  if (c.has_open_rescue) {
    need += 200;
    reasons.push("rescue");
  }
  if (help.some((code) => LIFELINES.includes(code))) {
    need += 40;
    reasons.push("lifeline");
  }
  if (c.is_contradicted) {
    need += 20;
    reasons.push("contradicted");
  }
  if (c.needs && c.needs.length > 0) {
    need += 15;
    reasons.push("asked");
  }
  const others = help.filter((code) => !LIFELINES.includes(code)).length;
  if (others > 0) {
    need += 5 * Math.min(others, 4);
    reasons.push("help");
  }
  return { need, reasons };
}

function silence(c: Candidate): number {
  const minutes = clamp(c.silent_minutes, 0, SILENCE_AT_MOST_MINUTES);
  const isVisited = (c.tries ?? 0) > 0 || c.is_heard;
  const isResting = isVisited && minutes < REST_MINUTES && !c.has_open_rescue;
  return isResting ? 5 : 30 + minutes;
}

function clamp(n: number, least: number, most: number): number {
  return Math.min(Math.max(n, least), most);
}

/** Whole metres in a straight line between `[lon, lat]` points: near enough for an order (haversine on a sphere). */
export function distanceM(a: [number, number], b: [number, number]): number {
  const rad = Math.PI / 180;
  const [dLat, dLon] = [((b[1] - a[1]) * rad) / 2, ((b[0] - a[0]) * rad) / 2];
  const h = Math.sin(dLat) ** 2 + Math.cos(a[1] * rad) * Math.cos(b[1] * rad) * Math.sin(dLon) ** 2;
  return Math.round(2 * 6_371_000 * Math.asin(Math.min(1, Math.sqrt(h))));
}
