import type { components } from "../api/schema";
import { fromLocalInput } from "./format";
import type { Key } from "./words";

type Outcome = components["schemas"]["Outcome"];
type Attempt = components["schemas"]["Attempt"];
type Marker = components["schemas"]["Marker"];

/** What a ticked box says. */
export interface Result {
  key: string;
  word: Key;
  outcome: Outcome | null;
  /** Null: as it was learned (met, telephone, family, neighbour). */
  attempt: Attempt | null;
  marker?: Marker;
}

/** The boxes of a sheet and the keys that type them: the same number on paper and on the keyboard. */
export const RESULTS: readonly Result[] = [
  { key: "1", word: "key.safe", outcome: "safe", attempt: null },
  { key: "2", word: "key.injured_minor", outcome: "injured_minor", attempt: null },
  { key: "3", word: "key.injured_serious", outcome: "injured_serious", attempt: null },
  { key: "4", word: "key.needs_rescue", outcome: "needs_rescue", attempt: null },
  { key: "5", word: "key.needs_support", outcome: "needs_support", attempt: null },
  { key: "6", word: "key.no_answer", outcome: null, attempt: "no_answer" },
  { key: "7", word: "key.absent", outcome: null, attempt: "absent" },
  { key: "8", word: "key.shown", outcome: "safe", attempt: "marker", marker: "shown" },
  { key: "9", word: "key.not_shown", outcome: null, attempt: "marker", marker: "not_shown" },
  { key: "0", word: "key.sos", outcome: "needs_rescue", attempt: "marker", marker: "sos" },
  // On no sheet as a box: written in words.
  { key: "x", word: "key.access_impossible", outcome: null, attempt: "access_impossible" },
  { key: "r", word: "key.refused", outcome: null, attempt: "refused" },
];

/** How it was learned: a second digit behind the result. */
export const WAYS = [
  { key: "1", attempt: "met" },
  { key: "2", attempt: "phone" },
  { key: "3", attempt: "family" },
  { key: "4", attempt: "neighbour" },
] as const satisfies readonly { key: string; attempt: Attempt }[];

export interface Typed {
  result: Result;
  attempt: Attempt;
}

/** `1` is safe and met, `14` safe as a neighbour told; in any width of letters. Null: no such key. */
export function parseResult(text: string): Typed | null {
  const plain = text.normalize("NFKC").trim().toLowerCase();
  const result = RESULTS.find((r) => r.key === plain[0]);
  if (!result || plain.length > 2) return null;
  if (result.attempt) return plain.length === 1 ? { result, attempt: result.attempt } : null;
  const way = WAYS.find((candidate) => candidate.key === (plain[1] ?? "1"));
  return way ? { result, attempt: way.attempt } : null;
}

/** `935` or `0935` on a day in Japan as an instant; null when it is no time. */
export function parseTime(text: string, day: string): string | null {
  const plain = text.normalize("NFKC").replace(/[:\s時分]/g, "");
  if (!/^\d{3,4}$/.test(plain)) return null;
  const [hours, minutes] = [plain.slice(0, -2).padStart(2, "0"), plain.slice(-2)];
  if (Number(hours) > 23 || Number(minutes) > 59) return null;
  return fromLocalInput(`${day}T${hours}:${minutes}`);
}

/** A number as typed, in any width; null when there is none. */
export function parseCount(text: string): number | null {
  const plain = text.normalize("NFKC").trim();
  return /^\d{1,7}$/.test(plain) ? Number(plain) : null;
}
