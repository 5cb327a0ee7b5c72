import type { DrillHere, Gate } from "../field/gate/wire";
import type { MemberState, Observation, Resolution } from "../safety/derive";
import type { Db } from "./db";
import { changeDevice, correctedNow, type Device, learnClock } from "./device";
import { endReading, openJson, type Sealed, sealJson } from "./vault";

/** One person (or household, facility, unlisted subject) assigned to this volunteer. Help needed, never a diagnosis. */
export interface Member {
  id: string;
  kind: "person" | "household" | "staff" | "facility" | "unlisted";
  household_id: string | null;
  household_label: string;
  name: string;
  name_kana: string;
  age: number | null;
  sex: string | null;
  address: string;
  point: [number, number] | null;
  phones: { label: string; value: string }[];
  help_needed: string[];
  help_note: string;
  rank: number;
  state?: MemberState;
  observations?: Observation[];
  resolutions?: Resolution[];
}

export interface Round {
  id: string;
  kind: string;
  name: string;
  started_at: string;
  event: { id: string; kind: "drill" | "disaster"; name: string; planned_end_at: string | null };
  /** Look for the placard of households; a list from before the question did. */
  looks_for_marker?: boolean;
  members: Member[];
}

/** Everything this phone may show now (docs/api.md, "Bundle"). */
export interface Bundle {
  etag: string;
  epoch: string;
  server_time: string;
  lease_until: string;
  device: { id: string; principal: string };
  volunteer: { id: string; name: string };
  district_phone: string;
  /** What the placard is called here. */
  marker_label?: string;
  rounds: Round[];
  /** Rounds begun on phones that headquarters has bound to its own. */
  bound_rounds?: string[];
  standby: { as_of: string; lease_until: string; members: Member[] } | null;
  /** At a desk, and on a lead's phone while an event is on. Absent in lists kept from an older version. */
  gate?: Gate | null;
  drills?: DrillHere[];
}

interface StoredBundle {
  etag: string;
  gotMs: number;
  leaseMs: number;
  sealed: Sealed;
}

export type BundleAnswer = "new" | "same" | "no_answer" | "revoked";

/** Asks for the list and keeps it sealed. A refusal by our server ends the power to read; the outbox is not touched. */
export async function fetchBundle(
  db: Db,
  key: CryptoKey,
  get: (etag: string | null, signal: AbortSignal) => Promise<Response>,
  nowMs = Date.now(),
): Promise<BundleAnswer> {
  const stored = await db.read(["meta"], (tx) => tx.get<StoredBundle>("meta", "bundle"));
  const now = await correctedNow(db, nowMs);
  // An unchanged list answers 304 and brings no new lease: past half of it, ask for the whole list.
  const isFresh = stored && now < (stored.gotMs + stored.leaseMs) / 2;
  const abort = new AbortController();
  const timeout = setTimeout(() => abort.abort(), 30_000);
  const began = performance.now();
  try {
    const response = await get((isFresh && stored.etag) || null, abort.signal);
    if (response.status === 304) return "same";
    if ([401, 403, 410].includes(response.status)) {
      // A hotspot's page may refuse too; only our server answers with a problem.
      const type = response.headers.get("content-type") ?? "";
      if (!type.includes("application/problem+json")) return "no_answer";
      await endReading(db);
      await changeDevice(db, { isRevoked: true });
      return "revoked";
    }
    if (!response.ok) return "no_answer";
    const bundle = (await response.json()) as Bundle;
    if (!Array.isArray(bundle.rounds) || !bundle.lease_until) return "no_answer";
    await learnClock(db, bundle.server_time, nowMs, nowMs + performance.now() - began);
    const row: StoredBundle = {
      etag: response.headers.get("etag") ?? bundle.etag,
      gotMs: Date.parse(bundle.server_time),
      leaseMs: Date.parse(bundle.lease_until),
      sealed: await sealJson(key, bundle),
    };
    await db.write(["meta"], async (tx) => {
      await tx.put("meta", row, "bundle");
      const device = await tx.get<Device>("meta", "device");
      if (device) {
        const change = { districtPhone: bundle.district_phone };
        await tx.put("meta", { ...device, ...change } satisfies Device, "device");
      }
    });
    return "new";
  } catch {
    return "no_answer";
  } finally {
    clearTimeout(timeout);
  }
}

export type Reading =
  | { state: "open"; bundle: Bundle; gotMs: number }
  | { state: "none" }
  | { state: "expired" };

/** Opens the kept list. One whose lease is over is removed first, by a clock that setting the phone back does not fool. */
export async function readBundle(db: Db, key: CryptoKey, nowMs = Date.now()): Promise<Reading> {
  const stored = await db.read(["meta"], (tx) => tx.get<StoredBundle>("meta", "bundle"));
  if (!stored) {
    const wasExpired = await db.read(["meta"], (tx) => tx.get<boolean>("meta", "bundle_expired"));
    return wasExpired ? { state: "expired" } : { state: "none" };
  }
  const now = await correctedNow(db, nowMs);
  if (now > stored.leaseMs) return expire(db, key, stored, now);
  await db.write(["meta"], (tx) => tx.remove("meta", "bundle_expired"));
  return { state: "open", bundle: await openJson<Bundle>(key, stored.sealed), gotMs: stored.gotMs };
}

/** Removes what may no longer be shown. The standby list has a lease of its own and may outlive the round's people. */
async function expire(db: Db, key: CryptoKey, stored: StoredBundle, now: number): Promise<Reading> {
  const bundle = await openJson<Bundle>(key, stored.sealed);
  const standbyMs = Date.parse(bundle.standby?.lease_until ?? "");
  if (!(standbyMs > now)) {
    await db.write(["meta"], async (tx) => {
      await tx.remove("meta", "bundle");
      await tx.put("meta", true, "bundle_expired");
    });
    return { state: "expired" };
  }
  const rest: Bundle = { ...bundle, rounds: [], gate: null };
  const row: StoredBundle = {
    ...stored,
    etag: "",
    leaseMs: standbyMs,
    sealed: await sealJson(key, rest),
  };
  await db.write(["meta"], (tx) => tx.put("meta", row, "bundle"));
  return { state: "open", bundle: rest, gotMs: stored.gotMs };
}
