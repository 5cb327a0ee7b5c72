import { beforeAll, expect, test, vi } from "vitest";
import { valueWords } from "./import-words";
import { words } from "./words";

// There is no page in this test; choosing a language marks one.
beforeAll(() => {
  vi.stubGlobal("document", { documentElement: { dataset: {} } });
  return words.use("ja");
});

test("codes, days and ids of a row are said in words", () => {
  expect(valueWords("is_listed", true)).toBe("はい");
  expect(valueWords("sex", "female")).toBe("女性");
  expect(valueWords("birth_on", "1935-03-01")).toBe("昭和10年3月1日（1935年）");
  expect(valueWords("reasons", ["care_level_3_5", "intractable_ventilator"])).toBe(
    "要介護3〜5、難病・人工呼吸器",
  );
  expect(valueWords("special_care_reasons", ["wheelchair", "透析"])).toBe("車いす、透析");
  expect(valueWords("whereabouts", "shelter")).toBe("避難所");
  expect(valueWords("certificate", "applied")).toBe("申請済み");
  expect(valueWords("dwelling_damage", "half")).toBe("半壊");
  expect(valueWords("phones", [{ kind: "mobile", value: "090-0000-0000" }])).toBe("090-0000-0000");
  expect(valueWords("district_id", "x", { x: "東小学校" })).toBe("東小学校");
  expect(valueWords("consent", "refused")).toBe("断った");
  expect(valueWords("name", null)).toBe("");
});
