import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fromBase64url, toBase64url, utf8, uuidv7 } from "./bytes";
import { record, waiting } from "./outbox";
import { type SealedItem, signedText } from "./seal";
import { openSealed, RESCUE, SAFE, testPhone } from "./testing";

test("what a tap seals is opened by the server's key alone and says what was tapped", async () => {
  const { db, device, server } = await testPhone();
  const said = await record(db, device, RESCUE, null);
  const [item] = await waiting(db);
  if (!item) throw new Error("nothing waits");
  expect(await server.open(item.sealed)).toEqual(said);
  expect(said.payload).toEqual(RESCUE.payload);
  const moved = { ...item.sealed, seq: item.sealed.seq + 1 };
  await expect(server.open(moved)).rejects.toThrow();
});

test("the signature is the enrolled device's over every part of the item", async () => {
  const { db, device, publicKey } = await testPhone();
  await record(db, device, SAFE, null);
  const [item] = await waiting(db);
  if (!item) throw new Error("nothing waits");
  const ecdsa = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("spki", fromBase64url(publicKey), ecdsa, true, [
    "verify",
  ]);
  const verify = (sealed: typeof item.sealed) =>
    crypto.subtle.verify(
      { name: "ECDSA", hash: "SHA-256" },
      key,
      fromBase64url(sealed.sig),
      utf8(signedText(sealed)),
    );
  expect(await verify(item.sealed)).toBe(true);
  expect(fromBase64url(item.sealed.sig)).toHaveLength(64);
  expect(await verify({ ...item.sealed, seq: 99 })).toBe(false);
  expect(await verify({ ...item.sealed, ct: toBase64url(utf8("x".repeat(40))) })).toBe(false);
});

test("no name, note or outcome rests readable in the outbox", async () => {
  const { db, device } = await testPhone();
  await record(db, device, { ...SAFE, payload: { ...SAFE.payload, note: "山田さんは二階" } }, null);
  const rows = await db.read(["outbox"], (tx) => tx.all("outbox"));
  const text = JSON.stringify(rows);
  expect(text).not.toContain("山田");
  expect(text).not.toContain("safe");
});

test("ids made in one millisecond, or with the clock set back, still sort in the order they were made", () => {
  const ids = Array.from({ length: 5000 }, () => uuidv7(1_700_000_000_000));
  ids.push(uuidv7(1_600_000_000_000));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("the phone's form is the server's: the shared vectors verify, open, and refuse", async () => {
  const file = JSON.parse(readFileSync("../tests/vectors/seal.json", "utf8"));
  const ecdsa = { name: "ECDSA", namedCurve: "P-256" };
  const spki = fromBase64url(file.device.spki);
  const key = await crypto.subtle.importKey("spki", spki, ecdsa, true, ["verify"]);
  const holds = (item: SealedItem) =>
    crypto.subtle.verify(
      { name: "ECDSA", hash: "SHA-256" },
      key,
      fromBase64url(item.sig),
      utf8(signedText(item)),
    );
  const ecdh = { name: "ECDH", namedCurve: "P-256" };
  const secret = await crypto.subtle.importKey("jwk", file.server.jwk, ecdh, false, ["deriveBits"]);
  expect(signedText(file.sealed)).toBe(file.signed_text);
  expect(await holds(file.sealed)).toBe(true);
  expect(await openSealed(file.sealed, secret)).toEqual(JSON.parse(file.plain));
  expect(file.refused.length).toBeGreaterThan(3);
  for (const { name, sealed } of file.refused) {
    expect([name, await holds(sealed)]).toEqual([name, false]);
  }
});
