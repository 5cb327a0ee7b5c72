import { type Params, Words } from "../i18n";
import type { Key } from "../i18n/public/ja";
import { Ruby } from "../ui/words";

export const words = new Words<Key>({
  ja: () => import("../i18n/public/ja").then((m) => m.default),
  "ja-easy": () => import("../i18n/public/ja-easy").then((m) => m.default),
  en: () => import("../i18n/public/en").then((m) => m.default),
});

export type { Key };

/** Words on the page, with furigana where the catalogue marks it. */
export function T({ k, p }: { k: Key; p?: Params }) {
  return <Ruby marked={words.marked(k, p)} />;
}
