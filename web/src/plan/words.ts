import { Words } from "../i18n";
import type { Key } from "../i18n/plan/ja";

/** The planners' words. やさしい日本語 is for the public and FIELD; staff who ask for it get Japanese. */
export const words = new Words<Key>({
  ja: () => import("../i18n/plan/ja").then((m) => m.default),
  "ja-easy": () => import("../i18n/plan/ja").then((m) => m.default),
  en: () => import("../i18n/plan/en").then((m) => m.default),
});

export type { Key };
