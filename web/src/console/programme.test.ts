import { expect, test } from "vitest";
import { fromLines, toLines } from "./programme";

const START = "2026-11-29T00:30:00Z";

test("a programme is typed line by line and reads back as it was typed", () => {
  const read = fromLines(
    "9:30 安否確認の開始／各戸／民生委員\n\n１０：００　炊き出し／公民館",
    START,
    [],
  );
  if ("wrong" in read) throw new Error("unread");
  expect(read.items.map((i) => [i.starts_at, i.title, i.place, i.who])).toEqual([
    ["2026-11-29T00:30:00.000Z", "安否確認の開始", "各戸", "民生委員"],
    ["2026-11-29T01:00:00.000Z", "炊き出し", "公民館", ""],
  ]);
  expect(toLines(read.items)).toBe("9:30 安否確認の開始／各戸／民生委員\n10:00 炊き出し／公民館");
});

test("a line without a time is named", () => {
  expect(fromLines("9:30 開始\n炊き出し", START, [])).toEqual({ wrong: 2 });
  expect(fromLines("25:00 開始", START, [])).toEqual({ wrong: 1 });
});
