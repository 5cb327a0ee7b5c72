import { LANGS } from "../../i18n";
import { T, text, words } from "../words";

/** The three languages, each under its own name. */
export function LanguageSwitch() {
  return (
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
          aria-pressed={words.lang === lang}
          onClick={() => {
            void words.use(lang).then(() => {
              document.title = `${text("appName")} ${text("title")}`;
            });
          }}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
