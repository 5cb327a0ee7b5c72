import { uuidv7 } from "./bytes";
import type { Db, Tx } from "./db";
import { clockOf, type Device } from "./device";
import { type Envelope, type SealedItem, sealItem } from "./seal";
import { openJson, type Sealed, sealJson } from "./vault";

/** One thing that must leave the phone. Deleted only on a receipt that names its id. */
export interface OutboxItem {
  /** Form of this row. Newer versions of the app must go on reading older forms: an update strands nothing. */
  format: 1;
  id: string;
  /** Phone time of the tap, milliseconds. */
  atMs: number;
  /** A call for rescue: sent first and alone. */
  isRescue: boolean;
  /** Opens a round on the spot: goes before what was recorded in that round. */
  isOpening: boolean;
  /** Recorded as part of a drill: its call for rescue must not send anyone to 119. */
  isDrill: boolean;
  /** The item whose word this one takes back or says anew. Absent otherwise, and in rows of older versions. */
  insteadOf?: string;
  sealed: SealedItem;
}

/** The volunteer's own copy of what she recorded, readable with the PIN, kept after sending. */
export interface RecordRow {
  id: string;
  atMs: number;
  status: "waiting" | "stored" | "quarantined";
  /** Why the server set it aside, as a code. */
  reason: string | null;
  /** Phone time of the receipt; absent in rows of older versions. */
  settledMs?: number;
  own: Sealed;
}

export interface RecordedItem extends Omit<RecordRow, "own" | "status"> {
  /** `saving`: said just now, not yet on the phone's storage. */
  status: RecordRow["status"] | "saving";
  envelope: Envelope;
}

export interface Draft {
  kind: Envelope["kind"];
  event: string | null;
  payload: object;
  isDrill: boolean;
}

export interface Receipt {
  id?: string;
  result: "stored" | "already_stored" | "quarantined";
  reason?: string;
}

let turn: Promise<unknown> = Promise.resolve();

/**
 * Records a draft: seals it, signs it, and puts it into the outbox in one durable transaction with the device's sequence.
 * Needs no PIN; with `dataKey` a readable copy is kept beside it. Rejects only when the phone's storage does. `onMade` is told
 * what will be stored, before it is; again with the same id when another tab was faster.
 */
export function record(
  db: Db,
  device: Device,
  draft: Draft,
  dataKey: CryptoKey | null,
  nowMs = Date.now(),
  onMade: (envelope: Envelope) => void = () => {},
): Promise<Envelope> {
  const mine = turn.then(() => recordNow(db, device, draft, dataKey, nowMs, onMade));
  turn = mine.catch(() => {});
  return mine;
}

async function recordNow(
  db: Db,
  device: Device,
  draft: Draft,
  dataKey: CryptoKey | null,
  nowMs: number,
  onMade: (envelope: Envelope) => void,
): Promise<Envelope> {
  const id = uuidv7(nowMs);
  for (let state = lastKnown.get(db); ; state = undefined) {
    // Asking the storage first would be most of the wait after a tap on an old phone; it is asked again below, as one writes.
    const { seq: last, offsetMs } = state ?? (await db.read(["meta"], stateOf));
    const envelope: Envelope = {
      id,
      kind: draft.kind,
      event: draft.event,
      device_seq: last + 1,
      observed_at: new Date(nowMs).toISOString(),
      clock_offset_ms: offsetMs,
      payload: draft.payload,
    };
    onMade(envelope);
    const [sealed, own] = await Promise.all([
      sealItem(envelope, device.id, device.serverKey, device.privateKey),
      dataKey && sealJson(dataKey, envelope),
    ]);
    const item: OutboxItem = {
      format: 1,
      id,
      atMs: nowMs,
      isRescue: isRescueCall(draft.payload),
      isOpening: draft.kind === "round_start",
      isDrill: draft.isDrill,
      ...takenBackBy(draft.payload),
      sealed,
    };
    const row: RecordRow | null = own && { id, atMs: nowMs, status: "waiting", reason: null, own };
    // Cryptography cannot run inside a transaction, so what it was made of is checked in it: another tab may have been faster.
    const isOurs = await db.write(["meta", "outbox", "record"], async (tx) => {
      const now = await stateOf(tx);
      if (now.seq !== last || now.offsetMs !== offsetMs) return false;
      await tx.put("meta", last + 1, "seq");
      await tx.put("outbox", item);
      if (row) await tx.put("record", row);
      return true;
    });
    if (!isOurs) continue;
    lastKnown.set(db, { seq: last + 1, offsetMs });
    return envelope;
  }
}

/** The device's sequence and its clock's offset, of which an envelope is made. */
interface State {
  seq: number;
  offsetMs: number;
}

const lastKnown = new WeakMap<Db, State>();

async function stateOf(tx: Tx): Promise<State> {
  const { offsetMs } = await clockOf(tx);
  return { seq: (await tx.get<number>("meta", "seq")) ?? 0, offsetMs };
}

interface Said {
  outcome?: string;
  condition?: string;
  corrects?: string;
  is_real_call?: boolean;
  is_withdrawal?: boolean;
}

export function isRescueCall(payload: object): boolean {
  const said = payload as Said;
  const isCall = [said.outcome, said.condition].includes("needs_rescue");
  return !said.is_withdrawal && (isCall || said.is_real_call === true);
}

/** Kept outside the seal: a locked phone must know which calls for rescue were taken back. */
function takenBackBy(payload: object): { insteadOf?: string } {
  const { corrects, is_withdrawal } = payload as Said;
  const isInstead = corrects && (is_withdrawal || isRescueCall(payload));
  return isInstead ? { insteadOf: corrects } : {};
}

/**
 * The waiting calls for rescue that still stand: neither taken back nor said anew. What was taken back puts nothing in another's
 * place, as in src/safety/corrections.rs: the call it had said anew stands again.
 */
export function openRescues(items: OutboxItem[]): OutboxItem[] {
  const undone = new Set<string>();
  const anew = new Set<string>();
  for (const item of [...items].sort((a, b) => b.sealed.seq - a.sealed.seq)) {
    if (!item.insteadOf || undone.has(item.id)) continue;
    (item.isRescue ? anew : undone).add(item.insteadOf);
  }
  return items.filter(({ isRescue, id }) => isRescue && !undone.has(id) && !anew.has(id));
}

/** Everything that waits, in the order of the taps. */
export async function waiting(db: Db): Promise<OutboxItem[]> {
  const items = await db.read(["outbox"], (tx) => tx.all<OutboxItem>("outbox"));
  return items.sort((a, b) => a.atMs - b.atMs || a.sealed.seq - b.sealed.seq);
}

/** Takes the server's receipts. Returns how many waiting items they named; everything else stays. */
export function settle(db: Db, receipts: Receipt[], nowMs = Date.now()): Promise<number> {
  return db.write(["meta", "outbox", "sent", "record"], async (tx) => {
    let named = 0;
    for (const receipt of receipts) {
      const item = receipt.id && (await tx.get<OutboxItem>("outbox", receipt.id));
      if (!receipt.id || !item) continue;
      const isKnown = ["stored", "already_stored", "quarantined"].includes(receipt.result);
      if (!isKnown) continue;
      named += 1;
      await tx.remove("outbox", receipt.id);
      await tx.put("sent", item);
      const row = await tx.get<RecordRow>("record", receipt.id);
      if (!row) continue;
      const isAside = receipt.result === "quarantined";
      await tx.put("record", {
        ...row,
        status: isAside ? "quarantined" : "stored",
        reason: isAside ? (receipt.reason ?? "unreadable") : null,
        settledMs: nowMs,
      } satisfies RecordRow);
    }
    if (named > 0 && (await tx.count("outbox")) === 0) await tx.put("meta", nowMs, "all_sent");
    return named;
  });
}

/**
 * Learns which copy of the ledger answered. Another one than before may lack what was receipted (a restored backup, a copy
 * run elsewhere): everything sent lately then waits again; the server tells repeats by their ids.
 */
export function meetEpoch(db: Db, epoch: string): Promise<void> {
  return db.write(["meta", "outbox", "sent", "record"], async (tx) => {
    const device = await tx.get<Device>("meta", "device");
    if (!device || device.epoch === epoch) return;
    await tx.put("meta", { ...device, epoch } satisfies Device, "device");
    for (const item of await tx.all<OutboxItem>("sent")) {
      await tx.put("outbox", item);
      const row = await tx.get<RecordRow>("record", item.id);
      if (row)
        await tx.put("record", { ...row, status: "waiting", reason: null } satisfies RecordRow);
    }
    await tx.clear("sent");
  });
}

/** The volunteer's own records in the order of the taps; a copy that the key does not open is left out. */
export async function records(db: Db, dataKey: CryptoKey): Promise<RecordedItem[]> {
  const rows = await db.read(["record"], (tx) => tx.all<RecordRow>("record"));
  const opened = await Promise.all(
    rows.map(async ({ own, ...row }) => {
      try {
        return { ...row, envelope: await openJson<Envelope>(dataKey, own) };
      } catch {
        return null;
      }
    }),
  );
  const readable: RecordedItem[] = opened.flatMap((item) => item ?? []);
  return readable.sort(byTap);
}

/** What `records` would answer after `envelope` was recorded just now. A reading made in between may hold it already. */
export function withRecorded(
  known: RecordedItem[],
  envelope: Envelope,
  status: "saving" | "waiting" = "waiting",
): RecordedItem[] {
  const { id } = envelope;
  if (known.some((one) => one.id === id && one.status !== "saving")) return known;
  const atMs = Date.parse(envelope.observed_at);
  return [...without(known, id), { id, atMs, status, reason: null, envelope }].sort(byTap);
}

export function without(known: RecordedItem[], id: string): RecordedItem[] {
  return known.filter((one) => one.id !== id);
}

function byTap(a: RecordedItem, b: RecordedItem): number {
  return a.atMs - b.atMs || a.envelope.device_seq - b.envelope.device_seq;
}

/** Drops copies that are no longer of use: received long ago. What waits stays; what was set aside stays longer. */
export function forgetOld(db: Db, nowMs: number): Promise<void> {
  const day = 86_400_000;
  return db.write(["record", "sent"], async (tx) => {
    for (const item of await tx.all<OutboxItem>("sent")) {
      if (nowMs - item.atMs > 60 * day) await tx.remove("sent", item.id);
    }
    for (const row of await tx.all<RecordRow>("record")) {
      const ageMs = nowMs - row.atMs;
      const isOver = row.status === "stored" ? ageMs > 14 * day : ageMs > 90 * day;
      if (isOver && row.status !== "waiting") await tx.remove("record", row.id);
    }
  });
}
