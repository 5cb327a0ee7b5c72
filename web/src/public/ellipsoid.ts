// Straight lines through the earth and geodesics along it (WGS84): as src/shelters/ellipsoid.rs, with
// Vincenty's formula in place of Karney's.

/** Degrees, WGS84. */
export interface Place {
  lon: number;
  lat: number;
}

const A_M = 6_378_137;
const F = 1 / 298.257223563;
const B_M = A_M * (1 - F);
const E2 = F * (2 - F);
// Every curvature of the ellipsoid lies between those of these radii.
const R_MIN_M = A_M * (1 - E2);
const R_MAX_M = A_M / (1 - F);
const R_MIDDLE_M = (R_MIN_M + R_MAX_M) / 2;
/** Below this chord the bounds differ by less than 3 mm, and their middle serves as the distance. */
const NEAR_M = 50_000;

/** Length in metres of the straight line between two places, through the earth. */
export function chordM(a: Place, b: Place): number {
  const [ax, ay, az] = xyz(a);
  const [bx, by, bz] = xyz(b);
  return Math.hypot(ax - bx, ay - by, az - bz);
}

/** No two places with this chord are nearer than that along the surface; grows with the chord. */
export function atLeastM(chord: number): number {
  return arcM(R_MAX_M, chord);
}

/** Geodesic distance in metres: within 2 mm; near the antipodes, where the formula fails, within 1 %. */
export function distanceM(from: Place, to: Place, chord: number): number {
  if (chord < NEAR_M) return arcM(R_MIDDLE_M, chord);
  return vincentyM(from, to) ?? arcM(R_MIDDLE_M, chord);
}

function xyz({ lon, lat }: Place): [number, number, number] {
  const [φ, λ] = [radians(lat), radians(lon)];
  const normal = A_M / Math.sqrt(1 - E2 * Math.sin(φ) ** 2);
  return [
    normal * Math.cos(φ) * Math.cos(λ),
    normal * Math.cos(φ) * Math.sin(λ),
    normal * (1 - E2) * Math.sin(φ),
  ];
}

function arcM(radius: number, chord: number): number {
  return 2 * radius * Math.asin(Math.min(chord / (2 * radius), 1));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

/** T. Vincenty, Survey Review XXIII 176 (1975), inverse formula; `null` where it does not converge. */
function vincentyM(from: Place, to: Place): number | null {
  const turn = to.lon - from.lon;
  const L = radians(turn - 360 * Math.round(turn / 360));
  const U1 = Math.atan((1 - F) * Math.tan(radians(from.lat)));
  const U2 = Math.atan((1 - F) * Math.tan(radians(to.lat)));
  const [sinU1, cosU1, sinU2, cosU2] = [Math.sin(U1), Math.cos(U1), Math.sin(U2), Math.cos(U2)];
  let λ = L;
  for (let round = 0; round < 100; round += 1) {
    const [sinλ, cosλ] = [Math.sin(λ), Math.cos(λ)];
    const sinσ = Math.hypot(cosU2 * sinλ, cosU1 * sinU2 - sinU1 * cosU2 * cosλ);
    if (sinσ === 0) return null;
    const cosσ = sinU1 * sinU2 + cosU1 * cosU2 * cosλ;
    const σ = Math.atan2(sinσ, cosσ);
    const sinα = (cosU1 * cosU2 * sinλ) / sinσ;
    const cos2α = 1 - sinα ** 2;
    const cos2σm = cos2α === 0 ? 0 : cosσ - (2 * sinU1 * sinU2) / cos2α;
    const C = (F / 16) * cos2α * (4 + F * (4 - 3 * cos2α));
    const bend = cos2σm + C * cosσ * (2 * cos2σm ** 2 - 1);
    const next = L + (1 - C) * F * sinα * (σ + C * sinσ * bend);
    if (Math.abs(next) > Math.PI) return null;
    if (Math.abs(next - λ) < 1e-12) return lengthM(cos2α, σ, sinσ, cosσ, cos2σm);
    λ = next;
  }
  return null;
}

function lengthM(cos2α: number, σ: number, sinσ: number, cosσ: number, cos2σm: number): number {
  const u2 = (cos2α * (A_M ** 2 - B_M ** 2)) / B_M ** 2;
  const A = 1 + (u2 / 16384) * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)));
  const B = (u2 / 1024) * (256 + u2 * (-128 + u2 * (74 - 47 * u2)));
  const third = (B / 6) * cos2σm * (4 * sinσ ** 2 - 3) * (4 * cos2σm ** 2 - 3);
  const Δσ = B * sinσ * (cos2σm + (B / 4) * (cosσ * (2 * cos2σm ** 2 - 1) - third));
  return B_M * A * (σ - Δσ);
}
