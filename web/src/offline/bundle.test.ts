import { expect, test } from "vitest";
import { type Bundle, fetchBundle, readBundle } from "./bundle";
import { device } from "./device";
import { record, waiting } from "./outbox";
import { SAFE, testPhone } from "./testing";
import { setPin, unlock } from "./vault";

const NOW = Date.parse("2027-01-16T00:00:00Z");
const HOUR = 3_600_000;

function bundle(leaseHours: number): Bundle {
  return {
    etag: '"a"',
    epoch: "epoch-1",
    server_time: new Date(NOW).toISOString(),
    lease_until: new Date(NOW + leaseHours * HOUR).toISOString(),
    device: { id: "d", principal: "volunteer" },
    volunteer: { id: "v", name: "試験 花子" },
    district_phone: "06-1111-2222",
    rounds: [],
    standby: null,
  };
}

const answers = (body: Bundle) => async () => Response.json(body, { headers: { etag: body.etag } });

test("the list opens with the PIN, is nowhere readable, and the district's number needs no PIN", async () => {
  const { db } = await testPhone();
  const key = await setPin(db, "482915", 1000);
  expect(await readBundle(db, key, NOW)).toEqual({ state: "none" });
  expect(await fetchBundle(db, key, answers(bundle(72)), NOW)).toBe("new");
  const opened = await unlock(db, "482915");
  if (opened.result !== "open") throw new Error("should open");
  const reading = await readBundle(db, opened.key, NOW + HOUR);
  expect(reading.state === "open" && reading.bundle.volunteer.name).toBe("試験 花子");
  expect((await device(db))?.districtPhone).toBe("06-1111-2222");
});

test("a list past its lease is gone, and setting the clock back does not bring it back", async () => {
  const { db } = await testPhone();
  const key = await setPin(db, "482915", 1000);
  await fetchBundle(db, key, answers(bundle(72)), NOW);
  expect((await readBundle(db, key, NOW + 73 * HOUR)).state).toBe("expired");
  expect((await readBundle(db, key, NOW)).state).toBe("expired");
});

test("a phone whose clock is set back by a year counts the lease from the server's time", async () => {
  const { db } = await testPhone();
  const key = await setPin(db, "482915", 1000);
  const yearAgo = NOW - 365 * 24 * HOUR;
  await fetchBundle(db, key, answers(bundle(72)), yearAgo);
  expect((await readBundle(db, key, yearAgo + 71 * HOUR)).state).toBe("open");
  expect((await readBundle(db, key, yearAgo + 73 * HOUR)).state).toBe("expired");
});

test("an unchanged list is asked for by its tag, and whole again past half of its lease", async () => {
  const { db } = await testPhone();
  const key = await setPin(db, "482915", 1000);
  await fetchBundle(db, key, answers(bundle(72)), NOW);
  const tags: (string | null)[] = [];
  const same = async (tag: string | null) => {
    tags.push(tag);
    return new Response(null, { status: 304 });
  };
  expect(await fetchBundle(db, key, same, NOW + HOUR)).toBe("same");
  await fetchBundle(db, key, same, NOW + 40 * HOUR);
  expect(tags).toEqual(['"a"', null]);
});

test("a revoked phone reads no more and still holds what waits; a hotspot's refusal revokes nothing", async () => {
  const { db, device: phone } = await testPhone();
  const key = await setPin(db, "482915", 1000);
  await fetchBundle(db, key, answers(bundle(72)), NOW);
  await record(db, phone, SAFE, key);
  const hotspot = async () => new Response("<html>", { status: 403 });
  expect(await fetchBundle(db, key, hotspot, NOW)).toBe("no_answer");
  expect((await readBundle(db, key, NOW)).state).toBe("open");
  const headers = { "content-type": "application/problem+json" };
  const refused = async () => new Response("{}", { status: 403, headers });
  expect(await fetchBundle(db, key, refused, NOW)).toBe("revoked");
  expect((await readBundle(db, key, NOW)).state).toBe("none");
  expect((await unlock(db, "482915")).result).toBe("ended");
  expect((await device(db))?.isRevoked).toBe(true);
  expect(await waiting(db)).toHaveLength(1);
});

test("when the lease on a round's people ends, the standby list stays for its own", async () => {
  const { db } = await testPhone();
  const key = await setPin(db, "482915", 1000);
  const people = { ...bundle(72), rounds: [{ id: "r" }] } as unknown as Bundle;
  const lease_until = new Date(NOW + 2000 * HOUR).toISOString();
  people.standby = { as_of: people.server_time, lease_until, members: [] };
  await fetchBundle(db, key, answers(people), NOW);
  const reading = await readBundle(db, key, NOW + 73 * HOUR);
  if (reading.state !== "open") throw new Error("should stay open");
  expect(reading.bundle.rounds).toEqual([]);
  expect(reading.bundle.standby).not.toBeNull();
  expect((await readBundle(db, key, NOW + 2001 * HOUR)).state).toBe("expired");
});
