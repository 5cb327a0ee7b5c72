import type { Place } from "./ellipsoid";

export const DIRECTIONS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** Towards which of eight points of the compass one sets out on the great circle from `from` to `to`. */
export function directionOf(from: Place, to: Place): Direction {
  const rad = Math.PI / 180;
  const dLon = (to.lon - from.lon) * rad;
  const [a, b] = [from.lat * rad, to.lat * rad];
  const y = Math.sin(dLon) * Math.cos(b);
  const x = Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(dLon);
  const degrees = (Math.atan2(y, x) / rad + 360) % 360;
  return DIRECTIONS[Math.round(degrees / 45) % 8] ?? "n";
}

/** A distance as it is said: to 10 m below a kilometre, to 0.1 km above. */
export function spokenDistance(metres: number): { value: string; unit: "m" | "km" } {
  if (metres < 995) return { value: String(Math.max(10, Math.round(metres / 10) * 10)), unit: "m" };
  return { value: (metres / 1000).toFixed(metres < 9950 ? 1 : 0), unit: "km" };
}
