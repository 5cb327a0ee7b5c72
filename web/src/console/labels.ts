import type { components } from "../api/schema";
import { type Key, words } from "./words";

export type Member = components["schemas"]["Member"];
export type Outcome = components["schemas"]["Outcome"];
export type Whereabouts = components["schemas"]["Whereabouts"];
export type Attempt = components["schemas"]["Attempt"];
export type Bucket = components["schemas"]["Bucket"];
export type StepKind = components["schemas"]["StepKind"];

export const WHEREABOUTS: Whereabouts[] = [
  "home",
  "shelter",
  "relatives",
  "hospital",
  "care_facility",
  "away",
  "moved",
  "unknown",
];

/** The words of a code that comes from outside; the code itself when this version has no words for it. */
export function codeWords(
  family:
    | "need"
    | "help"
    | "reason"
    | "gone"
    | "item"
    | "basis"
    | "contact"
    | "field"
    | "hazard"
    | "site",
  code: string,
): string {
  return words.text(`${family}.${code}` as Key) || code;
}

/** Several codes in one line. */
export function codeList(family: "need" | "help", codes: string[]): string {
  return codes.map((code) => codeWords(family, code)).join(words.text("list.comma"));
}

interface Subject {
  label?: string;
  place?: string;
  need?: string;
}

/** Someone who is on no roster: what the phone said of her. */
export function subjectOf(member: Pick<Member, "subject">): Subject | null {
  return (member.subject as Subject | null | undefined) ?? null;
}

/** How a member is called: by name, or, on no roster, by what the phone said. */
export function nameOf(member: Pick<Member, "name" | "subject">): string {
  return member.name || subjectOf(member)?.label || words.text("member.nameless");
}

/** Where a member is to be found. */
export function placeOf(member: Pick<Member, "address" | "subject">): string {
  return member.address ?? subjectOf(member)?.place ?? "";
}

/** `82歳 女性`. */
export function ageAndSex(member: Pick<Member, "age" | "sex">): string {
  const age = member.age == null ? "" : words.text("member.age", { n: member.age });
  const sex =
    member.sex === "male" || member.sex === "female" ? words.text(`sex.${member.sex}`) : "";
  return [age, sex].filter(Boolean).join(" ");
}
