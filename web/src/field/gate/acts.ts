import { uuidv7 } from "../../offline/bytes";
import type { RecordedItem } from "../../offline/outbox";
import { announce } from "../../ui/live-region";
import { app, say } from "../app";
import { currentOfEvent, drillPhase } from "../current";
import type { Guest } from "./model";
import { attendance } from "./model";
import type { Attendance, CheckIn, CheckOut, Crowding, Gate, GatePlace, Status } from "./wire";
import { gtext } from "./words";

function draft(gate: Pick<Gate, "event">) {
  const isDrill = drillPhase(currentOfEvent(gate.event), Date.now()) === "on";
  return { event: gate.event.id, isDrill };
}

/** Receives people together: one item each, one party. Answers whether the phone kept all of them. */
export async function receive(gate: Gate, all: CheckIn[], who: string): Promise<boolean> {
  const party_id = all.length > 1 ? uuidv7() : undefined;
  for (const payload of all) {
    const id = await say({
      kind: "check_in",
      ...draft(gate),
      payload: { ...payload, ...(party_id && !payload.party_id && { party_id }) },
    });
    if (!id) return false;
  }
  announce(gtext("saidCame", { who, n: all.length }));
  return true;
}

/** Somebody of this phone's list, by the surest id there is. */
function whom(guest: Guest): Pick<CheckOut, "person_id" | "evacuee_id"> {
  return guest.personId
    ? { person_id: guest.personId }
    : { evacuee_id: guest.evacueeId ?? guest.key };
}

export async function letGo(
  gate: Gate,
  guest: Guest,
  act: CheckOut["act"],
  destination: string,
): Promise<boolean> {
  const payload: CheckOut = {
    site_id: guest.siteId,
    ...whom(guest),
    act,
    ...(destination && { destination }),
  };
  const id = await say({ kind: "check_out", ...draft(gate), payload });
  if (id) announce(gtext(act === "check_out" ? "saidLeft" : "saidNight", { who: guest.name }));
  return id !== null;
}

/** もどす: the word was not meant. It stays; this one points at it. */
export async function takeBack(gate: Gate, item: RecordedItem): Promise<boolean> {
  const said = item.envelope.payload as CheckIn & CheckOut;
  const { stranger, card, ...kept } = said;
  const payload = {
    ...kept,
    ...(stranger && { evacuee_id: stranger.id }),
    corrects: item.id,
    is_withdrawal: true,
  };
  const kind = item.envelope.kind;
  const id = await say({ kind, ...draft(gate), payload });
  if (id) announce(gtext("saidBack"));
  return id !== null;
}

/** Says how a place stands. Nobody is refused at a full one: it is ranked after the others, that is all. */
export async function sayPlace(
  gate: Gate,
  place: GatePlace,
  said: { status: Status; crowding?: Crowding },
): Promise<boolean> {
  const payload = {
    site_id: place.id,
    ...said,
    // Opened here before anybody at headquarters asked for it: 自主開設.
    ...(said.status === "open" && place.status === null && { is_self_opened: true }),
  };
  const id = await say({ kind: "opening", ...draft(gate), payload });
  if (id) announce(gtext("saidPlace", { place: place.name }));
  return id !== null;
}

export async function sayCount(
  gate: Gate,
  place: GatePlace,
  figures: Record<string, number>,
  note: string,
): Promise<boolean> {
  const payload = { site_id: place.id, as_of: new Date().toISOString(), ...figures, note };
  const id = await say({ kind: "head_count", ...draft(gate), payload });
  if (id) announce(gtext("saidCount", { n: figures.people ?? 0 }));
  return id !== null;
}

export async function attend(
  event: Gate["event"],
  said: Attendance,
  words: string,
): Promise<boolean> {
  const id = await say({
    kind: "attendance",
    event: event.id,
    isDrill: event.kind === "drill",
    payload: said,
  });
  if (id) announce(words);
  return id !== null;
}

/** Takes back an attendance. */
export async function attendBack(event: Gate["event"], item: RecordedItem): Promise<void> {
  const { venue_id, kind, way } = attendance(item);
  const payload: Attendance = { venue_id, kind, way, corrects: item.id, is_withdrawal: true };
  await attend(event, payload, gtext("saidBack"));
}

/** The place's latest state: what the server said, and what this phone said since. */
export function placeNow(gate: Gate, place: GatePlace): GatePlace {
  const serverMs = Date.parse(app.get().bundle?.server_time ?? "") || 0;
  let now = place;
  for (const item of app.get().records) {
    const said = item.envelope.payload as {
      site_id?: string;
      status?: Status;
      crowding?: Crowding;
    };
    const isOurs = item.envelope.kind === "opening" && item.envelope.event === gate.event.id;
    if (!isOurs || said.site_id !== place.id || !said.status) continue;
    const settledMs = (item.settledMs ?? Number.MAX_SAFE_INTEGER) + item.envelope.clock_offset_ms;
    if (settledMs < serverMs) continue;
    now = { ...now, status: said.status, crowding: said.crowding ?? null };
  }
  return now;
}
