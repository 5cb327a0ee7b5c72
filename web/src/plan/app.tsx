import { useEffect } from "preact/hooks";
import { api } from "../api/client";
import { tell } from "../console/ask";
import { LogIn } from "../console/login";
import { logOut, session } from "../console/session";
import { words as consoleWords } from "../console/words";
import { LANGS } from "../i18n";
import { Button } from "../ui/button";
import { LiveRegion } from "../ui/live-region";
import { useStore } from "../ui/store";
import { useWords } from "../ui/words";
import { Page } from "./page";
import { words } from "./words";

/** An open page keeps its session (which ends after 30 idle minutes) alive. */
const KEEP_ALIVE_MS = 5 * 60_000;

/** PLAN: the log-in of the console, or the planners' page. */
export function App() {
  const { state } = useStore(session);
  useWords(words);
  if (state !== "in") return <LogIn />;
  return (
    <>
      <Frame />
      <LiveRegion />
    </>
  );
}

function Frame() {
  const w = useWords(words);
  const { account, municipality, isDemo, mustChange } = useStore(session);
  const isPlanning = account?.role === "planner" || account?.role === "hq_staff";
  useEffect(() => {
    const timer = setInterval(() => tell(() => api.GET("/session")), KEEP_ALIVE_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    document.title = [w.text("title"), municipality].filter(Boolean).join(" - ");
  }, [municipality, w.lang]);

  function speak(lang: "ja" | "en") {
    void Promise.all([words.use(lang), consoleWords.use(lang)]);
  }

  return (
    <>
      {isDemo && <div class="watermark" aria-hidden="true" />}
      <header class="top">
        <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
          {w.text("skip")}
        </button>
        {isDemo && <p class="demo-strip">{w.text("demo.strip")}</p>}
        <div class="top-row">
          <p class="brand">
            <strong>{w.text("brand")}</strong> <span>{municipality}</span>
          </p>
          <div class="who">
            <p>
              <a href="/console/">{w.text("console")}</a>
            </p>
            <p>{account?.name}</p>
            <label class="lang">
              <span class="visually-hidden">{w.text("language")}</span>
              <select
                value={w.lang === "en" ? "en" : "ja"}
                onChange={(event) => speak(event.currentTarget.value as "ja" | "en")}
              >
                {LANGS.filter(([lang]) => lang !== "ja-easy").map(([lang, name]) => (
                  <option key={lang} value={lang}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
            <Button onClick={() => void logOut()}>{w.text("logout")}</Button>
          </div>
        </div>
      </header>
      <main id="main" class="page" tabIndex={-1}>
        {isPlanning && !mustChange ? (
          <Page />
        ) : (
          <>
            <h1>{w.text("notyours.title")}</h1>
            <p>{w.text("notyours.words")}</p>
            <p>
              <a href="/console/">{w.text("console")}</a>
            </p>
          </>
        )}
      </main>
    </>
  );
}
