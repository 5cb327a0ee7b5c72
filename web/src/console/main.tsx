import { render } from "preact";
import "../ui/base.css";
import { preferredLang, Words } from "../i18n";
import type { Key } from "../i18n/console/ja";

const words = new Words<Key>({
  ja: () => import("../i18n/console/ja").then((m) => m.default),
  "ja-easy": () => import("../i18n/console/ja").then((m) => m.default),
  en: () => import("../i18n/console/en").then((m) => m.default),
});

const root = document.getElementById("app");
void words.use(preferredLang()).then(() => {
  if (root) render(<h1>{words.text("title")}</h1>, root);
});
