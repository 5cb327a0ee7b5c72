import { expect, test, vi } from "vitest";
import { openDb } from "./db";
import { clockOf } from "./device";
import { type Lock, leaseLock } from "./lock";
import { record, waiting } from "./outbox";
import type { SealedItem } from "./seal";
import { MAX_BYTES, nextBatch, retryAfter, Sync, type SyncStatus } from "./sync";
import { RESCUE, SAFE, type TestPhone, testPhone } from "./testing";

/** A server in miniature: keeps what it is sent, says each thing once. `fault` answers in its place. */
class Board {
  readonly stored = new Map<string, SealedItem>();
  readonly posts: string[][] = [];
  faults: ((items: SealedItem[]) => Response | Error)[] = [];

  post = async (body: string, _signal?: AbortSignal): Promise<Response> => {
    const { items } = JSON.parse(body) as { items: SealedItem[] };
    this.posts.push(items.map((item) => item.id));
    const fault = this.faults.shift();
    if (fault) {
      const answer = fault(items);
      if (answer instanceof Error) throw answer;
      return answer;
    }
    return Response.json(this.take(items));
  };

  take(items: SealedItem[]) {
    const results = items.map((item, index) => {
      const result = this.stored.has(item.id) ? "already_stored" : "stored";
      this.stored.set(item.id, item);
      return { index, id: item.id, result };
    });
    return { server_time: new Date().toISOString(), epoch: "epoch-1", results };
  }
}

function syncOf(
  phone: TestPhone,
  board: Board,
  lock: Lock = leaseLock(phone.db),
  random = () => 0,
) {
  const seen: SyncStatus[] = [];
  const sync = new Sync({
    db: phone.db,
    device: async () => phone.device,
    post: (body, signal) => board.post(body, signal),
    lock,
    onStatus: (status) => seen.push(status),
    onReceipts: () => {},
    random,
  });
  return { sync, seen, last: () => seen[seen.length - 1] as SyncStatus };
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 500 && !(await isSo()); turn++) await new Promise(setImmediate);
  expect(await isSo()).toBe(true);
}

test("a dropped response is sent again and counted once", async () => {
  const phone = await testPhone();
  const board = new Board();
  for (let i = 0; i < 5; i++) await record(phone.db, phone.device, SAFE, null);
  board.faults = [
    (items) => {
      board.take(items);
      return new TypeError("Failed to fetch");
    },
  ];
  const { sync, last } = syncOf(phone, board);
  await sync.kick();
  expect(await waiting(phone.db)).toHaveLength(5);
  expect(last().problem).toEqual({ status: null, detail: null });
  await until(async () => (await waiting(phone.db)).length === 0);
  sync.stop();
  expect(board.posts).toHaveLength(2);
  expect(board.posts[0]).toEqual(board.posts[1]);
  expect(board.stored.size).toBe(5);
});

test("of two tabs one sends", async () => {
  const phone = await testPhone();
  const other = { ...phone, db: await openDb() };
  const board = new Board();
  await record(phone.db, phone.device, SAFE, null);
  const one = syncOf(phone, board);
  const two = syncOf(other, board, leaseLock(other.db));
  await Promise.all([one.sync.kick("asked"), two.sync.kick("asked")]);
  one.sync.stop();
  two.sync.stop();
  expect(board.posts).toHaveLength(1);
});

test("a call for rescue goes first and alone, after the opening of its round", async () => {
  const phone = await testPhone();
  const board = new Board();
  const a = await record(phone.db, phone.device, SAFE, null);
  const opening = { ...SAFE, kind: "round_start" as const, payload: { round_id: "r" } };
  const b = await record(phone.db, phone.device, opening, null);
  const c = await record(phone.db, phone.device, RESCUE, null);
  const d = await record(phone.db, phone.device, RESCUE, null);
  const { sync } = syncOf(phone, board);
  await sync.kick();
  expect(board.posts).toEqual([[b.id, c.id], [d.id], [a.id]]);
});

test.each([400, 401, 403, 413, 422, 429, 500, 503])(
  "an answer %i keeps every item and says so",
  async (status) => {
    const phone = await testPhone();
    const board = new Board();
    await record(phone.db, phone.device, SAFE, null);
    await record(phone.db, phone.device, SAFE, null);
    const body = { type: "/problems/x", detail: "受け付けられません。" };
    board.faults = Array.from({ length: 9 }, () => () => Response.json(body, { status }));
    const { sync, last } = syncOf(phone, board);
    await sync.kick();
    sync.stop();
    expect(await waiting(phone.db)).toHaveLength(2);
    expect(last().problem).toEqual({ status, detail: "受け付けられません。" });
  },
);

test("a hotspot's log-in page is no receipt", async () => {
  const phone = await testPhone();
  const board = new Board();
  await record(phone.db, phone.device, SAFE, null);
  board.faults = [() => new Response("<html>Wi-Fi</html>", { status: 200 })];
  const { sync, last } = syncOf(phone, board);
  await sync.kick();
  sync.stop();
  expect(await waiting(phone.db)).toHaveLength(1);
  expect(last().problem?.status).toBe(200);
});

/** A line that takes the request and never answers; the app gives up after a quarter of a minute, a test by `fail`. */
function hangingOnce(board: Board) {
  let fail = () => {};
  const post = (body: string, signal: AbortSignal): Promise<Response> => {
    if (board.posts.length > 0) return board.post(body);
    const { items } = JSON.parse(body) as { items: SealedItem[] };
    board.posts.push(items.map((item) => item.id));
    return new Promise((_, reject) => {
      fail = () => reject(new TypeError("Failed to fetch"));
      signal.addEventListener("abort", fail);
    });
  };
  return { post, fail: () => fail() };
}

test("a call for rescue does not wait for a request that hangs", async () => {
  const phone = await testPhone();
  const board = new Board();
  const { post } = hangingOnce(board);
  const safe = await record(phone.db, phone.device, SAFE, null);
  const { sync, last } = syncOf(phone, { ...board, post } as Board);
  void sync.kick();
  await until(() => board.posts.length === 1);
  const call = await record(phone.db, phone.device, RESCUE, null);
  void sync.kick("rescue");
  await until(async () => (await waiting(phone.db)).length === 0);
  sync.stop();
  expect(board.posts).toEqual([[safe.id], [call.id], [safe.id]]);
  expect(last().problem).toBeNull();
});

test("what the button asked for during a try is tried right after it, and not after the wait of a failed one", async () => {
  const phone = await testPhone();
  const board = new Board();
  const { post, fail } = hangingOnce(board);
  await record(phone.db, phone.device, SAFE, null);
  const { sync } = syncOf(phone, { ...board, post } as Board, leaseLock(phone.db), () => 1);
  void sync.kick();
  await until(() => board.posts.length === 1);
  void sync.kick("asked");
  fail();
  await until(async () => (await waiting(phone.db)).length === 0);
  sync.stop();
  expect(board.posts).toHaveLength(2);
});

test("the wait after a failed try knows of a call for rescue that came during it", async () => {
  const phone = await testPhone();
  const board = new Board();
  await record(phone.db, phone.device, SAFE, null);
  const { sync } = syncOf(phone, board, leaseLock(phone.db), () => 1);
  const refused = () => new TypeError("Failed to fetch");
  board.faults = Array.from({ length: 6 }, () => refused);
  for (let n = 0; n < 6; n++) await sync.kick("asked");
  const waits = vi.spyOn(globalThis, "setTimeout");
  const { post, fail } = hangingOnce({ ...board, posts: [] } as unknown as Board);
  board.post = post as typeof board.post;
  const run = sync.kick("asked");
  await until(() => waits.mock.calls.some(([, ms]) => ms === 15_000));
  await record(phone.db, phone.device, RESCUE, null);
  waits.mockClear();
  fail();
  await run;
  sync.stop();
  expect(waits.mock.calls.map(([, ms]) => ms).filter((ms) => (ms ?? 0) > 1000)).toEqual([10_000]);
  waits.mockRestore();
});

test("too large an upload is halved until it passes", async () => {
  const phone = await testPhone();
  const board = new Board();
  for (let i = 0; i < 8; i++) await record(phone.db, phone.device, SAFE, null);
  board.faults = [() => new Response("", { status: 413 })];
  const { sync } = syncOf(phone, board);
  await sync.kick();
  await until(async () => (await waiting(phone.db)).length === 0);
  sync.stop();
  expect(board.posts.map((post) => post.length)).toEqual([8, 4, 4]);
});

test("the browser's triggers obey Retry-After, the button does not", async () => {
  const phone = await testPhone();
  const board = new Board();
  await record(phone.db, phone.device, SAFE, null);
  board.faults = [() => new Response("", { status: 503, headers: { "retry-after": "120" } })];
  const { sync } = syncOf(phone, board);
  await sync.kick();
  await sync.kick("hint");
  expect(board.posts).toHaveLength(1);
  await sync.kick("asked");
  sync.stop();
  expect(board.posts).toHaveLength(2);
  expect(await waiting(phone.db)).toHaveLength(0);
});

test("the time of the last complete sending is known, and the clock's difference learned", async () => {
  const phone = await testPhone();
  const board = new Board();
  await record(phone.db, phone.device, SAFE, null);
  const hourAhead = Date.now() + 3_600_000;
  board.faults = [
    (items) =>
      Response.json({ ...board.take(items), server_time: new Date(hourAhead).toISOString() }),
  ];
  const { sync, last } = syncOf(phone, board);
  await sync.kick();
  sync.stop();
  expect(last()).toMatchObject({ waiting: 0, isSending: false, problem: null });
  expect(last().allSentAtMs).toBeGreaterThan(0);
  const { offsetMs } = await phone.db.read(["meta"], clockOf);
  expect(Math.abs(offsetMs - 3_600_000)).toBeLessThan(2000);
});

test("a batch keeps within 200 items and 256 KiB", async () => {
  const phone = await testPhone();
  await record(phone.db, phone.device, SAFE, null);
  const [one] = await waiting(phone.db);
  if (!one) throw new Error("nothing waits");
  expect(nextBatch(Array.from({ length: 450 }, () => one))).toHaveLength(200);
  const large = { ...one, sealed: { ...one.sealed, ct: "x".repeat(20_000) } };
  const batch = nextBatch(Array.from({ length: 50 }, () => large));
  expect(JSON.stringify({ items: batch.map((item) => item.sealed) }).length).toBeLessThan(
    MAX_BYTES,
  );
  expect(batch.length).toBeGreaterThan(10);
});

test("a lease left by a killed tab lapses, and one from a wrong clock's future does not lock for ever", async () => {
  const { db } = await testPhone();
  let now = 1_000_000;
  const at = () => now;
  await db.write(["meta"], (tx) =>
    tx.put("meta", { owner: "killed", untilMs: 1_020_000 }, "lease"),
  );
  const ran: number[] = [];
  const work = async () => void ran.push(now);
  expect(await leaseLock(db, at)(work)).toBe(false);
  now = 1_020_001;
  expect(await leaseLock(db, at)(work)).toBe(true);
  await db.write(["meta"], (tx) => tx.put("meta", { owner: "killed", untilMs: 9e12 }, "lease"));
  expect(await leaseLock(db, at)(work)).toBe(true);
  expect(ran).toHaveLength(2);
});

test("Retry-After is read as seconds or as a date", () => {
  expect(retryAfter("7", 0)).toBe(7000);
  expect(retryAfter("Thu, 01 Jan 1970 00:00:30 GMT", 10_000)).toBe(20_000);
  expect(retryAfter(null, 0)).toBeNull();
  expect(retryAfter("soon", 0)).toBeNull();
});
