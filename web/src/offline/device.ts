import type { Db, Tx } from "./db";

/** This phone as the server knows it. The signing key can be used, never read. */
export interface Device {
  id: string;
  principal: string;
  /** Null for a district lead's phone. */
  volunteer: { id: string; name: string; body: string } | null;
  epoch: string;
  /** The server's public key, a raw P-256 point in base64url, to which every item is sealed. */
  serverKey: string;
  privateKey: CryptoKey;
  /** Whom to call. Kept outside the PIN's reach: it is wanted most when the PIN does not open. */
  districtPhone: string;
  isRevoked: boolean;
}

/** What the phone knows of the time. `seenMs` is the latest server time ever seen: setting the clock back revives no lease. */
export interface Clock {
  offsetMs: number;
  seenMs: number;
}

export function device(db: Db): Promise<Device | undefined> {
  return db.read(["meta"], (tx) => tx.get<Device>("meta", "device"));
}

/** Makes `device` this phone. Items of an earlier enrolment keep that device's name and signature, and still leave. */
export function becomeDevice(db: Db, enrolled: Device): Promise<void> {
  return db.write(["meta", "record"], async (tx) => {
    await tx.put("meta", enrolled, "device");
    await tx.put("meta", 0, "seq");
    await tx.remove("meta", "pin");
    await tx.remove("meta", "bundle");
    await tx.clear("record");
  });
}

export function changeDevice(db: Db, change: Partial<Device>): Promise<void> {
  return db.write(["meta"], async (tx) => {
    const current = await tx.get<Device>("meta", "device");
    if (current) await tx.put("meta", { ...current, ...change }, "device");
  });
}

export async function clockOf(tx: Tx): Promise<Clock> {
  return (await tx.get<Clock>("meta", "clock")) ?? { offsetMs: 0, seenMs: 0 };
}

/**
 * Learns the difference to the server's clock from one answer.
 * @param sentMs phone time when the question left; @param gotMs phone time when the answer came.
 */
export function learnClock(
  db: Db,
  serverTime: string,
  sentMs: number,
  gotMs: number,
): Promise<void> {
  const serverMs = Date.parse(serverTime);
  if (Number.isNaN(serverMs)) return Promise.resolve();
  return db.write(["meta"], async (tx) => {
    const { seenMs } = await clockOf(tx);
    const offsetMs = Math.round(serverMs - (sentMs + gotMs) / 2);
    await tx.put("meta", { offsetMs, seenMs: Math.max(seenMs, serverMs) }, "clock");
  });
}

/** The time in server terms, never earlier than any server time seen. */
export async function correctedNow(db: Db, nowMs: number): Promise<number> {
  const clock = await db.read(["meta"], clockOf);
  return Math.max(nowMs + clock.offsetMs, clock.seenMs);
}
