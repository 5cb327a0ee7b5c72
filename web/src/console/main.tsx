import { render } from "preact";
import "../ui/base.css";
import "./console.css";
import { preferredLang } from "../i18n";
import { App } from "./app";
import { restore } from "./session";
import { words } from "./words";

const root = document.getElementById("app");
void Promise.all([words.use(preferredLang()), restore()]).then(() => {
  if (root) render(<App />, root);
});
