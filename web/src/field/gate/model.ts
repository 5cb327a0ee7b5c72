import type { RecordedItem } from "../../offline/outbox";
import { correctedMs, hiragana } from "../model";
import type { Attendance, CheckIn, CheckOut, Gate, GatePerson, StayType } from "./wire";

/** Somebody whom this phone knows to be received. */
export interface Guest {
  /** The person's id, else the evacuee's, else the item that read a card. */
  key: string;
  personId: string | null;
  evacueeId: string | null;
  name: string;
  kana: string;
  partyId: string | null;
  siteId: string | null;
  stayType: StayType;
  sinceMs: number;
  isContested: boolean;
  isOutTonight: boolean;
  /** What this phone said last of her and can take back. */
  undoable: RecordedItem | null;
  isWaiting: boolean;
}

/** Everybody here as far as this phone knows: what the server knew, and what was recorded here and is not in that yet. Newest first. */
export function guestsOf(gate: Gate, records: RecordedItem[], serverMs: number): Guest[] {
  const guests = new Map<string, Guest>();
  const names = new Map(gate.people.map((person) => [person.id, person]));
  for (const e of gate.here) {
    guests.set(e.person_id ?? e.id, {
      key: e.person_id ?? e.id,
      personId: e.person_id,
      evacueeId: e.id,
      name: e.name || names.get(e.person_id ?? "")?.name || "",
      kana: e.name_kana,
      partyId: e.party_id,
      siteId: e.site_id,
      stayType: e.stay_type ?? "shelter",
      sinceMs: Date.parse(e.since ?? "") || serverMs,
      isContested: e.is_contested,
      isOutTonight: false,
      undoable: null,
      isWaiting: false,
    });
  }
  const said = records.filter(
    ({ envelope }) =>
      envelope.event === gate.event.id &&
      (envelope.kind === "check_in" || envelope.kind === "check_out"),
  );
  const replaced = new Set(said.map((item) => payload(item).corrects).filter(Boolean));
  for (const item of said) {
    if (payload(item).is_withdrawal) {
      if (!isCovered(item, serverMs)) takeBack(guests, item);
      continue;
    }
    if (replaced.has(item.id)) continue;
    see(guests, names, item, serverMs);
  }
  return [...guests.values()].sort((a, b) => b.sinceMs - a.sinceMs);
}

function payload(item: RecordedItem): CheckIn & CheckOut {
  return item.envelope.payload as CheckIn & CheckOut;
}

/** The server had this item when it made the list. */
function isCovered(item: RecordedItem, serverMs: number): boolean {
  const settled = item.settledMs;
  return settled !== undefined && settled + item.envelope.clock_offset_ms < serverMs;
}

function keyOf(said: CheckIn & CheckOut, id: string): string {
  return said.person_id ?? said.evacuee_id ?? said.stranger?.id ?? id;
}

/** What was taken back and is not yet gone from the server's list. */
function takeBack(guests: Map<string, Guest>, item: RecordedItem): void {
  const said = payload(item);
  const known = [...guests.values()].find(
    (guest) =>
      guest.key === keyOf(said, item.id) ||
      (said.evacuee_id !== undefined && guest.evacueeId === said.evacuee_id),
  );
  if (known && item.envelope.kind === "check_in") guests.delete(known.key);
}

function see(
  guests: Map<string, Guest>,
  names: Map<string, GatePerson>,
  item: RecordedItem,
  serverMs: number,
): void {
  const said = payload(item);
  const key = keyOf(said, item.id);
  const known =
    guests.get(key) ?? [...guests.values()].find((guest) => guest.evacueeId === said.evacuee_id);
  const own = { undoable: item, isWaiting: item.status === "waiting" };
  if (isCovered(item, serverMs)) {
    if (known) Object.assign(known, { undoable: item });
    return;
  }
  if (item.envelope.kind === "check_out") {
    if (!known) return;
    if (said.act === "overnight_leave") Object.assign(known, own, { isOutTonight: true });
    else guests.delete(known.key);
    return;
  }
  const person = said.person_id ? names.get(said.person_id) : undefined;
  guests.set(known?.key ?? key, {
    key: known?.key ?? key,
    personId: said.person_id ?? known?.personId ?? null,
    evacueeId: said.evacuee_id ?? said.stranger?.id ?? known?.evacueeId ?? null,
    name: person?.name ?? said.stranger?.name ?? known?.name ?? "",
    kana: person?.name_kana ?? said.stranger?.name_kana ?? known?.kana ?? "",
    partyId: said.party_id ?? known?.partyId ?? null,
    siteId: said.site_id,
    stayType: said.stay_type,
    sinceMs: correctedMs(item.envelope),
    isContested: item.reason === "second_place" || (known?.isContested ?? false),
    isOutTonight: false,
    ...own,
  });
}

/** Those who left by this phone's word and can be called back. */
export function leftBy(gate: Gate, records: RecordedItem[]): RecordedItem[] {
  const said = records.filter(({ envelope }) => envelope.event === gate.event.id);
  const replaced = new Set(said.map((item) => payload(item).corrects).filter(Boolean));
  return said
    .filter(
      (item) =>
        item.envelope.kind === "check_out" &&
        payload(item).act === "check_out" &&
        !payload(item).is_withdrawal &&
        !replaced.has(item.id),
    )
    .reverse();
}

/** Whose name, reading or address holds what is sought; in hiragana as well, spaces do not count. */
export function found(people: GatePerson[], query: string): GatePerson[] {
  const wanted = fold(query);
  if (wanted === "") return [];
  return people.filter((person) =>
    [person.name, person.name_kana, person.address].some((text) => fold(text).includes(wanted)),
  );
}

function fold(text: string): string {
  return hiragana(text).toLowerCase().replace(/\s/g, "");
}

/** What stands before each card's code. */
const MARK = "MC1";

/** A card's code as it is compared, however it was typed; the same rule as the service's `operations::card::plain`. */
export function plainCode(said: string): string {
  const narrow = said
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, "");
  const bare = narrow.startsWith(MARK) ? narrow.slice(MARK.length) : narrow;
  return bare.replace(/O/g, "0").replace(/[IL]/g, "1");
}

/** Whether a text that was read is a card of ours, and not any other code. */
export function isCard(said: string): boolean {
  return /^[0-9A-Z]{16}$/.test(plainCode(said));
}

/** Whose card it is, when the phone's list says so. */
export async function holderOf(people: GatePerson[], said: string): Promise<GatePerson | null> {
  const bytes = new TextEncoder().encode(plainCode(said));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return people.find((person) => person.cards?.includes(hex)) ?? null;
}

/** The venue that a poster's code names. */
export function venueIn(text: string): string | null {
  return /#v=([0-9a-f-]{36})$/i.exec(text)?.[1]?.toLowerCase() ?? null;
}

/** This phone's own acts at a venue that stand, newest first. */
export function actsAt(venueId: string, records: RecordedItem[]): RecordedItem[] {
  const all = records.filter((item) => item.envelope.kind === "attendance");
  const replaced = new Set(all.map((item) => attendance(item).corrects).filter(Boolean));
  return all
    .filter(
      (item) =>
        attendance(item).venue_id === venueId &&
        !attendance(item).is_withdrawal &&
        !replaced.has(item.id),
    )
    .reverse();
}

export function attendance(item: RecordedItem): Attendance {
  return item.envelope.payload as Attendance;
}

/** How many people this phone counted one by one, each once; and what its newest head-counts say together. */
export function ownCount(acts: RecordedItem[]): { persons: number; groups: number } {
  const persons = new Set<string>();
  const groups = new Map<string, number>();
  for (const item of acts) {
    const said = attendance(item);
    if (said.kind === "person") {
      persons.add(said.person_id ?? said.volunteer_id ?? said.card ?? fold(said.name ?? item.id));
    } else {
      const group = said.body_id ?? fold(said.group_label ?? "");
      if (!groups.has(group)) groups.set(group, said.people ?? 0);
    }
  }
  return { persons: persons.size, groups: [...groups.values()].reduce((sum, n) => sum + n, 0) };
}
