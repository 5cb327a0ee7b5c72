import { type Params, Words } from "../i18n";
import type { Key } from "../i18n/field/ja";
import { Ruby } from "../ui/words";

export const words = new Words<Key>({
  ja: () => import("../i18n/field/ja").then((m) => m.default),
  "ja-easy": () => import("../i18n/field/ja-easy").then((m) => m.default),
  en: () => import("../i18n/field/en").then((m) => m.default),
});

/** Words on the screen, with furigana where the catalogue marks it. */
export function T({ k, p }: { k: Key; p?: Params }) {
  return <Ruby marked={words.marked(k, p)} />;
}

/** Words for attributes and announcements. */
export function text(key: Key, params?: Params): string {
  return words.text(key, params);
}

/** Hours and minutes in Japan, as a volunteer says them. */
export function clockTime(ms: number): string {
  return new Date(ms).toLocaleTimeString("ja-JP", {
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "Asia/Tokyo",
  });
}

/** Month, day, hours and minutes in Japan. */
export function dayTime(ms: number): string {
  const day = new Date(ms).toLocaleDateString("ja-JP", {
    month: "numeric",
    day: "numeric",
    timeZone: "Asia/Tokyo",
  });
  return `${day} ${clockTime(ms)}`;
}
