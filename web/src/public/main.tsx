import { render } from "preact";
import "../ui/base.css";
import "./public.css";
import { preferredLang } from "../i18n";
import { keepOffline } from "../offline/update";
import { App } from "./app";
import { load } from "./data";
import { words } from "./words";

const root = document.getElementById("app");
void words.use(preferredLang()).then(() => {
  if (root) render(<App />, root);
});
void load();
void keepOffline("public");
