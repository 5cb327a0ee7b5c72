// A member's state, derived from the evidence: the same function as src/safety/derive.rs, so that a
// phone without network shows what the board will show. Independent of the order in which evidence
// arrives and of how often it is repeated. Both answer to tests/vectors/derive/states.json.
import { standings } from "./corrections";
import {
  type Attempt,
  isFromHeadquarters,
  isInVain,
  type Observation,
  type Outcome,
  type Resolution,
  SEVERITY,
  STRENGTH,
  STRONGEST,
  statedOutcome,
  type Whereabouts,
} from "./observation";

export type { Attempt, Observation, Outcome, Resolution, Whereabouts } from "./observation";

/** What is known of one member of a round; every field is explained in src/safety/derive.rs. */
export interface MemberState {
  outcome: Outcome | null;
  outcome_id: string | null;
  outcome_at: string | null;
  source: Attempt | null;
  strength: number;
  whereabouts: Whereabouts | null;
  shelter_id: string | null;
  contradicted_by: string[];
  open_rescue: string[];
  household_rescue: string[];
  withdrawn_rescue: string[];
  open_injury: string[];
  rescue_since: string | null;
  queued_rescues: number;
  attempts_count: number;
  last_attempt: Attempt | null;
  last_attempt_at: string | null;
  is_refused: boolean;
  last_heard_at: string | null;
  needs: string[];
  has_late: boolean;
  quarantined: string[];
}

export type Bucket = "unchecked" | "tried" | "safe" | "need_help" | "unknown" | "out_of_scope";

/** The state of one member from everything recorded about them in one round, the household's word included. */
export function derive(observations: Observation[], resolutions: Resolution[]): MemberState {
  const counted = distinct(observations.filter((o) => !o.is_quarantined));
  // A finding that the person still needs rescue is no closing.
  const findings = distinct(resolutions.filter((r) => r.outcome !== "needs_rescue"));
  const closed = new Set(findings.flatMap((r) => r.closes));
  const standing = standings(counted, (o) => statedOutcome(o) === "needs_rescue");

  const fold = new Fold();
  fold.state.quarantined = sorted(
    distinct(observations.filter((o) => o.is_quarantined)).map((o) => o.id),
  );
  const entries: Entry[] = findings.map((r) => ({
    moment: { at: Date.parse(r.resolved_at), id: r.id, seq: 0, ownId: r.id },
    take: (at) => fold.find(r, at),
  }));
  for (const { o, moment } of moments(counted)) {
    const fate = standing.get(o.id);
    const isClosed = closed.has(o.id);
    if (o.is_withdrawal) continue;
    if (fate === "in_force") entries.push({ moment, take: (at) => fold.see(o, at, isClosed) });
    else if (fate === "superseded" && !isClosed && statedOutcome(o) === "needs_rescue")
      entries.push({ moment, take: (at) => fold.takeBack(o, at) });
  }
  entries.sort((a, b) => compareMoments(a.moment, b.moment));
  for (const { moment, take } of entries) take(moment.at);
  return fold.finish();
}

/** Which count of the board a member falls into: as `bucket` in src/safety/board.rs. */
export function bucket(state: MemberState, isOutOfScope: boolean): Bucket {
  if (state.open_rescue.length > 0 || state.open_injury.length > 0) return "need_help";
  if (isOutOfScope) return "out_of_scope";
  if (state.outcome === null) return isTried(state) ? "tried" : "unchecked";
  return state.outcome === "safe" || state.outcome === "unknown" ? state.outcome : "need_help";
}

/** Nobody answers, as far as is known: the last thing was a try in vain, or contact was refused. */
function isTried(state: MemberState): boolean {
  if (state.attempts_count === 0) return false;
  return state.is_refused || (state.last_heard_at ?? "") < (state.last_attempt_at ?? "");
}

interface Entry {
  moment: Moment;
  take: (at: number) => void;
}

/**
 * Corrected time in milliseconds, then id; of those that share both along one device's sequence, the
 * sequence and, should a device have counted twice, their own ids.
 */
interface Moment {
  at: number;
  id: string;
  seq: number;
  ownId: string;
}

function compareMoments(a: Moment, b: Moment): number {
  return a.at - b.at || compare(a.id, b.id) || a.seq - b.seq || compare(a.ownId, b.ownId);
}

// Years 1 to 9999, as on the server.
const EARLIEST_MS = -62_135_596_800_000;
const LATEST_MS = 253_402_300_799_999;

/** Corrected times, never running backwards along one device's sequence even when its clock was set back. */
function moments(observations: Observation[]): { o: Observation; moment: Moment }[] {
  const placed = observations.map((o) => {
    const at = Date.parse(o.observed_at) + (o.clock_offset_ms ?? 0);
    const within = Math.min(Math.max(at, EARLIEST_MS), LATEST_MS);
    return { o, moment: { at: within, id: o.id, seq: 0, ownId: o.id } };
  });
  const floors = new Map<string, Moment>();
  const ofDevices = placed.filter(({ o }) => o.device_id != null && o.device_seq != null);
  for (const { moment, o } of ofDevices) moment.seq = o.device_seq ?? 0;
  ofDevices.sort((a, b) => a.moment.seq - b.moment.seq || compare(a.o.id, b.o.id));
  for (const { o, moment } of ofDevices) {
    const device = o.device_id ?? "";
    const floor = floors.get(device);
    // The id goes along with the time: of two items held at one instant the later in sequence stays the later.
    if (floor && (floor.at - moment.at || compare(floor.id, moment.id)) > 0) {
      moment.at = floor.at;
      moment.id = floor.id;
    }
    floors.set(device, moment);
  }
  return placed;
}

/** One word about the outcome. */
interface Word {
  outcome: Outcome;
  id: string;
  at: number;
  source: Attempt | null;
  strength: number;
  isOpenAlarm: boolean;
  isFromHeadquarters: boolean;
  isFinding: boolean;
}

class Fold {
  readonly state: MemberState = {
    outcome: null,
    outcome_id: null,
    outcome_at: null,
    source: null,
    strength: 0,
    whereabouts: null,
    shelter_id: null,
    contradicted_by: [],
    open_rescue: [],
    household_rescue: [],
    withdrawn_rescue: [],
    open_injury: [],
    rescue_since: null,
    queued_rescues: 0,
    attempts_count: 0,
    last_attempt: null,
    last_attempt_at: null,
    is_refused: false,
    last_heard_at: null,
    needs: [],
    has_late: false,
    quarantined: [],
  };
  /** The standing outcome is an observed call for help that is still open. */
  private isHeld = false;
  private withdrawnSince: string | null = null;
  private needs = new Set<string>();

  see(o: Observation, at: number, isClosed: boolean): void {
    const { state } = this;
    const stated = statedOutcome(o);
    state.has_late ||= o.is_late ?? false;
    if (isInVain(o)) {
      state.attempts_count += 1;
      state.last_attempt = o.attempt;
      state.last_attempt_at = instant(at);
    }
    if (stated !== null) state.is_refused = false;
    state.is_refused ||= o.attempt === "refused";
    if (stated !== null || !isInVain(o)) state.last_heard_at = instant(at);
    this.place(o.whereabouts, o.shelter_id);
    if (isClosed) return;
    const isOpenAlarm = stated === "needs_rescue" || stated === "injured_serious";
    if (isOpenAlarm) this.openAlarm(o, stated, at);
    if (stated !== null) {
      const stands = this.hear({
        outcome: stated,
        id: o.id,
        at,
        source: o.attempt,
        strength: STRENGTH[o.attempt],
        isOpenAlarm,
        isFromHeadquarters: isFromHeadquarters(o),
        isFinding: false,
      });
      if (stands && endsNeeds(stated)) this.needs.clear();
    }
    for (const need of o.needs ?? []) this.needs.add(need);
  }

  takeBack(o: Observation, at: number): void {
    this.state.withdrawn_rescue.push(o.id);
    this.state.queued_rescues += o.via_household ? 0 : 1;
    this.withdrawnSince ??= instant(at);
  }

  find(r: Resolution, at: number): void {
    const { state } = this;
    if (r.outcome != null || r.whereabouts != null) state.last_heard_at = instant(at);
    this.place(r.whereabouts, r.shelter_id);
    if (r.outcome == null) return;
    state.is_refused = false;
    const stands = this.hear({
      outcome: r.outcome,
      id: r.id,
      at,
      source: null,
      strength: STRONGEST,
      isOpenAlarm: false,
      isFromHeadquarters: true,
      isFinding: true,
    });
    if (stands && endsNeeds(r.outcome)) this.needs.clear();
  }

  finish(): MemberState {
    const { state } = this;
    state.needs = sorted([...this.needs]);
    state.rescue_since ??= this.withdrawnSince;
    state.contradicted_by = sorted(state.contradicted_by);
    state.open_rescue = sorted(state.open_rescue);
    state.household_rescue = sorted(state.household_rescue);
    state.withdrawn_rescue = sorted(state.withdrawn_rescue);
    state.open_injury = sorted(state.open_injury);
    return state;
  }

  private openAlarm(o: Observation, stated: Outcome, at: number): void {
    const { state } = this;
    if (stated === "injured_serious") {
      state.open_injury.push(o.id);
      return;
    }
    state.open_rescue.push(o.id);
    if (o.for_household) state.household_rescue.push(o.id);
    state.queued_rescues += o.via_household ? 0 : 1;
    state.rescue_since ??= instant(at);
  }

  /** The rule of replacement: whether the word becomes the outcome. If not, the standing one withstood it. */
  private hear(word: Word): boolean {
    const { state } = this;
    const standing = state.outcome;
    if (standing === null) {
      this.stand(word);
      return true;
    }
    if (word.outcome === standing) {
      // Said again by a weaker source, what stands is not weaker for it.
      if (word.strength >= state.strength) {
        state.source = word.source;
        state.strength = word.strength;
      }
      state.outcome_id = word.id;
      state.outcome_at = instant(word.at);
      this.isHeld ||= word.isOpenAlarm;
      return true;
    }
    if (this.withstands(standing, word)) {
      // A serious injury beside a rescue is no contradiction.
      if (!word.isOpenAlarm) state.contradicted_by.push(word.id);
      return false;
    }
    const saidDead = state.outcome_id;
    this.stand(word);
    if (standing === "deceased" && !word.isFromHeadquarters && saidDead !== null)
      state.contradicted_by.push(saidDead);
    return true;
  }

  private withstands(standing: Outcome, word: Word): boolean {
    const isMilder = SEVERITY[word.outcome] < SEVERITY[standing];
    // Not even death ends an open call: headquarters says it by resolving the call.
    if (this.isHeld) return isMilder || word.outcome === "deceased";
    if (word.isFinding) return false;
    if (standing === "deceased") return !word.isFromHeadquarters && !word.isOpenAlarm;
    return isMilder && word.strength < this.state.strength;
  }

  private stand(word: Word): void {
    const { state } = this;
    state.outcome = word.outcome;
    state.outcome_id = word.id;
    state.outcome_at = instant(word.at);
    state.source = word.source;
    state.strength = word.strength;
    state.contradicted_by = [];
    this.isHeld = word.isOpenAlarm;
  }

  private place(whereabouts?: Whereabouts | null, shelterId?: string | null): void {
    const { state } = this;
    if (whereabouts == null) return;
    if (whereabouts === "unknown") {
      state.whereabouts ??= "unknown";
      return;
    }
    state.whereabouts = whereabouts;
    state.shelter_id = whereabouts === "shelter" ? (shelterId ?? null) : null;
  }
}

function endsNeeds(outcome: Outcome): boolean {
  return outcome === "safe" || outcome === "deceased";
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sorted(texts: string[]): string[] {
  return texts.sort(compare);
}

function distinct<T extends { id: string }>(rows: T[]): T[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}
