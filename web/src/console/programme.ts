import { uuidv7 } from "../offline/bytes";
import { clockTime, fromLocalInput, toLocalInput } from "./format";

export interface ProgrammeItem {
  id: string;
  starts_at: string;
  title: string;
  place?: string;
  who?: string;
}

/** 「9:30 安否確認の開始／各戸／民生委員」: one point of the programme. */
const LINE = /^\s*([0-2]?[0-9])\s*[:：時]\s*([0-5][0-9])?分?\s*[　\s]\s*(.+)$/;

/** The programme as lines that a clerk types. */
export function toLines(items: ProgrammeItem[]): string {
  return items
    .map((item) => {
      const parts = [item.title, item.place ?? "", item.who ?? ""];
      while (parts.length > 1 && !parts[parts.length - 1]) parts.pop();
      return `${clockTime(item.starts_at, "ja").replace(/^0/, "")} ${parts.join("／")}`;
    })
    .join("\n");
}

/** Reads the lines, on the day of `startsAt`; the number of the first line whose time cannot be read. */
export function fromLines(
  text: string,
  startsAt: string,
  before: ProgrammeItem[],
): { items: ProgrammeItem[] } | { wrong: number } {
  const day = toLocalInput(startsAt).slice(0, 10);
  const items: ProgrammeItem[] = [];
  for (const [n, line] of text.normalize("NFKC").split("\n").entries()) {
    if (!line.trim()) continue;
    const found = LINE.exec(line);
    const [, hour = "", minute = "00", rest = ""] = found ?? [];
    const at =
      found && Number(hour) < 24
        ? fromLocalInput(`${day}T${hour.padStart(2, "0")}:${minute}`)
        : null;
    if (!at) return { wrong: n + 1 };
    const [title = "", place = "", who = ""] = rest.split(/[／/]/).map((part) => part.trim());
    items.push({ id: before[items.length]?.id ?? uuidv7(), starts_at: at, title, place, who });
  }
  return { items };
}
