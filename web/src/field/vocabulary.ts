import type { Key } from "../i18n/field/ja";

/** What someone may need. `rescue` ones are a call that only a person can close; the others are support. */
export const NEEDS = {
  trapped: "rescue",
  unresponsive: "rescue",
  badly_ill: "rescue",
  fire: "rescue",
  water: "rescue",
  medicine: "support",
  power: "support",
  move: "support",
  water_food: "support",
  toilet: "support",
  care: "support",
  other: "support",
} as const;

export type Need = keyof typeof NEEDS;
export type NeedKind = (typeof NEEDS)[Need];

export const RESCUE_NEEDS = needsOf("rescue");
export const SUPPORT_NEEDS = needsOf("support");

function needsOf(kind: NeedKind): Need[] {
  return (Object.keys(NEEDS) as Need[]).filter((need) => NEEDS[need] === kind);
}

export const WHEREABOUTS = [
  "home",
  "shelter",
  "relatives",
  "hospital",
  "care_facility",
  "away",
] as const;
export type Whereabouts = (typeof WHEREABOUTS)[number];

/** How an absence came to be known. */
export const TOLD_BY = ["family", "neighbour", "self", "notice"] as const;
export type ToldBy = (typeof TOLD_BY)[number];

const HELP: readonly string[] = [
  "wheelchair",
  "two_helpers",
  "stretcher",
  "walking_aid",
  "guide_by_hand",
  "writing",
  "sign_language",
  "speak_slowly",
  "stay_calm",
  "power_supply",
  "oxygen",
  "medicine",
  "carry_down_stairs",
  "key_holder",
  "interpreter",
  "infant",
];

const REASONS: readonly string[] = [
  "unreadable",
  "bad_signature",
  "unknown_device",
  "revoked_device",
  "unknown_round",
  "unknown_member",
  "id_reused",
  "event_ended",
  "maybe_real",
  "not_assigned",
  "unknown_place",
  "unknown_person",
  "not_entitled",
  "second_place",
  "closed_place",
];

/** The words of a code of help needed; null for one this version does not know. */
export function helpKey(code: string): Key | null {
  return HELP.includes(code) ? (`help_${code}` as Key) : null;
}

export function needKey(code: string): Key | null {
  return code in NEEDS ? (`need_${code}` as Key) : null;
}

export function reasonKey(code: string | null): Key {
  return code && REASONS.includes(code) ? (`reason_${code}` as Key) : "reason_unreadable";
}
