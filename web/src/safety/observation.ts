// What was seen, and what was decided about it: the evidence, and how much each word weighs. As
// src/safety/observation.rs.

export type Outcome =
  | "safe"
  | "unknown"
  | "injured_minor"
  | "needs_support"
  | "injured_serious"
  | "needs_rescue"
  | "deceased";

export type Whereabouts =
  | "home"
  | "shelter"
  | "relatives"
  | "hospital"
  | "care_facility"
  | "away"
  | "moved"
  | "unknown";

export type Attempt =
  | "met"
  | "phone"
  | "family"
  | "neighbour"
  | "marker"
  | "self_report"
  | "facility"
  | "check_in"
  | "no_answer"
  | "absent"
  | "access_impossible"
  | "refused";

/** One thing seen, heard or tried, as the wire has it (docs/api.md). Ids are unique, and lower case. */
export interface Observation {
  id: string;
  outcome?: Outcome | null;
  whereabouts?: Whereabouts | null;
  shelter_id?: string | null;
  attempt: Attempt;
  needs?: string[];
  /** Speaks for everyone of the household in this round. */
  for_household?: boolean;
  /** Filed on another member of the household and given here because it speaks for this one too. */
  via_household?: boolean;
  corrects?: string | null;
  is_withdrawal?: boolean;
  observer_kind?: string;
  device_id?: string | null;
  device_seq?: number | null;
  /** RFC 3339, by the device's clock; `clock_offset_ms` is added to it. */
  observed_at: string;
  clock_offset_ms?: number;
  is_late?: boolean;
  is_quarantined?: boolean;
}

/** A human's closing of named observations, with what was found. */
export interface Resolution {
  id: string;
  closes: string[];
  outcome?: Outcome | null;
  whereabouts?: Whereabouts | null;
  shelter_id?: string | null;
  resolved_at: string;
}

/** Of two outcomes, which is worse; death stands apart and has its own rules. */
export const SEVERITY: Record<Outcome, number> = {
  safe: 0,
  unknown: 1,
  injured_minor: 2,
  needs_support: 3,
  injured_serious: 4,
  needs_rescue: 5,
  deceased: 6,
};

export const STRONGEST = 5;
/** How much a word weighs against another's; 0 is a try that reached nobody, or was turned away. */
export const STRENGTH: Record<Attempt, number> = {
  met: STRONGEST,
  check_in: STRONGEST,
  self_report: 4,
  family: 4,
  facility: 4,
  phone: 3,
  neighbour: 2,
  marker: 1,
  no_answer: 0,
  absent: 0,
  access_impossible: 0,
  refused: 0,
};

/**
 * A failed try can raise an alarm but not give the all-clear. Death is for headquarters to say: from
 * anyone else it means that somebody does not respond, which is a rescue.
 */
export function statedOutcome(o: Observation): Outcome | null {
  const outcome = o.outcome ?? null;
  if ((outcome === "safe" || outcome === "unknown") && hasFailed(o.attempt)) return null;
  if (outcome === "deceased" && !isFromHeadquarters(o)) return "needs_rescue";
  return outcome;
}

export function hasFailed(attempt: Attempt): boolean {
  return STRENGTH[attempt] === 0;
}

/** A try that brought nothing: nobody was reached, or the placard was not out. Speaking with somebody is none, whatever was said. */
export function isInVain(o: Observation): boolean {
  return hasFailed(o.attempt) || (o.attempt === "marker" && statedOutcome(o) === null);
}

export function isFromHeadquarters(o: Observation): boolean {
  return o.observer_kind === "hq_staff" || o.observer_kind === "admin";
}
