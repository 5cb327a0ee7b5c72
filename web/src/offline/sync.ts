import type { Db } from "./db";
import { type Device, learnClock } from "./device";
import type { Lock } from "./lock";
import { meetEpoch, type OutboxItem, openRescues, type Receipt, settle, waiting } from "./outbox";

/** What the screen says about sending. Truth is a receipt; `navigator.onLine` is not asked. */
export interface SyncStatus {
  waiting: number;
  /** Calls for rescue that nobody has received and nobody took back, oldest first, with the phone time of the tap. */
  rescues: { id: string; atMs: number; isDrill: boolean }[];
  isSending: boolean;
  /** Phone time at which the outbox last became empty by sending. */
  allSentAtMs: number | null;
  /** Why the last try failed: no answer at all, or an answer that was no receipt. */
  problem: { status: number | null; detail: string | null } | null;
}

export interface SyncDoors {
  db: Db;
  device: () => Promise<Device | undefined>;
  post: (body: string, signal: AbortSignal) => Promise<Response>;
  lock: Lock;
  onStatus: (status: SyncStatus) => void;
  /** After receipts arrived: the list may be asked for again. */
  onReceipts: () => void;
  now?: () => number;
  random?: () => number;
}

export const MAX_ITEMS = 200;
export const MAX_BYTES = 256 * 1024;
const ENVELOPE_BYTES = 512;
const TIMEOUT_MS = 15_000;
const MAX_WAIT_MS = 60_000;
/** A call for rescue does not wait a minute between tries. */
const MAX_RESCUE_WAIT_MS = 10_000;
const OTHER_TAB_MS = 2_000;

/** Sends what waits, keeps what is not receipted, and tries again with full-jitter back-off. */
export class Sync {
  private status: SyncStatus = {
    waiting: 0,
    rescues: [],
    isSending: false,
    allSentAtMs: null,
    problem: null,
  };
  private failures = 0;
  private mostItems = MAX_ITEMS;
  private notBeforeMs = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  /** What was wanted while a run was on: tried after it, when it is `asked` whatever became of the run. */
  private wanted: "asked" | "hint" | null = null;
  /** The request on its way, when it carries no call for rescue: a call goes before it. */
  private yielding: AbortController | null = null;
  /** A call for rescue was recorded since the outbox was last read for a batch. */
  private hasNewRescue = false;
  private isStopped = false;

  constructor(private readonly doors: SyncDoors) {}

  /**
   * Tries now. `rescue`: a call for rescue; does not wait for a request that carries none. `asked`: the button; overrides
   * every wait, and is tried after a run that is on. `hint`: the browser says that something changed; obeys a server's
   * Retry-After. `tap`: something was recorded; waits its turn while tries are failing.
   */
  kick(why: "rescue" | "asked" | "hint" | "tap" = "hint"): Promise<void> {
    if (this.isStopped) return Promise.resolve();
    const isAsked = why === "asked" || why === "rescue";
    const mustWait = why === "tap" ? this.failures > 0 : this.now() < this.notBeforeMs;
    if (!isAsked && mustWait) return this.publish();
    if (this.running) {
      if (isAsked) this.wanted = "asked";
      else this.wanted ??= "hint";
      if (why === "rescue") {
        this.hasNewRescue = true;
        this.yielding?.abort();
      }
      return this.running;
    }
    clearTimeout(this.timer);
    this.running = this.run().finally(() => {
      this.running = null;
      const { wanted } = this;
      this.wanted = null;
      if (wanted === "asked") void this.kick("asked");
      else if (wanted && this.failures === 0) void this.kick();
    });
    return this.running;
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    await this.publish({ isSending: true });
    let waitMs: number | null = null;
    const isOurs = await this.doors.lock(async () => {
      waitMs = await this.drain();
    });
    await this.publish({ isSending: false });
    if (!isOurs && this.status.waiting > 0) waitMs = OTHER_TAB_MS;
    if (waitMs !== null && !this.isStopped) {
      this.timer = setTimeout(() => void this.kick(), waitMs);
    }
  }

  /** Sends batch after batch; returns how long to wait before the next try, or null when all is sent. */
  private async drain(): Promise<number | null> {
    for (;;) {
      this.hasNewRescue = false;
      const items = await waiting(this.doors.db);
      if (this.hasNewRescue) continue;
      if (items.length === 0) return null;
      const batch = nextBatch(items, this.mostItems);
      const failed = await this.send(batch, items.length);
      // It made way for a call for rescue, which is the next batch.
      if (failed === "yielded") continue;
      if (failed === null) {
        this.failures = 0;
        this.notBeforeMs = 0;
        await this.publish({ problem: null });
        this.doors.onReceipts();
        continue;
      }
      await this.publish({ problem: { status: failed.status, detail: failed.detail } });
      this.failures += 1;
      // What waits now, not what waited when the try began.
      const now = await waiting(this.doors.db);
      return this.backOffMs(
        failed.retryAfterMs,
        now.some((item) => item.isRescue),
      );
    }
  }

  private backOffMs(retryAfterMs: number | null, hasRescue: boolean): number {
    if (retryAfterMs !== null) {
      this.notBeforeMs = this.now() + retryAfterMs;
      return retryAfterMs;
    }
    const most = hasRescue ? MAX_RESCUE_WAIT_MS : MAX_WAIT_MS;
    const ceiling = Math.min(most, 1000 * 2 ** Math.min(this.failures, 10));
    return Math.ceil((this.doors.random ?? Math.random)() * ceiling);
  }

  /** One upload; null on success, else why not. */
  private async send(batch: OutboxItem[], held: number): Promise<Failed | "yielded" | null> {
    const abort = new AbortController();
    this.yielding = batch.some((item) => item.isRescue) ? null : abort;
    const device = await this.doors.device();
    const sentMs = this.now();
    const body = JSON.stringify({
      items: batch.map((item) => item.sealed),
      device_id: device?.id,
      held,
      device_time: new Date(sentMs).toISOString(),
    });
    let isLate = false;
    const timeout = setTimeout(() => {
      isLate = true;
      abort.abort();
    }, TIMEOUT_MS);
    try {
      const response = await this.doors.post(body, abort.signal);
      const answer = await readJson(response);
      if (response.ok && Array.isArray(answer.results)) {
        if (answer.server_time) {
          await learnClock(this.doors.db, answer.server_time, sentMs, this.now());
        }
        if (answer.epoch) await meetEpoch(this.doors.db, answer.epoch);
        const named = await settle(this.doors.db, answer.results, this.now());
        if (named > 0) return null;
      }
      if (response.status === 413) this.mostItems = Math.max(1, Math.floor(batch.length / 2));
      return {
        status: response.status,
        detail: answer.detail ?? null,
        retryAfterMs: retryAfter(response.headers.get("retry-after"), this.now()),
      };
    } catch {
      if (abort.signal.aborted && !isLate) return "yielded";
      return { status: null, detail: null, retryAfterMs: null };
    } finally {
      this.yielding = null;
      clearTimeout(timeout);
    }
  }

  private async publish(change: Partial<SyncStatus> = {}): Promise<void> {
    const items = await waiting(this.doors.db);
    const allSentAtMs = await this.doors.db.read(["meta"], (tx) =>
      tx.get<number>("meta", "all_sent"),
    );
    this.status = {
      ...this.status,
      ...change,
      allSentAtMs: items.length === 0 ? (allSentAtMs ?? null) : null,
      waiting: items.length,
      rescues: openRescues(items).map(({ id, atMs, isDrill }) => ({ id, atMs, isDrill })),
    };
    this.doors.onStatus(this.status);
  }

  private now(): number {
    return (this.doors.now ?? Date.now)();
  }
}

interface Failed {
  status: number | null;
  detail: string | null;
  retryAfterMs: number | null;
}

/**
 * What goes next: the oldest call for rescue alone (with the opening of its round before it, if that waits too),
 * else openings and then the rest by the order of the taps, within the server's limits.
 */
export function nextBatch(items: OutboxItem[], mostItems = MAX_ITEMS): OutboxItem[] {
  const openings = items.filter((item) => item.isOpening);
  const rescue = items.find((item) => item.isRescue);
  const line = rescue
    ? [...openings.slice(0, mostItems - 1), rescue]
    : [...openings, ...items.filter((item) => !item.isOpening)];
  const batch: OutboxItem[] = [];
  let bytes = ENVELOPE_BYTES;
  for (const item of line) {
    bytes += JSON.stringify(item.sealed).length + 1;
    if (batch.length > 0 && (batch.length >= mostItems || bytes > MAX_BYTES)) break;
    batch.push(item);
  }
  return batch;
}

interface SyncAnswer {
  server_time?: string;
  epoch?: string;
  results?: Receipt[];
  detail?: string;
}

/** The body as JSON; a page that is none (a hotspot's log-in, a proxy's error) is an answer without receipts. */
async function readJson(response: Response): Promise<SyncAnswer> {
  const text = await response.text();
  try {
    return (JSON.parse(text) ?? {}) as SyncAnswer;
  } catch {
    return {};
  }
}

/** `Retry-After` in milliseconds from seconds or an HTTP date; null when absent or meaningless. */
export function retryAfter(header: string | null, nowMs: number): number | null {
  if (header === null || header.trim() === "") return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
