import { expect, test } from "vitest";
import { fromBase64url, utf8, uuidv7 } from "./bytes";
import {
  type CarriedFile,
  Collector,
  carriedHere,
  makeFile,
  readFile,
  takeAlong,
  toFrames,
  uploads,
} from "./carry";
import { openDb } from "./db";
import { record, settle, waiting } from "./outbox";
import { RESCUE, SAFE, testPhone } from "./testing";

async function given(items = 2) {
  const phone = await testPhone();
  for (let n = 0; n < items; n++) {
    await record(phone.db, phone.device, n === 0 ? RESCUE : SAFE, null);
  }
  return { ...phone, file: await makeFile(phone.db, phone.device) };
}

test("a file holds what waits, signed by its phone, and giving it away takes nothing from the phone", async () => {
  const { db, file, publicKey, server } = await given();
  expect(file.items.map((item) => item.id)).toEqual((await waiting(db)).map((item) => item.id));
  const { sig, ...m } = file.manifest;
  const text = `machimori-carried-v1\n${m.device}\n${m.made_at}\n2\n${m.ids_sha256}`;
  const key = await crypto.subtle.importKey(
    "spki",
    fromBase64url(publicKey),
    { name: "ECDSA", namedCurve: "P-256" },
    false,
    ["verify"],
  );
  const how = { name: "ECDSA", hash: "SHA-256" };
  expect(await crypto.subtle.verify(how, key, fromBase64url(sig), utf8(text))).toBe(true);
  const [first] = file.items;
  expect(first && (await server.open(first)).id).toBe(first?.id);
});

test("a file from which something is missing is no file", async () => {
  const { file } = await given();
  expect(await readFile(JSON.stringify(file))).toEqual(file);
  expect(await readFile(JSON.stringify({ ...file, items: file.items.slice(1) }))).toBeNull();
  const swapped = { ...file, items: [...file.items].reverse() };
  expect(await readFile(JSON.stringify(swapped))).toBeNull();
  expect(await readFile(JSON.stringify(file).slice(0, -20))).toBeNull();
  expect(await readFile('{"items": []}')).toBeNull();
});

test("the codes are read in any order, twice and among others, and make the same file", async () => {
  const { file } = await given(6);
  const frames = await toFrames(file);
  expect(frames.length).toBeGreaterThan(3);
  expect(Math.max(...frames.map((frame) => frame.length))).toBeLessThan(540);
  const collector = new Collector();
  expect(collector.add("https://example.jp/")).toBe(false);
  for (const frame of [...frames].reverse().slice(0, -1)) {
    collector.add(frame);
    collector.add(frame);
    expect(await collector.file()).toBeNull();
  }
  expect([collector.read, collector.total]).toEqual([frames.length - 1, frames.length]);
  collector.add(frames[0] ?? "");
  expect(await collector.file()).toEqual(file);
});

test("the codes of another phone begin anew", async () => {
  const [one, other] = [(await given(4)).file, (await given(3)).file];
  const collector = new Collector();
  for (const frame of (await toFrames(one)).slice(1)) collector.add(frame);
  for (const frame of await toFrames(other)) collector.add(frame);
  expect(await collector.file()).toEqual(other);
});

test("taken along they leave with the carrier's own, once, and are not taken again when they have left", async () => {
  const { file } = await given();
  const other = await testPhone();
  const carrier = { db: other.db, device: { ...other.device, id: uuidv7() } };
  const own = await record(carrier.db, carrier.device, SAFE, null);
  expect(await takeAlong(carrier.db, carrier.device, file)).toBe(2);
  expect(await takeAlong(carrier.db, carrier.device, file)).toBe(0);
  const ids = (await waiting(carrier.db)).map((item) => item.id).sort();
  expect(ids).toEqual([own.id, ...file.items.map((item) => item.id)].sort());
  expect(await carriedHere(carrier.db, carrier.device)).toEqual({ waiting: 2, sent: 0 });
  const receipts = file.items.map(({ id }) => ({ id, result: "stored" as const }));
  await settle(carrier.db, receipts);
  expect(await carriedHere(carrier.db, carrier.device)).toEqual({ waiting: 0, sent: 2 });
  expect(await takeAlong(carrier.db, carrier.device, file)).toBe(0);
  const again = await openDb();
  expect(await waiting(again)).toHaveLength(1);
});

test("a phone takes nothing of its own along", async () => {
  const { db, device, file } = await given();
  expect(await takeAlong(db, device, file)).toBe(0);
});

test("a long file is sent in parts that the server takes", () => {
  const item = { id: "x", ct: "y".repeat(3000) };
  const file = { items: Array.from({ length: 450 }, () => item) } as unknown as CarriedFile;
  const parts = [...uploads(file)];
  expect(parts.flat()).toHaveLength(450);
  for (const part of parts) {
    expect(part.length).toBeLessThanOrEqual(200);
    expect(JSON.stringify(part).length).toBeLessThan(210 * 1024);
  }
});
