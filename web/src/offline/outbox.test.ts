import { expect, test } from "vitest";
import { openDb } from "./db";
import { learnClock } from "./device";
import {
  forgetOld,
  meetEpoch,
  openRescues,
  record,
  records,
  settle,
  waiting,
  withRecorded,
} from "./outbox";
import { RESCUE, SAFE, testPhone } from "./testing";
import { endReading, setPin, unlock } from "./vault";

const QUICK = 1000;

test("taps in two tabs at once get one sequence without gap or repeat", async () => {
  const { db, device } = await testPhone();
  const other = await openDb();
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => record(i % 2 ? db : other, device, SAFE, null)),
  );
  const seqs = (await waiting(db)).map((item) => item.sealed.seq).sort((a, b) => a - b);
  expect(seqs).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});

test("a waiting item survives the closing of the browser", async () => {
  const { db, device } = await testPhone();
  const said = await record(db, device, RESCUE, null);
  db.close();
  const again = await openDb();
  expect((await waiting(again)).map((item) => item.id)).toEqual([said.id]);
});

test("ten wrong PINs end the power to read and leave every waiting item", async () => {
  const { db, device, server } = await testPhone();
  const key = await setPin(db, "482915", QUICK);
  const said = await record(db, device, RESCUE, key);
  expect(await records(db, key)).toHaveLength(1);
  for (let left = 9; left > 0; left--) {
    expect(await unlock(db, "000000")).toEqual({ result: "wrong", left });
  }
  expect(await unlock(db, "000000")).toEqual({ result: "ended" });
  expect(await unlock(db, "482915")).toEqual({ result: "ended" });
  expect(await records(db, key)).toEqual([]);
  const [item] = await waiting(db);
  expect(item && (await server.open(item.sealed))).toEqual(said);
});

test("the right PIN opens what was sealed and forgets the wrong tries before it", async () => {
  const { db, device } = await testPhone();
  const key = await setPin(db, "482915", QUICK);
  await record(db, device, SAFE, key);
  await unlock(db, "111111");
  const opened = await unlock(db, "482915");
  if (opened.result !== "open") throw new Error("should open");
  expect((await records(db, opened.key)).map((r) => r.status)).toEqual(["waiting"]);
  expect(await unlock(db, "111111")).toEqual({ result: "wrong", left: 9 });
});

test("what was recorded just now is shown as the storage will answer it, once, in the order of the taps", async () => {
  const { db, device } = await testPhone();
  const key = await setPin(db, "482915", QUICK);
  const later = await record(db, device, SAFE, key, Date.UTC(2027, 0, 16, 9));
  const shown = withRecorded([], later);
  expect(shown).toEqual(await records(db, key));
  // The phone's clock was set back in between.
  const earlier = await record(db, device, RESCUE, key, Date.UTC(2027, 0, 16, 8));
  const both = await records(db, key);
  expect(withRecorded(shown, earlier)).toEqual(both);
  expect(withRecorded(both, earlier)).toEqual(both);
  // Before it is on the storage it says so, and stands in one place.
  const told: string[] = [];
  const third = await record(db, device, SAFE, key, undefined, ({ id }) => told.push(id));
  expect(told).toEqual([third.id]);
  const saving = withRecorded(both, third, "saving");
  expect(saving.map(({ status }) => status)).toEqual(["saving", "waiting", "waiting"]);
  expect(withRecorded(saving, third)).toEqual(await records(db, key));
  expect(withRecorded(withRecorded(saving, third), third, "saving")).toEqual(
    await records(db, key),
  );
});

test("without the PIN it is known which calls for rescue still stand: not one taken back, and one said anew once", async () => {
  const { db, device } = await testPhone();
  const about = (payload: object) => ({ ...RESCUE, payload: { ...RESCUE.payload, ...payload } });
  const undone = await record(db, device, RESCUE, null);
  const again = await record(db, device, RESCUE, null);
  const stands = await record(db, device, RESCUE, null);
  await record(db, device, about({ corrects: undone.id, is_withdrawal: true }), null);
  const anew = await record(db, device, about({ corrects: again.id, attempt: "phone" }), null);
  const open = openRescues(await waiting(db));
  expect(open.map((item) => item.id)).toEqual([stands.id, anew.id]);
  // The second saying is taken back: the first stands again.
  await record(db, device, about({ corrects: anew.id, is_withdrawal: true }), null);
  expect(openRescues(await waiting(db)).map((item) => item.id)).toEqual([again.id, stands.id]);
  // A row of an older version says nothing of what it takes back.
  const old = (await waiting(db)).map(({ insteadOf, ...row }) => row);
  expect(openRescues(old).map((item) => item.id)).toEqual(
    [undone, again, stands, anew].map((item) => item.id),
  );
});

test("recording goes on after the power to read has ended", async () => {
  const { db, device } = await testPhone();
  await setPin(db, "482915", QUICK);
  await endReading(db);
  await record(db, device, RESCUE, null);
  expect(await waiting(db)).toHaveLength(1);
});

test("only the item that a receipt names leaves the outbox", async () => {
  const { db, device } = await testPhone();
  const key = await setPin(db, "482915", QUICK);
  const first = await record(db, device, SAFE, key);
  const second = await record(db, device, SAFE, key);
  const third = await record(db, device, SAFE, key);
  const named = await settle(db, [
    { id: first.id, result: "stored" },
    { id: second.id, result: "quarantined", reason: "maybe_real" },
    { result: "stored" },
    { id: "01890000-0000-7000-8000-00000000ffff", result: "stored" },
    { id: third.id, result: "postponed" as "stored" },
  ]);
  expect(named).toBe(2);
  expect((await waiting(db)).map((item) => item.id)).toEqual([third.id]);
  expect((await records(db, key)).map((r) => [r.status, r.reason])).toEqual([
    ["stored", null],
    ["quarantined", "maybe_real"],
    ["waiting", null],
  ]);
});

test("a phone whose clock is an hour slow says so with each item", async () => {
  const { db, device } = await testPhone();
  const phoneMs = Date.parse("2027-01-15T00:00:00Z");
  await learnClock(db, "2027-01-15T01:00:00Z", phoneMs - 500, phoneMs + 500);
  const said = await record(db, device, SAFE, null, phoneMs + 1000);
  expect(said.clock_offset_ms).toBe(3_600_000);
  expect(said.observed_at).toBe("2027-01-15T00:00:01.000Z");
  // What was learned since the last tap counts for the next one.
  await learnClock(db, "2027-01-15T02:00:00Z", phoneMs - 500, phoneMs + 500);
  const later = await record(db, device, SAFE, null, phoneMs + 2000);
  expect([later.clock_offset_ms, later.device_seq]).toEqual([7_200_000, 2]);
});

test("a server restored to an earlier day is sent again what it had receipted", async () => {
  const { db, device } = await testPhone();
  const key = await setPin(db, "482915", QUICK);
  const said = await record(db, device, SAFE, key);
  await settle(db, [{ id: said.id, result: "stored" }]);
  await meetEpoch(db, device.epoch);
  expect(await waiting(db)).toEqual([]);
  await meetEpoch(db, "epoch-2");
  expect((await waiting(db)).map((item) => item.id)).toEqual([said.id]);
  expect((await records(db, key)).map((r) => r.status)).toEqual(["waiting"]);
});

test("old copies are forgotten, what waits never", async () => {
  const { db, device } = await testPhone();
  const key = await setPin(db, "482915", QUICK);
  const yearAgo = Date.now() - 365 * 86_400_000;
  const sent = await record(db, device, SAFE, key, yearAgo);
  const unsent = await record(db, device, SAFE, key, yearAgo);
  await settle(db, [{ id: sent.id, result: "stored" }]);
  await forgetOld(db, Date.now());
  expect((await records(db, key)).map((r) => r.id)).toEqual([unsent.id]);
  expect((await waiting(db)).map((item) => item.id)).toEqual([unsent.id]);
});
