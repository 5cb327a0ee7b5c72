import { randomBytes, utf8 } from "./bytes";
import type { Db } from "./db";

/**
 * What the PIN guards: a data key that opens the volunteer's list and her own copies of what she recorded.
 * Ten wrong PINs end the power to read, for good; they never touch the outbox. The PIN stops whoever picks the phone up,
 * not whoever copies its storage: a six-digit number can be tried through outside the phone.
 */
export const WRONG_PINS_ALLOWED = 10;
const ITERATIONS = 600_000;

export interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  ct: ArrayBuffer;
}

interface StoredPin {
  salt: Uint8Array<ArrayBuffer>;
  iterations: number;
  wrapped: Sealed;
  wrong: number;
}

export type Unlock =
  | { result: "open"; key: CryptoKey }
  | { result: "wrong"; left: number }
  | { result: "ended" };

/** Sets the PIN and makes the data key anew; what an older key sealed can then no longer be read. */
export async function setPin(db: Db, pin: string, iterations = ITERATIONS): Promise<CryptoKey> {
  const salt = randomBytes(16);
  const raw = randomBytes(32);
  const wrapped = await sealBytes(await pinKey(pin, salt, iterations), raw);
  const key = await dataKey(raw);
  raw.fill(0);
  await db.write(["meta", "record"], async (tx) => {
    await tx.put("meta", { salt, iterations, wrapped, wrong: 0 } satisfies StoredPin, "pin");
    await tx.remove("meta", "bundle");
    await tx.clear("record");
  });
  return key;
}

/** Tries a PIN. The try is counted, durably, before it is checked: closing the browser in between wins nothing. */
export async function unlock(db: Db, pin: string): Promise<Unlock> {
  const stored = await db.write(["meta", "record"], async (tx) => {
    const found = await tx.get<StoredPin>("meta", "pin");
    if (!found) return undefined;
    const tried = { ...found, wrong: found.wrong + 1 };
    if (found.wrong >= WRONG_PINS_ALLOWED) return undefined;
    await tx.put("meta", tried, "pin");
    return tried;
  });
  if (!stored) {
    await endReading(db);
    return { result: "ended" };
  }
  try {
    const kek = await pinKey(pin, stored.salt, stored.iterations);
    const raw = new Uint8Array(await openBytes(kek, stored.wrapped));
    const key = await dataKey(raw);
    raw.fill(0);
    await db.write(["meta"], (tx) => tx.put("meta", { ...stored, wrong: 0 }, "pin"));
    return { result: "open", key };
  } catch {
    const left = WRONG_PINS_ALLOWED - stored.wrong;
    if (left > 0) return { result: "wrong", left };
    await endReading(db);
    return { result: "ended" };
  }
}

/** Ends the power to read: data key, list and own copies go; device key, sequence and outbox stay. */
export function endReading(db: Db): Promise<void> {
  return db.write(["meta", "record"], async (tx) => {
    await tx.remove("meta", "pin");
    await tx.remove("meta", "bundle");
    await tx.clear("record");
  });
}

/** Seals a JSON value under the data key. */
export function sealJson(key: CryptoKey, value: unknown): Promise<Sealed> {
  return sealBytes(key, utf8(JSON.stringify(value)));
}

export async function openJson<T>(key: CryptoKey, sealed: Sealed): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await openBytes(key, sealed))) as T;
}

async function sealBytes(key: CryptoKey, bytes: Uint8Array<ArrayBuffer>): Promise<Sealed> {
  const iv = randomBytes(12);
  return { iv, ct: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes) };
}

function openBytes(key: CryptoKey, sealed: Sealed): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv }, key, sealed.ct);
}

function dataKey(raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function pinKey(
  pin: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", utf8(pin), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations },
    base,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}
