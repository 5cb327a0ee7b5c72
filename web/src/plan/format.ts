import type { Coverage } from "./state";
import { words } from "./words";

const digits = new Intl.NumberFormat("ja-JP");

/** `1,234`. */
export function number(n: number): string {
  return digits.format(n);
}

/** `1,234人`; not known is said. */
export function people(
  n: number | null | undefined,
  unknown: "unknown" | "few" = "unknown",
): string {
  return n === null || n === undefined
    ? words.text(unknown)
    : words.text("people", { n: number(n) });
}

/** `+25人`, `−10人`, `変わりません`. */
export function changed(n: number | null | undefined): string {
  if (n === null || n === undefined) return words.text("unknown");
  if (n === 0) return words.text("change.none");
  const sign = n > 0 ? "+" : "−";
  return words.text("people.change", { n: `${sign}${number(Math.abs(n))}` });
}

/** Room, and for how many places nobody has said. */
export function capacity({ capacity: room, without_capacity: unknown }: Coverage): string {
  if (room === null || room === undefined) return words.text("capacity.unknown", { unknown });
  if (unknown > 0) return words.text("capacity.atleast", { n: number(room), unknown });
  return people(room);
}

/** Whole per cent, never 100 while somebody is missing. */
export function share({ far, residents }: Coverage): string {
  if (far === null || far === undefined || !residents) return "";
  return `${Math.floor((far / residents) * 100)}%`;
}
