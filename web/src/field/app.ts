import { type Bundle, fetchBundle, readBundle } from "../offline/bundle";
import { type Db, openDb } from "../offline/db";
import { type Device, device as deviceOf } from "../offline/device";
import { lockFor } from "../offline/lock";
import {
  type Draft,
  forgetOld,
  isRescueCall,
  type RecordedItem,
  record,
  records,
  without,
  withRecorded,
} from "../offline/outbox";
import type { Envelope } from "../offline/seal";
import { Sync, type SyncStatus } from "../offline/sync";
import { setPin, type Unlock, unlock } from "../offline/vault";
import { Store } from "../ui/store";
import { begunHere, type Current, drillPhase, stillCurrent } from "./current";
import { learnDemo } from "./demo";
import { wasHere } from "./enrolled";
import { roundsOf } from "./model";
import { pushView, type View, viewInHistory } from "./view";

export interface AppState {
  phase:
    | "starting"
    | "no_storage"
    | "enrol"
    | "choose_pin"
    | "locked"
    | "ended"
    | "open"
    | "outdated";
  /** The phone was enrolled once, and its storage is empty now. */
  isWiped: boolean;
  view: View;
  device: Device | null;
  bundle: Bundle | null;
  listState: "open" | "none" | "expired" | "asking";
  records: RecordedItem[];
  roundId: string | null;
  /** The round was chosen by hand: it stays on the page, whatever is more urgent, until the list is closed. */
  isRoundChosen: boolean;
  current: Current | null;
  sync: SyncStatus;
  /** Phone time, advanced every few seconds. */
  nowMs: number;
  /** The phone's storage refused a record: said on the screen until it works again. */
  storageFailed: boolean;
  /** The service runs on invented people. */
  isDemo: boolean;
}

const LIST_EVERY_MS = 5 * 60_000;
const LOCK_AFTER_MS = 15 * 60_000;
const SEEN_EVERY_MS = 3_600_000;

export const app = new Store<AppState>({
  phase: "starting",
  isWiped: false,
  view: { name: "list" },
  device: null,
  bundle: null,
  listState: "none",
  records: [],
  roundId: null,
  isRoundChosen: false,
  current: null,
  sync: { waiting: 0, rescues: [], isSending: false, allSentAtMs: null, problem: null },
  nowMs: Date.now(),
  storageFailed: false,
  isDemo: false,
});

let db: Db;
/** The phone's storage, once the app has started. */
export const storage = (): Db => db;
let sync: Sync;
/** Opens the list; held in memory only, gone when the page closes. */
let dataKey: CryptoKey | null = null;
let listAskedMs = 0;
let hiddenSinceMs: number | null = null;

/** Opens the phone's storage and decides the first page. */
export async function start(): Promise<void> {
  try {
    db = await openDb(() => app.set({ phase: "outdated" }));
  } catch {
    app.set({ phase: "no_storage" });
    return;
  }
  const device = (await deviceOf(db)) ?? null;
  const current = await db.read(["meta"], (tx) => tx.get<Current>("meta", "current"));
  const hasPin = (await db.read(["meta"], (tx) => tx.get("meta", "pin"))) !== undefined;
  sync = new Sync({
    db,
    device: () => deviceOf(db),
    post: (body, signal) =>
      fetch("/api/v1/field/sync", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        signal,
      }),
    lock: lockFor(db),
    onStatus: (status) => app.set({ sync: status }),
    onReceipts: () => void received(),
  });
  const isNew = location.hash.startsWith("#i=");
  const phase = !device || (isNew && !hasPin) ? "enrol" : hasPin ? "locked" : "ended";
  app.set({
    phase: device && !hasPin && !device.isRevoked && !(await hadPin()) ? "choose_pin" : phase,
    device,
    current: current ?? null,
    isWiped: !device && wasHere(),
  });
  watchTheBrowser();
  void sync.kick();
  void learnDemo(db, (isDemo) => app.set({ isDemo }));
}

function watchTheBrowser(): void {
  addEventListener("online", () => void sync.kick());
  addEventListener("pageshow", () => void sync.kick());
  addEventListener("popstate", () => app.set({ view: viewInHistory() ?? homeView() }));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      hiddenSinceMs = Date.now();
      return;
    }
    const wasHiddenMs = Date.now() - (hiddenSinceMs ?? Date.now());
    if (wasHiddenMs > LOCK_AFTER_MS && app.get().phase === "open") lock();
    void sync.kick();
    void readRecords();
    void askForList();
  });
  setInterval(() => {
    app.set({ nowMs: Date.now() });
    if (Date.now() - listAskedMs > LIST_EVERY_MS) void askForList();
  }, 5000);
}

/** The PIN was typed twice alike: makes the data key and opens the app. */
export async function choosePin(pin: string): Promise<void> {
  dataKey = await setPin(db, pin);
  await db.write(["meta"], (tx) => tx.put("meta", true, "had_pin"));
  void navigator.storage?.persist?.();
  await openApp(isAtDesk() ? { name: "gate", page: "home" } : { name: "availability" });
}

export async function tryPin(pin: string): Promise<Unlock> {
  const answer = await unlock(db, pin);
  if (answer.result === "open") {
    dataKey = answer.key;
    await openApp(viewInHistory() ?? homeView());
  }
  if (answer.result === "ended") app.set({ phase: "ended", bundle: null, records: [] });
  return answer;
}

/** Closes the list until the PIN is typed again. What waits goes on being sent. */
export function lock(): void {
  dataKey = null;
  // The PIN comes first; the page that was open comes back with it, from history.
  const view: View = { name: "list" };
  app.set({
    phase: "locked",
    view,
    bundle: null,
    records: [],
    listState: "none",
    isRoundChosen: false,
  });
  scrollTo(0, 0);
}

/** Leaves the phone without a list, to be enrolled again with a new invite. */
export function enrolAgain(): void {
  app.set({ phase: "enrol" });
}

async function openApp(view: View): Promise<void> {
  pushView(view, true);
  app.set({ phase: "open", view });
  await readList();
  await forgetOld(db, Date.now());
  await readRecords();
  await askForList();
}

async function readList(): Promise<void> {
  if (!dataKey) return;
  const reading = await readBundle(db, dataKey);
  app.set({
    bundle: reading.state === "open" ? reading.bundle : null,
    listState: reading.state,
  });
}

/** Counts what the page was told to show; a reading begun before a tap does not know of it and is made again. */
let toldTimes = 0;

/** Reads the volunteer's own records anew: receipts came, or another tab recorded something. */
async function readRecords(): Promise<void> {
  for (;;) {
    const key = dataKey;
    const told = toldTimes;
    if (!key) return;
    const read = await records(db, key);
    // Locked in between: what was read stays unseen.
    if (key !== dataKey) return;
    if (told !== toldTimes) continue;
    const saving = app.get().records.filter((item) => item.status === "saving");
    showRecords(saving.reduce((all, item) => withRecorded(all, item.envelope, "saving"), read));
    return;
  }
}

function showRecords(shown: RecordedItem[]): void {
  toldTimes += 1;
  app.set({ records: shown });
}

/** A gate's list holds who is there: after something arrived, it is asked for anew, a while apart. */
const GATE_LIST_EVERY_MS = 30_000;

async function received(): Promise<void> {
  await readRecords();
  const isLate = Date.now() - listAskedMs > GATE_LIST_EVERY_MS;
  if (app.get().bundle?.gate && isLate) await askForList();
}

/** Asks the server for the list; what the phone has stays in use until an answer comes. */
export async function askForList(): Promise<void> {
  if (!dataKey || app.get().phase !== "open") return;
  listAskedMs = Date.now();
  if (app.get().bundle === null) app.set({ listState: "asking" });
  const answer = await fetchBundle(db, dataKey, (etag, signal) =>
    fetch("/api/v1/field/bundle", {
      headers: etag ? { "if-none-match": etag } : {},
      cache: "no-store",
      signal,
    }),
  );
  if (answer === "revoked") {
    dataKey = null;
    app.set({
      phase: "ended",
      bundle: null,
      records: [],
      device: (await deviceOf(db)) ?? null,
    });
    return;
  }
  await readList();
  if (answer === "new") leaveGone();
  app.set({ device: (await deviceOf(db)) ?? null });
}

/** What the server's list does not know any more is no place to report into when the list is closed. */
function leaveGone(): void {
  const { bundle, records, current } = app.get();
  if (!bundle || !current) return;
  const rounds = roundsOf(bundle, records, begunHere(current, Date.now()));
  const events = [bundle.gate?.event, ...(bundle.drills ?? []).map((drill) => drill.event)];
  const isKnown =
    rounds.some((round) => round.id === current.roundId) ||
    events.some((event) => event?.id === current.eventId);
  if (isKnown) return;
  app.set({ current: null });
  void db.write(["meta"], (tx) => tx.remove("meta", "current"));
}

/** Records something, durably, and says whether the phone took it. A call for rescue is sent at once. */
export async function say(
  draft: Omit<Draft, "isDrill"> & { isDrill?: boolean },
): Promise<string | null> {
  const { device, current } = app.get();
  if (!device) return null;
  const said = draft.payload as { is_real_call?: boolean };
  const isInDrill = draft.isDrill ?? drillPhase(current, Date.now()) === "on";
  const isDrill = isInDrill && said.is_real_call !== true;
  const key = dataKey;
  let made: string | null = null;
  // Shown as it is, being stored and then stored: to read everything again would be most of the wait after a tap on an old phone.
  const show = (status: "saving" | "waiting") => (envelope: Envelope) => {
    made = envelope.id;
    if (key && key === dataKey) showRecords(withRecorded(app.get().records, envelope, status));
  };
  try {
    const whole = { ...draft, isDrill };
    const envelope = await record(db, device, whole, key, Date.now(), show("saving"));
    show("waiting")(envelope);
    if (app.get().storageFailed) app.set({ storageFailed: false });
    void sync.kick(isRescueCall(draft.payload) ? "rescue" : "tap");
    return envelope.id;
  } catch {
    if (made) showRecords(without(app.get().records, made));
    app.set({ storageFailed: true });
    return null;
  }
}

export function sendNow(): void {
  void sync.kick("asked");
  void askForList();
}

/** Remembers, outside the PIN, which round the phone works in, so that a find can be reported without the list. */
export function workIn(current: Current): void {
  const known = app.get().current;
  const isSame = known?.roundId === current.roundId && known.endsMs === current.endsMs;
  if (app.get().roundId !== current.roundId) app.set({ roundId: current.roundId });
  if (isSame && (current.seenMs ?? 0) - (known.seenMs ?? 0) < SEEN_EVERY_MS) return;
  const kept = isSame && known.begun ? { ...current, begun: known.begun } : current;
  app.set({ current: kept });
  void db.write(["meta"], (tx) => tx.put("meta", kept, "current"));
}

/** The round that the phone works in, as far as it can still be known. */
export function currentOnPhone(): Current | null {
  const { current, nowMs } = app.get();
  return stillCurrent(current, nowMs);
}

export function chooseRound(roundId: string): void {
  app.set({ roundId, isRoundChosen: true });
}

/** Goes to a page. `replace`: back does not return to the present one. */
export function go(view: View, replace = false): void {
  pushView(view, replace);
  app.set({ view });
  scrollTo(0, 0);
}

/** Back one page, as the phone's own button does. */
export function back(): void {
  const view = viewInHistory();
  if (view?.name === "list" || (isAtDesk() && view?.name === "gate" && view.page === "home"))
    return;
  history.back();
}

/** A reception's phone: its home is the gate, and it has no list of its own people. */
export function isAtDesk(): boolean {
  return app.get().device?.principal === "reception";
}

function homeView(): View {
  if (isAtDesk()) return { name: "gate", page: "home" };
  const venue = /^#v=([0-9a-f-]{36})$/i.exec(location.hash)?.[1];
  return venue ? { name: "came", venue } : { name: "list" };
}

/** Leaves a page for the app's first one, in the place of the present one. */
export function goHome(): void {
  go(isAtDesk() ? { name: "gate", page: "home" } : { name: "list" }, true);
}

async function hadPin(): Promise<boolean> {
  return (await db.read(["meta"], (tx) => tx.get<boolean>("meta", "had_pin"))) === true;
}
