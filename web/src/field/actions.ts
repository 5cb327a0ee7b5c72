import type { Round } from "../offline/bundle";
import { uuidv7 } from "../offline/bytes";
import type { Device } from "../offline/device";
import type { RecordedItem } from "../offline/outbox";
import { announce } from "../ui/live-region";
import { app, currentOnPhone, go, say, workIn } from "./app";
import { begunHere, type Current, currentOf, phaseOfRound, roundToShow } from "./current";
import {
  type ObservationPayload,
  othersAtHome,
  type PersonView,
  payloadOf,
  peopleOf,
  type RoundStartPayload,
  roundsOf,
} from "./model";
import { NEEDS, type Need, type ToldBy } from "./vocabulary";
import { clockTime, text } from "./words";

/** The rounds this phone works in; made once for all the parts of a page that ask. */
export function roundsNow(): Round[] {
  const { bundle, records, current, nowMs } = app.get();
  const begun = begunHere(current, nowMs);
  return rounds(bundle, records, begun);
}
const rounds = remember(roundsOf);

/** The round the page shows, if there is one. */
export function roundNow(): Round | null {
  const { roundId, isRoundChosen, nowMs } = app.get();
  return roundToShow(roundsNow(), { roundId, isChosen: isRoundChosen }, nowMs);
}

/** Everyone of the round on the page. */
export function peopleNow(): PersonView[] {
  const { records, device } = app.get();
  return people(roundNow(), records, device);
}
const people = remember(
  (round: Round | null, records: RecordedItem[], device: Device | null): PersonView[] =>
    round && device
      ? peopleOf(round, records, { deviceId: device.id, principal: device.principal })
      : [],
);

/** Answers again what it answered last while it is asked about the same. */
function remember<A extends unknown[], R>(make: (...asked: A) => R): (...asked: A) => R {
  let last: { asked: A; made: R } | null = null;
  return (...asked) => {
    const isSame = last?.asked.every((part, n) => part === asked[n]);
    if (!last || !isSame) last = { asked, made: make(...asked) };
    return last.made;
  };
}

export function nameOf(person: PersonView): string {
  return person.member.name || text("nameless");
}

type Said = Partial<Omit<ObservationPayload, "round_id" | "member_id">> &
  Pick<ObservationPayload, "attempt">;

/** Records something about one person. Returns the item's id, or null when the phone could not keep it. */
async function sayOf(
  person: PersonView,
  said: Said,
  announced: string | null,
): Promise<string | null> {
  const round = roundNow();
  if (!round) return null;
  const payload: ObservationPayload = {
    round_id: round.id,
    member_id: person.member.id,
    needs: [],
    note: "",
    ...said,
  };
  const isDrill = phaseOfRound(round, Date.now()) === "on";
  const id = await say({ kind: "observation", event: round.event.id, isDrill, payload });
  if (id && announced) {
    announce(text("recorded", { name: nameOf(person), what: announced }));
  }
  return id;
}

/** 無事: then asks about the others of the home, if any are listed. */
export async function saySafe(person: PersonView): Promise<void> {
  const others = othersAtHome(peopleNow(), person);
  const id = await sayOf(person, { outcome: "safe", attempt: "met" }, text("safe"));
  if (id && others.length > 0) go({ name: "others", id: person.member.id });
}

export async function sayOtherSafe(person: PersonView): Promise<void> {
  await sayOf(person, { outcome: "safe", attempt: "met" }, text("safe"));
}

export async function sayInjured(person: PersonView, isSerious: boolean): Promise<void> {
  const outcome = isSerious ? "injured_serious" : "injured_minor";
  await sayOf(person, { outcome, attempt: "met" }, text(`state_${outcome}`));
}

export async function sayNeed(person: PersonView, need: Need): Promise<void> {
  const outcome = NEEDS[need] === "rescue" ? "needs_rescue" : "needs_support";
  // Whoever does not answer at all was not met, but the call for rescue stands all the same.
  await sayOf(person, { outcome, attempt: "met", needs: [need] }, text(`state_${outcome}`));
}

export function sayNoAnswer(person: PersonView): Promise<string | null> {
  return sayOf(person, { attempt: "no_answer" }, text("noAnswer"));
}

/** Says more exactly why nobody answered, in the place of the plain 返事がない. */
export async function sayWhyNoAnswer(
  person: PersonView,
  corrects: string,
  why: { attempt: "access_impossible" | "refused" } | { attempt: "absent"; told_by: ToldBy },
): Promise<void> {
  const whereabouts = why.attempt === "absent" ? ("away" as const) : undefined;
  const label = { absent: "away", access_impossible: "blocked", refused: "refused" } as const;
  await sayOf(
    person,
    { ...why, corrects, ...(whereabouts && { whereabouts }) },
    text(label[why.attempt]),
  );
}

/** Whether volunteers look for a placard in the round on the page. */
export function looksForPlacard(): boolean {
  return roundNow()?.looks_for_marker ?? true;
}

/** What the placard is called in this city. */
export function placardLabel(): string {
  return app.get().bundle?.marker_label || text("placardLabel");
}

/** A placard at the door speaks for the home. None shown is not danger: then only the look is recorded. */
export async function sayPlacard(
  person: PersonView,
  marker: NonNullable<ObservationPayload["marker"]>,
): Promise<void> {
  const said = {
    shown: { outcome: "safe", words: "placardSafe" },
    not_shown: { outcome: undefined, words: "placardNone" },
    sos: { outcome: "needs_rescue", words: "placardSos" },
  } as const;
  const { outcome, words } = said[marker];
  await sayOf(
    person,
    {
      ...(outcome && { outcome }),
      attempt: "marker",
      marker,
      ...(person.member.household_id !== null && { for_household: true }),
    },
    text(words, { label: placardLabel() }),
  );
}

/** Who told it and where to call back: a correction that keeps everything else. */
export async function sayToldBy(
  person: PersonView,
  told_by: string,
  told_phone: string,
): Promise<boolean> {
  const last = person.undoable && payloadOf(person.undoable);
  if (!last || !person.undoable) return false;
  const { member_id, subject, round_id, ...kept } = last;
  const said = { ...kept, told_by, told_phone, corrects: person.undoable.id };
  return (await sayOf(person, said, text("toldBySaved"))) !== null;
}

export async function sayWhere(
  person: PersonView,
  whereabouts: NonNullable<ObservationPayload["whereabouts"]>,
): Promise<void> {
  const where = text(`where_${whereabouts}`);
  if (await sayOf(person, { attempt: howNow(person), whereabouts }, null)) {
    announce(text("whereRecorded", { where }));
  }
}

export async function sayNote(person: PersonView, note: string): Promise<boolean> {
  const id = await sayOf(person, { attempt: howNow(person), note }, null);
  if (id) announce(text("personNoteSaved"));
  return id !== null;
}

/** Says how this phone's last word was come by: a correction that keeps everything else. */
export async function sayHow(
  person: PersonView,
  attempt: "met" | "phone" | "family" | "neighbour",
): Promise<void> {
  const last = person.undoable && payloadOf(person.undoable);
  if (!last || !person.undoable) return;
  const { member_id, subject, round_id, ...kept } = last;
  await sayOf(person, { ...kept, attempt, corrects: person.undoable.id }, text(`how_${attempt}`));
}

/** もどす: takes back what this phone said last about the person. The first word is kept; this points at it. */
export async function undo(person: PersonView): Promise<void> {
  const last: RecordedItem | null = person.undoable;
  const payload = last && payloadOf(last);
  if (!last || !payload) return;
  const id = await say({
    kind: "observation",
    event: last.envelope.event,
    payload: {
      round_id: payload.round_id,
      ...(payload.subject ? { subject: payload.subject } : { member_id: payload.member_id }),
      ...(payload.for_household && { for_household: true }),
      attempt: payload.attempt,
      needs: [],
      note: "",
      corrects: last.id,
      is_withdrawal: true,
    } satisfies ObservationPayload,
  });
  if (id) announce(text("undone", { name: nameOf(person) }));
}

/** With what strength a further word about the person is given: as this phone's last word was. */
function howNow(person: PersonView): ObservationPayload["attempt"] {
  const last = person.undoable && payloadOf(person.undoable);
  return last?.outcome ? last.attempt : "met";
}

export interface Find {
  place: string;
  label: string;
  /** `safe`, or what is needed. */
  need: Need | "safe";
  point: { lon: number; lat: number } | null;
}

/** Someone who is on no list: place and need suffice. Works without the PIN. */
export async function sayFound(find: Find): Promise<boolean> {
  const current = currentNow();
  if (!current) return false;
  const kind = find.need === "safe" ? "safe" : NEEDS[find.need];
  const payload: ObservationPayload = {
    round_id: current.roundId,
    subject: subjectOf(find),
    outcome: kind === "safe" ? "safe" : kind === "rescue" ? "needs_rescue" : "needs_support",
    attempt: "met",
    needs: find.need === "safe" ? [] : [find.need],
    note: "",
  };
  const id = await say({ kind: "observation", event: current.eventId, payload });
  if (id) announce(text("unlistedSaved", { place: find.place }));
  return id !== null;
}

/**
 * 訓練ではありません: a real call for rescue out of a drill, about someone listed or someone found. Works without the PIN, and
 * without a round: somebody to be about suffices.
 */
export async function sayReal(need: Need, who: PersonView | null, find: Find): Promise<boolean> {
  const current = currentNow();
  const isListed = current !== null && who !== null && who.member.kind !== "unlisted";
  const payload: ObservationPayload = {
    round_id: current?.roundId ?? uuidv7(),
    ...(isListed
      ? { member_id: who.member.id, note: find.place }
      : { subject: subjectOf(find), note: "" }),
    outcome: "needs_rescue",
    attempt: "met",
    needs: [need],
    is_real_call: true,
  };
  const id = await say({ kind: "observation", event: current?.eventId ?? null, payload });
  if (id) announce(text("realSaved"));
  return id !== null;
}

function subjectOf(find: Find): NonNullable<ObservationPayload["subject"]> {
  return {
    id: uuidv7(),
    label: find.label,
    place: find.place,
    need: find.need === "safe" ? text("unlistedSafe") : text(`need_${find.need}`),
    ...find.point,
  };
}

function currentNow(): Current | null {
  const round = roundNow();
  return round ? currentOf(round, Date.now()) : currentOnPhone();
}

export async function sayAvailability(
  status: "available" | "later" | "unavailable",
): Promise<boolean> {
  const event = currentNow()?.eventId ?? null;
  return (await say({ kind: "availability", event, payload: { status } })) !== null;
}

/** 災害が起きました: opens a round on the spot, with the standby list if that can be read; headquarters binds it later. */
export async function startRound(kind: "drill" | "disaster"): Promise<boolean> {
  const now = Date.now();
  const day = `${new Date(now).toLocaleDateString("ja-JP", { timeZone: "Asia/Tokyo" })} ${clockTime(now)}`;
  const payload: RoundStartPayload = {
    round_id: uuidv7(),
    event_id: uuidv7(),
    event_kind: kind,
    name: text("startName", { day }),
    districts: [],
  };
  const id = await say({ kind: "round_start", event: payload.event_id, payload });
  if (!id) return false;
  workIn(begunCurrent(payload, now));
  return true;
}

function begunCurrent(start: RoundStartPayload, nowMs: number): Current {
  const { round_id: id, event_id, event_kind: kind, name } = start;
  const started_at = new Date(nowMs).toISOString();
  const event = { id: event_id, kind, name, planned_end_at: null };
  return { ...currentOf({ id, started_at, event }, nowMs), begun: { name, atMs: nowMs } };
}
