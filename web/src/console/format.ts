import type { Lang } from "../i18n";

const ZONE = "Asia/Tokyo";
const locale = (lang: Lang) => (lang === "en" ? "en-GB" : "ja-JP");

/** `14:05:12`, as in Japan wherever the browser stands. */
export function clockTime(iso: string, lang: Lang, seconds = false): string {
  return new Intl.DateTimeFormat(locale(lang), {
    timeZone: ZONE,
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
    hourCycle: "h23",
  }).format(new Date(iso));
}

/** `11月22日 14:05`; with the year when it is another one than now's. */
export function dayTime(iso: string, lang: Lang, now = Date.now()): string {
  const at = new Date(iso);
  const year = (d: Date) =>
    new Intl.DateTimeFormat("en", { timeZone: ZONE, year: "numeric" }).format(d);
  const day = new Intl.DateTimeFormat(locale(lang), {
    timeZone: ZONE,
    month: "short",
    day: "numeric",
    ...(year(at) === year(new Date(now)) ? {} : { year: "numeric" }),
  }).format(at);
  return `${day} ${clockTime(iso, lang)}`;
}

/** `令和8年11月22日`, Japan's day; in English with the common year. */
export function longDay(iso: string, lang: Lang): string {
  return new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "ja-JP-u-ca-japanese", {
    timeZone: ZONE,
    ...(lang === "en" ? {} : { era: "long" }),
    year: "numeric",
    month: "long",
    day: "numeric",
  }).format(new Date(iso));
}

/** How long ago, in whole minutes, hours or days; never negative. */
export function sinceParts(
  iso: string,
  now: number,
): { unit: "now" | "minutes" | "hours" | "days"; n: number } {
  const minutes = Math.max(0, Math.floor((now - Date.parse(iso)) / 60_000));
  if (minutes < 1) return { unit: "now", n: 0 };
  if (minutes < 60) return { unit: "minutes", n: minutes };
  if (minutes < 48 * 60) return { unit: "hours", n: Math.floor(minutes / 60) };
  return { unit: "days", n: Math.floor(minutes / 1440) };
}

/** Share in whole per cent, rounded down, so that 100 % is said only when nobody is missing. */
export function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.floor((part / whole) * 100);
}

/** A `datetime-local` value, read as Japan's time, as UTC; null when empty or no date. */
export function fromLocalInput(value: string): string | null {
  if (!value) return null;
  const at = new Date(`${value}${value.length === 16 ? ":00" : ""}+09:00`);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** The other way, to the minute. */
export function toLocalInput(iso: string): string {
  return new Date(Date.parse(iso) + 9 * 3_600_000).toISOString().slice(0, 16);
}

/** `昭和10年3月1日（1935年）`: papers say the era, files the year. */
export function birthDay(day: string): string {
  const era = new Intl.DateTimeFormat("ja-JP-u-ca-japanese", {
    timeZone: "UTC",
    era: "long",
    year: "numeric",
    month: "long",
    day: "numeric",
  }).format(new Date(`${day}T00:00:00Z`));
  return `${era}（${day.slice(0, 4)}年）`;
}

/** `12.3 KB`, for people. */
export function fileSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KB`;
  if (bytes < 1024 ** 3) return `${(bytes / 1024 ** 2).toFixed(1)} MB`;
  return `${(bytes / 1024 ** 3).toFixed(2)} GB`;
}
