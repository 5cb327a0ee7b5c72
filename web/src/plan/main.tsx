import { render } from "preact";
import "../ui/base.css";
import "../console/console.css";
import "./plan.css";
import { restore } from "../console/session";
import { words as consoleWords } from "../console/words";
import { preferredLang } from "../i18n";
import { App } from "./app";
import { words } from "./words";

const root = document.getElementById("app");
const lang = preferredLang();
void Promise.all([consoleWords.use(lang), words.use(lang), restore()]).then(() => {
  if (root) render(<App />, root);
});
