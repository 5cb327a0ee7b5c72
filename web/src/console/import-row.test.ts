import { expect, test } from "vitest";
import { fieldValue, rowFields } from "./import-row";

test("a change shows what changes, from what to what, under the list's own headings", () => {
  const row = {
    action: "change" as const,
    incoming: { name: "中央小学校", capacity: 300 },
    before: { name: "中央小学校", capacity: 250 },
    changed: ["capacity"],
  };
  expect(rowFields(row, { capacity: "収容人数" })).toEqual([
    { name: "capacity", heading: "収容人数", before: 250, after: 300 },
  ]);
});

test("what the list no longer names shows what was kept, and empty cells are left out", () => {
  const row = {
    action: "revoke" as const,
    incoming: null,
    before: { name: "旧校舎", note: "" },
    changed: [],
  };
  expect(rowFields(row, {})).toEqual([{ name: "name", heading: "name", after: "旧校舎" }]);
});

test("lists and things become one line", () => {
  expect(fieldValue(["flood", "tsunami"])).toBe("flood, tsunami");
  expect(fieldValue({ kind: "phone", value: "06-0000-0000", holder: null })).toBe(
    "phone 06-0000-0000",
  );
  expect(fieldValue(false)).toBe("false");
});
