import { expect, test } from "vitest";
import { hardParts } from "./easy-japanese";
import field from "./field/ja-easy";
import gate from "./gate/ja-easy";
import publicPages from "./public/ja-easy";

test("every kanji of an easy catalogue has its reading, sentences are short, hard words are absent", () => {
  for (const catalogue of [field, gate, publicPages]) {
    const hard = Object.entries(catalogue).flatMap(([key, words]) => hardParts(key, words));
    expect(hard).toEqual([]);
  }
});

test("a hard sentence is told apart with what is hard about it", () => {
  expect(hardParts("k", "避難所へ [行|い]きます")).toHaveLength(1);
  expect(hardParts("k", "[不在|ふざい]でした")).toEqual(["k: 「不在」は「いませんでした」"]);
  expect(hardParts("alertX", "[津波警報発表|つなみけいほうはっぴょう]です")).toHaveLength(1);
  expect(hardParts("k", "あ".repeat(50))).toHaveLength(1);
});
