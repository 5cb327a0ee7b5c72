import type { Bundle, Member, Round } from "../offline/bundle";
import type { RecordedItem } from "../offline/outbox";
import { type Bucket, bucket, derive, type MemberState, type Observation } from "../safety/derive";
import type { Current } from "./current";

/** What a volunteer says of one member. Snake case: it is the wire's payload (docs/api.md). */
export interface ObservationPayload {
  round_id: string;
  member_id?: string;
  subject?: { id: string; label: string; place: string; need: string; lon?: number; lat?: number };
  outcome?: NonNullable<Observation["outcome"]>;
  whereabouts?: NonNullable<Observation["whereabouts"]>;
  attempt: Observation["attempt"];
  needs: string[];
  note: string;
  told_by?: string;
  told_phone?: string;
  marker?: "shown" | "not_shown" | "sos";
  for_household?: boolean;
  corrects?: string;
  is_withdrawal?: boolean;
  is_real_call?: boolean;
}

export interface RoundStartPayload {
  round_id: string;
  event_id: string;
  event_kind: "drill" | "disaster";
  name: string;
  districts: string[];
}

export interface PersonView {
  member: Member;
  state: MemberState;
  bucket: Bucket;
  /** Something recorded here about this person has no receipt yet. */
  isWaiting: boolean;
  /** Something said just now is not yet on the phone's storage. */
  isSaving: boolean;
  /** What this phone recorded last about this person and can take back. */
  undoable: RecordedItem | null;
  /** Newest first: what was seen by others (without names) and by this phone. */
  history: Observation[];
}

/** Who observes here, as the derivation wants to know it. */
export interface Me {
  deviceId: string;
  principal: string;
}

/** The rounds this phone works in: those of the list, and those begun on the spot that headquarters has not yet bound. */
export function roundsOf(
  bundle: Bundle | null,
  records: RecordedItem[],
  here: Current | null = null,
): Round[] {
  const given = bundle?.rounds ?? [];
  const members = bundle?.standby?.members ?? [];
  const begun = records
    .filter((item) => item.envelope.kind === "round_start")
    .map(({ envelope }) =>
      begunRound(envelope.payload as RoundStartPayload, envelope.observed_at, members),
    );
  // Begun while the list was closed: there is no copy that could be read.
  if (here?.begun && !begun.some((round) => round.id === here.roundId)) {
    const { roundId: round_id, eventId: event_id, eventKind: event_kind } = here;
    const { name, atMs } = here.begun;
    const start = { round_id, event_id, event_kind, name, districts: [] };
    begun.push(begunRound(start, new Date(atMs).toISOString(), members));
  }
  return [
    ...given,
    ...begun
      .filter((round) => !given.some((known) => known.id === round.id))
      // Bound by headquarters: it goes on in headquarters' own round.
      .filter((round) => !bundle?.bound_rounds?.includes(round.id)),
  ];
}

function begunRound(start: RoundStartPayload, started_at: string, members: Member[]): Round {
  return {
    id: start.round_id,
    kind: "safety",
    name: start.name,
    started_at,
    event: { id: start.event_id, kind: start.event_kind, name: start.name, planned_end_at: null },
    members,
  };
}

/** Everyone of a round as the phone knows them now: what the server knew, and what was recorded here, through one derivation. */
export function peopleOf(round: Round, records: RecordedItem[], me: Me): PersonView[] {
  const mine = records.filter((item) => payloadOf(item)?.round_id === round.id);
  const known = new Set(round.members.map((member) => member.id));
  const unlisted = mine
    .map((item) => payloadOf(item)?.subject)
    .filter((subject) => subject !== undefined)
    .filter((subject) => !known.has(subject.id))
    .map(unlistedMember);
  const said = saidOf(mine, round.members);
  return [...round.members, ...unlisted].map((member) => {
    const own = said.get(member.id) ?? NOTHING;
    const before = views.get(member);
    if (before && sameItems(before.own, own) && sameMe(before.me, me)) return before.view;
    const view = personView(member, own, me);
    views.set(member, { own, me, view });
    return view;
  });
}

/** What was recorded here about whom, in the order of the taps; what speaks for a home reaches everyone in it. */
function saidOf(mine: RecordedItem[], members: Member[]): Map<string, RecordedItem[]> {
  const homeOf = new Map(members.map(({ id, household_id }) => [id, household_id]));
  const said = new Map<string, RecordedItem[]>();
  for (const item of mine) {
    for (const id of aboutWhom(item, members, homeOf)) {
      const own = said.get(id);
      if (own) own.push(item);
      else said.set(id, [item]);
    }
  }
  return said;
}

function aboutWhom(
  item: RecordedItem,
  members: Member[],
  homeOf: Map<string, string | null>,
): string[] {
  const payload = payloadOf(item);
  if (!payload || payload.is_real_call) return [];
  if (payload.subject) return [payload.subject.id];
  const { member_id } = payload;
  if (member_id === undefined) return [];
  const home = payload.for_household ? homeOf.get(member_id) : null;
  if (home == null) return [member_id];
  return members.filter(({ household_id }) => household_id === home).map(({ id }) => id);
}

/**
 * Views that still hold: of one member, from the same records. A tap changes one person's; the others keep their view, and a
 * card that is given the same view need not be drawn again.
 */
const views = new WeakMap<Member, { own: RecordedItem[]; me: Me; view: PersonView }>();
const NOTHING: RecordedItem[] = [];

function sameItems(a: RecordedItem[], b: RecordedItem[]): boolean {
  return a.length === b.length && a.every((item, n) => item === b[n]);
}

function sameMe(a: Me, b: Me): boolean {
  return a.deviceId === b.deviceId && a.principal === b.principal;
}

function personView(member: Member, own: RecordedItem[], me: Me): PersonView {
  const known = new Map((member.observations ?? []).map((o) => [o.id, o]));
  for (const item of own) {
    if (!known.has(item.id)) known.set(item.id, observationOf(item, member, me));
  }
  const observations = [...known.values()];
  const state = derive(observations, member.resolutions ?? []);
  const withdrawn = new Set(observations.map((o) => o.is_withdrawal && o.corrects));
  const undone = new Set(observations.map((o) => !withdrawn.has(o.id) && o.corrects));
  const undoable =
    [...own].reverse().find((item) => !payloadOf(item)?.is_withdrawal && !undone.has(item.id)) ??
    null;
  return {
    member,
    state,
    bucket: bucket(state, false),
    isWaiting: own.some((item) => item.status === "waiting"),
    isSaving: own.some((item) => item.status === "saving"),
    undoable,
    history: observations.sort((a, b) => correctedMs(b) - correctedMs(a)),
  };
}

/** How many are confirmed, as the board counts it: a try that reached nobody confirms nobody. */
export function confirmed(people: PersonView[]): number {
  return people.filter(({ bucket }) => bucket !== "unchecked" && bucket !== "tried").length;
}

/** Others listed in the same home of whom nothing is known yet: asked about by name after one is found safe. */
export function othersAtHome(people: PersonView[], person: PersonView): PersonView[] {
  const { id, household_id, address } = person.member;
  return people.filter(
    ({ member, state, bucket }) =>
      member.id !== id &&
      (household_id !== null
        ? member.household_id === household_id
        : address !== "" && member.address === address) &&
      state.outcome === null &&
      bucket !== "need_help",
  );
}

export function correctedMs(o: { observed_at: string; clock_offset_ms?: number }): number {
  return Date.parse(o.observed_at) + (o.clock_offset_ms ?? 0);
}

export function payloadOf(item: RecordedItem): ObservationPayload | null {
  return item.envelope.kind === "observation"
    ? (item.envelope.payload as ObservationPayload)
    : null;
}

function observationOf(item: RecordedItem, member: Member, me: Me): Observation {
  const { envelope } = item;
  const payload = envelope.payload as ObservationPayload;
  return {
    id: item.id,
    outcome: payload.outcome ?? null,
    whereabouts: payload.whereabouts ?? null,
    shelter_id: null,
    attempt: payload.attempt,
    needs: payload.needs,
    for_household: payload.for_household ?? false,
    via_household: payload.member_id !== undefined && payload.member_id !== member.id,
    corrects: payload.corrects ?? null,
    is_withdrawal: payload.is_withdrawal ?? false,
    observer_kind: me.principal,
    device_id: me.deviceId,
    device_seq: envelope.device_seq,
    observed_at: envelope.observed_at,
    clock_offset_ms: envelope.clock_offset_ms,
    is_late: false,
    is_quarantined: item.status === "quarantined",
  };
}

function unlistedMember(subject: NonNullable<ObservationPayload["subject"]>): Member {
  return {
    id: subject.id,
    kind: "unlisted",
    household_id: null,
    household_label: "",
    name: subject.label,
    name_kana: "",
    age: null,
    sex: null,
    address: subject.place,
    point: null,
    phones: [],
    help_needed: [],
    help_note: subject.need,
    rank: 1,
  };
}

/** Whether a card answers a search: name, reading in either kana, address; spaces do not count. */
export function matches(member: Member, query: string): boolean {
  const wanted = fold(query);
  return (
    wanted === "" ||
    [member.name, member.name_kana, member.address, member.household_label].some((text) =>
      fold(text).includes(wanted),
    )
  );
}

/** カタカナ → ひらがな: furigana is read in hiragana, names are kept in katakana. */
export function hiragana(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[\u30a1-\u30f6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60));
}

function fold(text: string): string {
  return hiragana(text).toLowerCase().replace(/\s/g, "");
}
