import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { apply, type Board, type Counts, follow } from "./board-stream";

const counts: Counts = {
  members: 10,
  safe: 2,
  need_help: 0,
  unknown: 0,
  tried: 1,
  unchecked: 7,
  out_of_scope: 0,
  not_disclosable: 0,
  contradicted: 0,
  open_rescues: 0,
  late_additions: 0,
  unlisted: 0,
};

function row(id: string, more: Partial<Counts> = {}) {
  return {
    ...counts,
    ...more,
    district: { id, name: id },
    volunteers: 3,
    silent_volunteers: 0,
    last_heard_at: null,
  };
}

const board: Board = {
  round_id: "r",
  event: { id: "e", kind: "drill", name: "訓練" },
  name: "一回目",
  as_of: "2026-01-17T00:00:00Z",
  started_at: "2026-01-17T00:00:00Z",
  closed_at: null,
  totals: counts,
  districts: [row("east"), row("west")],
  rescues_open: 0,
};

/** Enough of an EventSource to be spoken through. */
class FakeSource extends EventTarget {
  static made: FakeSource[] = [];
  onerror: (() => void) | null = null;
  isClosed = false;
  constructor(readonly url: string) {
    super();
    FakeSource.made.push(this);
  }
  say(type: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data) }));
  }
  close(): void {
    this.isClosed = true;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSource.made = [];
});
afterEach(() => vi.useRealTimers());

function start() {
  const following = follow("r", (url) => new FakeSource(url) as unknown as EventSource);
  const [source] = FakeSource.made;
  if (!source) throw new Error("no stream was opened");
  return { ...following, source };
}

test("a patch replaces the districts it names and leaves the order of rows", () => {
  const patched = apply(board, {
    as_of: "2026-01-17T00:01:00Z",
    closed_at: null,
    totals: { ...counts, safe: 3 },
    districts: [row("west", { safe: 3 }), row("south")],
    rescues_open: 1,
  });
  expect(patched.districts.map((d) => d.district.id)).toEqual(["east", "west", "south"]);
  expect(patched.districts[1]?.safe).toBe(3);
  expect(patched.rescues_open).toBe(1);
});

test("when the stream breaks the board stays, marked stale, until a new stream brings a whole one", () => {
  const { live, source, close } = start();
  source.say("board", board);
  expect(live.get().state).toBe("live");
  source.onerror?.();
  expect(live.get()).toMatchObject({ state: "stale", board: { name: "一回目" } });
  expect(source.isClosed).toBe(true);
  vi.advanceTimersByTime(3000);
  FakeSource.made[1]?.say("board", { ...board, name: "二回目" });
  expect(live.get()).toMatchObject({ state: "live", board: { name: "二回目" } });
  close();
});

test("a stream that falls silent without an error is given up after fifteen seconds", () => {
  const { live, source, close } = start();
  source.say("board", board);
  vi.advanceTimersByTime(10_000);
  source.say("beat", {});
  vi.advanceTimersByTime(14_000);
  expect(live.get().state).toBe("live");
  vi.advanceTimersByTime(2_000);
  expect(live.get().state).toBe("stale");
  close();
});
