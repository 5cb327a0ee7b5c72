import type { components } from "../api/schema";
import { type Key, words } from "./words";

export type Victim = components["schemas"]["Victim"];
export type VictimItems = components["schemas"]["VictimItems"];
export type VictimPlace = components["schemas"]["VictimPlace"];
export type VictimCertificate = components["schemas"]["VictimCertificate"];
export type DamageKind = components["schemas"]["DamageKind"];
export type DamageGrade = components["schemas"]["DamageGrade"];
export type AssistanceKind = components["schemas"]["AssistanceKind"];
export type AssistanceStatus = components["schemas"]["AssistanceStatus"];
export type ConsentStatus = components["schemas"]["ConsentStatus"];
export type RecipientKind = components["schemas"]["RecipientKind"];

export const PLACES: VictimPlace[] = [
  "home",
  "shelter",
  "vehicle",
  "relatives",
  "hospital",
  "care_facility",
  "temporary_housing",
  "away",
  "moved",
  "died",
  "unknown",
];
export const CERTIFICATES: VictimCertificate[] = [
  "unknown",
  "not_applied",
  "applied",
  "surveyed",
  "issued",
  "reissued",
  "not_dwelling",
];
export const DWELLING: DamageGrade[] = [
  "destroyed",
  "large_scale_half",
  "medium_scale_half",
  "half",
  "semi_half",
  "partial",
  "none",
  "unconfirmed",
];
export const DAMAGE_KINDS: DamageKind[] = [
  "dwelling",
  "household_goods",
  "human",
  "business",
  "other",
];
export const ASSISTANCE: AssistanceKind[] = [
  "supplies",
  "money",
  "loan",
  "temporary_housing",
  "repair",
  "tax_relief",
  "certificate",
  "visit",
  "medical",
  "welfare",
  "other",
];
export const ASSISTANCE_STATES: AssistanceStatus[] = [
  "asked",
  "applied",
  "decided",
  "given",
  "refused",
  "ended",
];
/** Kinds of help that have a code; anything else is written in words. */
export const HELP = [
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

/** The degrees that can be said of a kind of damage. */
export function gradesOf(kind: DamageKind): DamageGrade[] {
  if (kind === "dwelling") return DWELLING;
  if (kind === "human") return ["injured", "dead", "missing", "none", "unconfirmed"];
  return ["damaged", "none", "unconfirmed"];
}

/** Options of a choice, in the words of a family. */
export function options<V extends string>(
  family: string,
  values: V[],
): { value: V; label: string }[] {
  return values.map((value) => ({ value, label: words.text(`${family}.${value}` as Key) }));
}

/** Where somebody was last known to be; nobody said is not nowhere. */
export function whereWords(v: {
  whereabouts?: string | null;
  place?: string | null;
  words?: string;
}): string {
  if (!v.whereabouts) return words.text("victim.where.unsaid");
  const kind = words.text(`victim.where.${v.whereabouts}` as Key) || v.whereabouts;
  const place = v.place || v.words;
  return place ? `${kind}（${place}）` : kind;
}

/** The dwelling as it was reported. */
export function dwellingWords(grade: string | null | undefined): string {
  return words.text(`victim.grade.${grade ?? "unsaid"}` as Key);
}

/** Words of an item that leaves. */
const FIELD: Record<string, Key> = {
  name: "door.name",
  name_kana: "door.kana",
  birth_on: "door.birth",
  sex: "door.sex",
  phones: "door.phone",
  household: "victim.household",
  dwelling_damage: "victim.dwelling",
  certificate: "victim.certificate",
  whereabouts: "victim.where",
};

export function itemWords(field: string): string {
  return words.text(FIELD[field] ?? (`field.${field}` as Key)) || field;
}
