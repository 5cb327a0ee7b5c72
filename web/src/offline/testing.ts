import { IDBFactory } from "fake-indexeddb";
import { toBase64url } from "./bytes";
import { type Db, openDb } from "./db";
import { becomeDevice, type Device } from "./device";
import { makeDeviceKey, type SealedItem } from "./seal";

/** A server's half of the seal, for tests: opens what a phone sealed. Written apart from seal.ts, by docs/api.md. */
export interface TestServer {
  publicKey: string;
  open(item: SealedItem): Promise<{ payload: Record<string, unknown> } & Record<string, unknown>>;
}

export async function testServer(): Promise<TestServer> {
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, [
    "deriveBits",
  ]);
  return {
    publicKey: toBase64url(await crypto.subtle.exportKey("raw", pair.publicKey)),
    open: (item) => openSealed(item, pair.privateKey),
  };
}

/** Opens a sealed item with the server's secret key. */
export async function openSealed(
  item: SealedItem,
  secret: CryptoKey,
): Promise<{ payload: Record<string, unknown> } & Record<string, unknown>> {
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, "base64url"));
  const ecdh = { name: "ECDH", namedCurve: "P-256" };
  const epk = await crypto.subtle.importKey("raw", bytes(item.epk), ecdh, true, []);
  const ikm = await crypto.subtle.deriveBits({ name: "ECDH", public: epk }, secret, 256);
  const base = await crypto.subtle.importKey("raw", ikm, "HKDF", false, ["deriveBits"]);
  const info = Buffer.from("machimori-item-v1");
  const hkdf = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  const raw = await crypto.subtle.deriveBits(hkdf, base, 256);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  const additionalData = Buffer.from(`${item.id}\n${item.device}\n${item.seq}`);
  const iv = bytes(item.iv);
  const plain = await crypto.subtle.decrypt(
    { name: "AES-GCM", iv, additionalData },
    key,
    bytes(item.ct),
  );
  return JSON.parse(Buffer.from(plain).toString("utf8"));
}

export interface TestPhone {
  db: Db;
  device: Device;
  /** SPKI of the device key, base64url. */
  publicKey: string;
  server: TestServer;
}

/** An enrolled phone with an empty database of its own. */
export async function testPhone(): Promise<TestPhone> {
  globalThis.indexedDB = new IDBFactory();
  const server = await testServer();
  const db = await openDb();
  const key = await makeDeviceKey();
  const device: Device = {
    id: "01890000-0000-7000-8000-00000000d001",
    principal: "volunteer",
    volunteer: { id: "01890000-0000-7000-8000-00000000a001", name: "試験 花子", body: "民生委員" },
    epoch: "epoch-1",
    serverKey: server.publicKey,
    privateKey: key.privateKey,
    districtPhone: "06-0000-0000",
    isRevoked: false,
  };
  await becomeDevice(db, device);
  return { db, device, publicKey: key.publicKey, server };
}

export const SAFE = {
  kind: "observation" as const,
  event: "01890000-0000-7000-8000-00000000e001",
  isDrill: true,
  payload: { round_id: "r", member_id: "m", outcome: "safe", attempt: "met", needs: [], note: "" },
};
export const RESCUE = { ...SAFE, payload: { ...SAFE.payload, outcome: "needs_rescue" } };
