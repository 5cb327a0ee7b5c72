import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api } from "../api/client";
import { LANGS } from "../i18n";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { useStore } from "../ui/store";
import { useWords } from "../ui/words";
import { tell } from "./ask";
import { watchIdle } from "./idle";
import { ModeBars } from "./mode-bars";
import { CityLacking } from "./parts/city-lacking";
import { homeOf, PAGES } from "./places";
import { place } from "./router";
import { logOut, session } from "./session";
import { words } from "./words";

/** An open console keeps its session (which ends after 30 idle minutes) alive. */
const KEEP_ALIVE_MS = 5 * 60_000;

/** What every page stands in: whose console this is, drill or disaster, the way to the other pages. */
export function Frame({ children }: { children: ComponentChildren }) {
  const w = useWords(words);
  const { account, municipality, isDemo, recoveryCodesLeft, mustChange } = useStore(session);
  const { path } = useStore(place);
  const [isOpen, setOpen] = useState(false);
  useEffect(watchIdle, []);
  useEffect(() => {
    const timer = setInterval(() => tell(() => api.GET("/session")), KEEP_ALIVE_MS);
    return () => clearInterval(timer);
  }, []);
  const at = path.join("/");
  const isHome = at === homeOf(account?.role ?? "public").slice(1);
  useEffect(() => setOpen(false), [at]);
  const pages = mustChange
    ? []
    : PAGES.filter(
        (page) => page.nav && account && (page.navFor ?? page.roles).includes(account.role),
      );

  return (
    <>
      {isDemo && <div class="watermark" aria-hidden="true" />}
      <header class="top">
        <button type="button" class="skip" onClick={skip}>
          {w.text("skip")}
        </button>
        {isDemo && <p class="demo-strip">{w.text("demo.strip")}</p>}
        <div class="top-row">
          <p class="brand">
            <a href="#/">{w.text("brand")}</a> <span>{municipality}</span>
          </p>
          <div class="who">
            <p>
              <a href="#/password">{account?.name}</a>{" "}
              <small>{account && w.text(`role.${account.role}` as "role.admin")}</small>
            </p>
            <label class="lang">
              <span class="visually-hidden">{w.text("language")}</span>
              <select
                value={w.lang === "en" ? "en" : "ja"}
                onChange={(event) => void words.use(event.currentTarget.value as "ja" | "en")}
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
        {pages.length > 1 && (
          <nav class="nav" aria-label={w.text("nav")}>
            <button
              type="button"
              class="button nav-toggle"
              aria-expanded={isOpen}
              aria-controls="pages"
              onClick={() => setOpen(!isOpen)}
            >
              {w.text(isOpen ? "nav.close" : "nav.open")}
            </button>
            <ul id="pages" class={isOpen ? "is-open" : undefined}>
              {pages.map((page) => (
                <li key={page.pattern}>
                  <a
                    href={`#/${page.pattern}`}
                    aria-current={at.split("/")[0] === page.pattern ? "page" : undefined}
                  >
                    {page.nav && w.text(page.nav)}
                  </a>
                </li>
              ))}
              {(account?.role === "planner" || account?.role === "hq_staff") && (
                <li>
                  <a href="/plan/">{w.text("nav.plan")}</a>
                </li>
              )}
            </ul>
          </nav>
        )}
        {account?.role !== "admin" && !mustChange && <ModeBars />}
      </header>
      <main id="main" class="page" tabIndex={-1}>
        {isHome && !mustChange && <CityLacking />}
        {isHome && recoveryCodesLeft !== null && recoveryCodesLeft < 4 && (
          <Banner
            tone="warn"
            title={w.text(recoveryCodesLeft === 0 ? "codes.none.title" : "codes.title", {
              n: recoveryCodesLeft,
            })}
          >
            <p>{w.text(recoveryCodesLeft === 0 ? "codes.none.words" : "codes.words")}</p>
          </Banner>
        )}
        {children}
      </main>
    </>
  );
}

/** The hash names places, therefore this is a button that moves the focus. */
function skip(): void {
  document.getElementById("main")?.focus();
}
