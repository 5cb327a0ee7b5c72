import { type Params, Words } from "../../i18n";
import type { Key } from "../../i18n/gate/ja";
import { Ruby } from "../../ui/words";
import { words } from "../words";

/** The gate's own words: loaded with its pages, in the language of the app. */
export const gateWords = new Words<Key>({
  ja: () => import("../../i18n/gate/ja").then((m) => m.default),
  "ja-easy": () => import("../../i18n/gate/ja-easy").then((m) => m.default),
  en: () => import("../../i18n/gate/en").then((m) => m.default),
});

let isReady: Promise<void> | null = null;

/** Loads the words, and again whenever the app's language changes. */
export function loadWords(): Promise<void> {
  isReady ??= gateWords.use(words.lang).then(() => {
    words.subscribe(() => void gateWords.use(words.lang));
  });
  return isReady;
}

export function G({ k, p }: { k: Key; p?: Params }) {
  return <Ruby marked={gateWords.marked(k, p)} />;
}

export function gtext(key: Key, params?: Params): string {
  return gateWords.text(key, params);
}

export type { Key };
