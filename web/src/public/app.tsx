import { LANGS } from "../i18n";
import { takeUpdate, update } from "../offline/update";
import { Banner } from "../ui/banner";
import { Button } from "../ui/button";
import { LiveRegion } from "../ui/live-region";
import { useStore } from "../ui/store";
import { useWords } from "../ui/words";
import { known, load } from "./data";
import { ChooseHazard } from "./hazards";
import { Results } from "./results";
import { asked, startOver } from "./state";
import { ChoosePlace } from "./where";
import { T, words } from "./words";

/** The public page: hazard, place, answer. No log-in; opens without network after the first visit. */
export function App() {
  const w = useWords(words);
  const { hazard, from } = useStore(asked);
  const { list, state, isDemo, municipality, fetchedAt } = useStore(known);
  const { isWaiting } = useStore(update);
  return (
    <>
      <header class="top">
        <p class="brand">
          <T k="appName" /> {municipality}
        </p>
        <h1>
          <T k="title" />
        </h1>
        <fieldset class="language">
          <legend class="visually-hidden">
            <T k="language" />
          </legend>
          {LANGS.map(([lang, name]) => (
            <button
              key={lang}
              type="button"
              class="language-choice"
              lang={lang === "en" ? "en" : "ja"}
              aria-pressed={w.lang === lang}
              onClick={() => void words.use(lang)}
            >
              {name}
            </button>
          ))}
        </fieldset>
        {isDemo && <Banner tone="warn" title={<T k="demo" />} />}
      </header>
      <main>
        {state === "none" && (
          <Banner tone="danger" title={<T k="data.none" />}>
            <p>
              <T k="data.none.do" />
            </p>
            <Button look="primary" onClick={() => void load()}>
              <T k="data.retry" />
            </Button>
          </Banner>
        )}
        {list?.source === "snapshot" || state === "kept" ? (
          <Banner tone="info" title={<T k="data.kept" p={{ at: dayTime(fetchedAt) }} />} />
        ) : null}
        {hazard === null ? (
          <ChooseHazard />
        ) : from === null ? (
          <>
            <p>
              <T k="hazard.chosen" p={{ hazard: w.marked(`hazard.${hazard}`) }} />{" "}
              <Button look="quiet" onClick={startOver}>
                <T k="hazard.change" />
              </Button>
            </p>
            <ChoosePlace />
          </>
        ) : (
          <Results />
        )}
      </main>
      <footer class="foot">
        <p>
          <T k="danger.call" />
        </p>
        {list && (
          <p>
            <T k="data.asOf" p={{ at: dayTime(Date.parse(list.as_of)) }} />
          </p>
        )}
        {isWaiting && (
          <Button onClick={takeUpdate}>
            <T k="update" />
          </Button>
        )}
      </footer>
      <LiveRegion />
    </>
  );
}

/** Month, day, hours and minutes in Japan. */
function dayTime(ms: number | null): string {
  if (ms === null) return "";
  return new Date(ms).toLocaleString(words.lang === "en" ? "en" : "ja-JP", {
    month: "numeric",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "Asia/Tokyo",
  });
}
