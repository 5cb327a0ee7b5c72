import { expect, test } from "vitest";
import type { Bundle, Member, Round } from "../offline/bundle";
import type { RecordedItem } from "../offline/outbox";
import {
  confirmed,
  matches,
  type ObservationPayload,
  othersAtHome,
  peopleOf,
  roundsOf,
} from "./model";

const ME = { deviceId: "d", principal: "volunteer" };

function member(id: string, change: Partial<Member> = {}): Member {
  return {
    id,
    kind: "person",
    household_id: null,
    household_label: "",
    name: id,
    name_kana: "",
    age: 80,
    sex: null,
    address: "",
    point: null,
    phones: [],
    help_needed: [],
    help_note: "",
    rank: 1,
    observations: [],
    resolutions: [],
    ...change,
  };
}

function round(...members: Member[]): Round {
  const event = { id: "e", kind: "drill" as const, name: "", planned_end_at: null };
  return { id: "r", kind: "safety", name: "", started_at: "2027-01-16T00:00:00Z", event, members };
}

let seq = 0;
function said(payload: Partial<ObservationPayload>): RecordedItem {
  seq += 1;
  const at = new Date(Date.UTC(2027, 0, 16, 0, 0, seq)).toISOString();
  const id = `01890000-0000-7000-8000-${String(seq).padStart(12, "0")}`;
  return {
    id,
    atMs: Date.parse(at),
    status: "waiting",
    reason: null,
    envelope: {
      id,
      kind: "observation",
      event: "e",
      device_seq: seq,
      observed_at: at,
      clock_offset_ms: 0,
      payload: { round_id: "r", attempt: "met", needs: [], note: "", ...payload },
    },
  };
}

test("what is not yet sent counts at once, and undo takes it back", () => {
  const first = said({ member_id: "a", outcome: "safe" });
  const people = peopleOf(round(member("a"), member("b")), [first], ME);
  expect(people.map((p) => [p.bucket, p.isWaiting])).toEqual([
    ["safe", true],
    ["unchecked", false],
  ]);
  expect(people[0]?.undoable?.id).toBe(first.id);
  const undo = said({ member_id: "a", corrects: first.id, is_withdrawal: true });
  const [undone] = peopleOf(round(member("a")), [first, undo], ME);
  expect([undone?.bucket, undone?.undoable]).toEqual(["unchecked", null]);
  // Of a word that was put right, the putting right can be taken back, and then the word itself.
  const right = said({ member_id: "a", outcome: "injured_minor", corrects: first.id });
  const back = said({ member_id: "a", corrects: right.id, is_withdrawal: true });
  const [again] = peopleOf(round(member("a")), [first, right, back], ME);
  expect([again?.bucket, again?.undoable?.id]).toEqual(["safe", first.id]);
});

test("a round begun while the list was closed has its people once the list is open, until headquarters binds it", () => {
  const at = Date.UTC(2027, 0, 16);
  const here = {
    roundId: "r2",
    eventId: "e2",
    eventKind: "disaster" as const,
    begun: { name: "夜の地震", atMs: at },
  };
  const standby = { as_of: "", lease_until: "", members: [member("a")] };
  const bundle = { rounds: [], standby } as unknown as Bundle;
  const [begun] = roundsOf(bundle, [], here);
  expect([begun?.id, begun?.name, begun?.event.kind]).toEqual(["r2", "夜の地震", "disaster"]);
  expect(begun?.members).toBe(standby.members);
  expect(roundsOf({ ...bundle, bound_rounds: ["r2"] }, [], here)).toEqual([]);
  const payload = { round_id: "r2", event_id: "e2", event_kind: "disaster", name: "夜の地震" };
  const item = said({});
  const start = { ...item, envelope: { ...item.envelope, kind: "round_start" as const, payload } };
  expect(roundsOf(bundle, [start], here)).toHaveLength(1);
});

test("a tap makes one person's view anew and leaves everybody else's", () => {
  const all = round(
    member("a", { household_id: "h" }),
    member("b", { household_id: "h" }),
    member("c"),
  );
  const first = said({ member_id: "a", outcome: "safe" });
  const before = peopleOf(all, [first], ME);
  const second = said({ member_id: "c", attempt: "no_answer" });
  const after = peopleOf(all, [first, second], ME);
  expect(after.map((view, n) => view === before[n])).toEqual([true, true, false]);
  const home = said({ member_id: "a", outcome: "safe", attempt: "marker", for_household: true });
  const placard = peopleOf(all, [first, second, home], ME);
  expect(placard.map((view, n) => view === after[n])).toEqual([false, false, true]);
  const received = [{ ...first, status: "stored" as const }, second, home];
  expect(peopleOf(all, received, ME).map((view) => view.isWaiting)).toEqual([true, true, true]);
  expect(peopleOf(all, received.slice(0, 2), ME)[0]?.isWaiting).toBe(false);
});

test("a try that reached nobody confirms nobody", () => {
  const items = [
    said({ member_id: "a", attempt: "no_answer" }),
    said({ member_id: "b", outcome: "safe" }),
  ];
  const people = peopleOf(round(member("a"), member("b"), member("c")), items, ME);
  expect(people.map((p) => p.bucket)).toEqual(["tried", "safe", "unchecked"]);
  expect(confirmed(people)).toBe(1);
});

test("a placard speaks for the home and for nobody else", () => {
  const home = { household_id: "h" };
  const item = said({ member_id: "a", outcome: "safe", attempt: "marker", for_household: true });
  const people = peopleOf(round(member("a", home), member("b", home), member("c")), [item], ME);
  expect(people.map((p) => p.bucket)).toEqual(["safe", "safe", "unchecked"]);
});

test("a real call out of a drill changes nobody's state in the drill", () => {
  const item = said({ member_id: "a", outcome: "needs_rescue", is_real_call: true });
  expect(peopleOf(round(member("a")), [item], ME)[0]?.bucket).toBe("unchecked");
});

test("what the server has already is not counted a second time", () => {
  const item = { ...said({ member_id: "a", attempt: "no_answer" }), status: "stored" as const };
  const { id, observed_at } = { id: item.id, observed_at: item.envelope.observed_at };
  const known = member("a", { observations: [{ id, observed_at, attempt: "no_answer" }] as never });
  expect(peopleOf(round(known), [item], ME)[0]?.state.attempts_count).toBe(1);
});

test("someone on no list gets a card of her own from place and need", () => {
  const subject = { id: "s", label: "", place: "東門の前", need: "水・食べ物" };
  const people = peopleOf(round(), [said({ subject, outcome: "needs_support" })], ME);
  expect(people.map((p) => [p.member.address, p.bucket])).toEqual([["東門の前", "need_help"]]);
});

test("the others of a home are those of whom nothing is known, by household or else by address", () => {
  const at = (id: string, household_id: string | null, address: string) =>
    member(id, { household_id, address });
  const members = [
    at("a", "h", "1-2"),
    at("b", "h", "1-2"),
    at("c", null, "1-2"),
    at("d", null, "1-2"),
  ];
  const people = peopleOf(round(...members), [], ME);
  const names = (of: number) => {
    const person = people[of];
    return person ? othersAtHome(people, person).map((p) => p.member.id) : [];
  };
  expect(names(0)).toEqual(["b"]);
  expect(names(2)).toEqual(["a", "b", "d"]);
});

test("a search finds either kana, full and half width, and part of an address", () => {
  const one = member("a", {
    name: "髙橋 清",
    name_kana: "タカハシ キヨシ",
    address: "中央町１丁目２番",
  });
  for (const query of ["たかはし", "ﾀｶﾊｼ", "髙橋清", "1丁目2", ""]) {
    expect([query, matches(one, query)]).toEqual([query, true]);
  }
  expect(matches(one, "さとう")).toBe(false);
});
