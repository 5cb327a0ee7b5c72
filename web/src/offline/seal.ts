import { fromBase64url, randomBytes, toBase64url, utf8 } from "./bytes";

/** What a tap says, before it is sealed. `corrected time = observed_at + clock_offset_ms`. */
export interface Envelope {
  id: string;
  kind:
    | "observation"
    | "round_start"
    | "attendance"
    | "check_in"
    | "check_out"
    | "opening"
    | "head_count"
    | "availability"
    | "practice";
  event: string | null;
  device_seq: number;
  /** RFC 3339, by the phone's own clock. */
  observed_at: string;
  /** Server time − phone time in milliseconds, as last learned; 0 when never. */
  clock_offset_ms: number;
  payload: object;
}

/** What rests in the outbox and travels: readable by the server only, signed by this phone. Bytes are base64url. */
export interface SealedItem {
  v: 1;
  id: string;
  device: string;
  seq: number;
  epk: string;
  iv: string;
  ct: string;
  sig: string;
}

const INFO = "machimori-item-v1";
const CURVE = { name: "ECDH", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;

/** The phone's signing key. The private half can be used, never read out, by this page or any other. */
export async function makeDeviceKey(): Promise<{ privateKey: CryptoKey; publicKey: string }> {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, [
    "sign",
    "verify",
  ]);
  const spki = await crypto.subtle.exportKey("spki", pair.publicKey);
  return { privateKey: pair.privateKey, publicKey: toBase64url(spki) };
}

/**
 * Seals one envelope to the server's key (raw P-256 point, base64url) and signs it as `device`.
 * The form is fixed by docs/api.md, "Sync protocol".
 */
export async function sealItem(
  envelope: Envelope,
  device: string,
  serverKey: string,
  deviceKey: CryptoKey,
): Promise<SealedItem> {
  const [server, pair] = await Promise.all([
    crypto.subtle.importKey("raw", fromBase64url(serverKey), CURVE, false, []),
    crypto.subtle.generateKey(CURVE, false, ["deriveBits"]),
  ]);
  const shared = await crypto.subtle.deriveBits(
    { name: "ECDH", public: server },
    pair.privateKey,
    256,
  );
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: utf8(INFO) },
    secret,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt"],
  );
  const iv = randomBytes(12);
  const ct = await crypto.subtle.encrypt(
    {
      name: "AES-GCM",
      iv,
      additionalData: utf8(`${envelope.id}\n${device}\n${envelope.device_seq}`),
    },
    key,
    utf8(JSON.stringify(envelope)),
  );
  const item = {
    v: 1 as const,
    id: envelope.id,
    device,
    seq: envelope.device_seq,
    epk: toBase64url(await crypto.subtle.exportKey("raw", pair.publicKey)),
    iv: toBase64url(iv),
    ct: toBase64url(ct),
  };
  const sig = await crypto.subtle.sign(SIGNATURE, deviceKey, utf8(signedText(item)));
  return { ...item, sig: toBase64url(sig) };
}

/** The text that the device key signs. */
export function signedText(item: Omit<SealedItem, "sig" | "v">): string {
  return [INFO, item.id, item.device, item.seq, item.epk, item.iv, item.ct].join("\n");
}
