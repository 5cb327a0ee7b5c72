import type { Round } from "../offline/bundle";
import type { RecordedItem } from "../offline/outbox";
import { type Candidate, distanceM, order, type Visit } from "../safety/visit";
import { correctedMs, type PersonView, payloadOf } from "./model";

/** Whom to go to next, and why: the same rule as at headquarters, from what this phone knows, without any network. */
export function nextVisits(
  round: Round,
  people: PersonView[],
  records: RecordedItem[],
  nowMs: number,
): (Visit & { person: PersonView; silentMinutes: number; distance: number | null })[] {
  const here = placeOfLast(people, records);
  const candidates = people.map((person) => candidateOf(person, round, here, nowMs));
  const byId = new Map(
    people.map((person, n) => [person.member.id, { person, candidate: candidates[n] }]),
  );
  return order(candidates).flatMap((visit) => {
    const { person, candidate } = byId.get(visit.id) ?? {};
    if (!person || !candidate) return [];
    return {
      ...visit,
      person,
      silentMinutes: Math.max(0, candidate.silent_minutes),
      distance: candidate.distance_m ?? null,
    };
  });
}

function candidateOf(
  { member, state, bucket }: PersonView,
  round: Round,
  here: [number, number] | null,
  nowMs: number,
): Candidate {
  const heard = [state.last_attempt_at, state.last_heard_at, round.started_at]
    .filter((at) => at != null)
    .map((at) => Date.parse(at));
  return {
    id: member.id,
    bucket,
    has_open_rescue: state.open_rescue.length > 0,
    is_contradicted: state.contradicted_by.length > 0,
    help_needed: member.help_needed,
    needs: [...state.needs],
    tries: state.attempts_count,
    is_heard: state.last_heard_at !== null,
    silent_minutes: Math.floor((nowMs - Math.max(...heard)) / 60_000),
    distance_m: here && member.point ? distanceM(here, member.point) : null,
  };
}

/** Where the volunteer last stood: the door of whom she recorded last. The phone's own position is not asked for. */
function placeOfLast(people: PersonView[], records: RecordedItem[]): [number, number] | null {
  const places = new Map(people.map(({ member }) => [member.id, member.point]));
  let last: { point: [number, number]; atMs: number } | null = null;
  for (const item of records) {
    const point = places.get(payloadOf(item)?.member_id ?? "");
    const atMs = correctedMs(item.envelope);
    if (point && (last === null || atMs > last.atMs)) last = { point, atMs };
  }
  return last?.point ?? null;
}
