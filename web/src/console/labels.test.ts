import { beforeAll, expect, test, vi } from "vitest";
import { nameOf } from "./labels";
import { words } from "./words";

// There is no page in this test; choosing a language marks one.
beforeAll(() => {
  vi.stubGlobal("document", { documentElement: { dataset: {} } });
  return words.use("ja");
});

test("somebody found without a name is called so, never by nothing", () => {
  const subject = { label: "", place: "東門の前" };
  expect(nameOf({ name: null, subject })).toBe("名前がわからない人");
  expect(nameOf({ name: null, subject: { ...subject, label: "赤い上着の女性" } })).toBe(
    "赤い上着の女性",
  );
});
