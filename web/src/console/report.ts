import type { components } from "../api/schema";
import { percent } from "./format";
import { words } from "./words";

export type Report = components["schemas"]["Report"];
export type Figures = components["schemas"]["ReportFigures"];
export type RoundFigures = components["schemas"]["RoundFigures"];
export type Response = components["schemas"]["Response"];
export type District = components["schemas"]["DistrictResponse"];

/** The round that most were asked in, or the one chosen. */
export function roundOf(figures: Figures, chosen = ""): RoundFigures | undefined {
  const found = figures.rounds.find((r) => r.round_id === chosen);
  if (found) return found;
  return [...figures.rounds].sort((a, b) => b.totals.to_confirm - a.totals.to_confirm)[0];
}

/** One point of a curve: minutes after the start, people, their share in per cent. */
export interface Point {
  minute: number;
  people: number;
  share: number;
}

/** The curve as shares, so that a small drill and a large one can be laid over each other. */
export function pointsOf(response: Response, stepMin: number): Point[] {
  return response.curve.map((people, n) => ({
    minute: n * stepMin,
    people,
    share: response.to_confirm === 0 ? 0 : (people / response.to_confirm) * 100,
  }));
}

/** Where the line of the curve goes, in a box of this size; whole hundredths. */
export function lineOf(points: Point[], minutes: number, width: number, height: number): string {
  const at = (p: Point) => {
    const x = minutes === 0 ? 0 : (Math.min(p.minute, minutes) / minutes) * width;
    return `${round(x)},${round(height - (p.share / 100) * height)}`;
  };
  return points.map(at).join(" ");
}

function round(n: number): number {
  return Math.round(n * 100) / 100;
}

const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880];

/** Minutes at which the axis is marked: at most five. */
export function ticksOf(minutes: number): number[] {
  const step = TICKS.find((t) => minutes / t <= 4) ?? Math.ceil(minutes / 4);
  return Array.from({ length: Math.floor(minutes / step) + 1 }, (_, n) => n * step);
}

/** 「40分」「1時間5分」. */
export function minutesWords(minutes: number): string {
  if (minutes < 100) return words.text("report.minutes", { n: minutes });
  const [h, m] = [Math.floor(minutes / 60), minutes % 60];
  return m === 0 ? words.text("report.whole_hours", { h }) : words.text("report.hours", { h, m });
}

/** 「40秒」「3分」: whole minutes, begun ones counted. */
export function secondsWords(seconds: number): string {
  if (seconds < 60) return words.text("report.seconds", { n: seconds });
  return minutesWords(Math.round(seconds / 60));
}

/** Districts with the lowest share first; silent ones before all. */
export function worstFirst(districts: District[]): District[] {
  const share = (d: District) => (d.to_confirm === 0 ? 101 : percent(d.confirmed, d.to_confirm));
  return [...districts].sort(
    (a, b) =>
      Number(b.is_silent) - Number(a.is_silent) ||
      share(a) - share(b) ||
      a.district.name.localeCompare(b.district.name, "ja"),
  );
}
