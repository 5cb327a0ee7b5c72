/** Words of the screens. Each surface has one typed catalogue per language; only the one in use is loaded. */
export type Lang = "ja" | "ja-easy" | "en";

/** Every language a person can choose, with the name she would look for. */
export const LANGS: readonly (readonly [Lang, string])[] = [
  ["ja", "日本語"],
  ["ja-easy", "やさしい日本語"],
  ["en", "English"],
];

export type Params = Record<string, string | number>;
export type Loaders<Key extends string> = Record<Lang, () => Promise<Record<Key, string>>>;

const STORED = "machimori-lang";

/** The language chosen before on this phone, else the browser's first that we have, else Japanese. */
export function preferredLang(): Lang {
  try {
    const stored = localStorage.getItem(STORED);
    if (LANGS.some(([lang]) => lang === stored)) return stored as Lang;
  } catch {
    // Storage may be closed to us (private mode): the browser's language then decides.
  }
  const first = typeof navigator === "undefined" ? "ja" : (navigator.languages?.[0] ?? "ja");
  return first.startsWith("ja") ? "ja" : "en";
}

/** A surface's words: `text` for attributes and plain strings, `use` to change the language. */
export class Words<Key extends string> {
  lang: Lang = "ja";
  private catalogue: Partial<Record<Key, string>> = {};
  private readonly listeners = new Set<() => void>();

  constructor(private readonly loaders: Loaders<Key>) {}

  /** Loads a language and tells the listeners; the page's `lang` follows. */
  async use(lang: Lang): Promise<void> {
    this.catalogue = await this.loaders[lang]();
    this.lang = lang;
    document.documentElement.lang = lang === "en" ? "en" : "ja";
    document.documentElement.dataset.words = lang;
    try {
      localStorage.setItem(STORED, lang);
    } catch {
      // The choice then lasts until the page is closed.
    }
    for (const listener of this.listeners) listener();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The words as written, with their marks (`[漢字|かんじ]`, `~`) still in them and `{name}` filled in. */
  marked(key: Key, params?: Params): string {
    return fill(this.catalogue[key] ?? "", params);
  }

  /** The words without ruby, for labels that are read aloud, titles and attributes. */
  text(key: Key, params?: Params): string {
    return withoutRuby(this.marked(key, params));
  }
}

function fill(words: string, params?: Params): string {
  if (!params) return words;
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}

const RUBY = /\[([^\]|]+)\|([^\]]+)\]/g;
/** Where a label may break: browsers break Japanese anywhere, or by a model that knows no hiragana words. */
const BREAK = "~";

/** `[避難所|ひなんじょ]` → `避難所`. */
export function withoutRuby(marked: string): string {
  return marked.replace(RUBY, "$1").split(BREAK).join("");
}

export type Run = string | { base: string; reading: string } | { mayBreak: true };

/** Splits marked words into plain runs, ruby pairs and places to break, in order. */
export function rubyRuns(marked: string): Run[] {
  const runs: Run[] = [];
  const plain = (text: string) => {
    text.split(BREAK).forEach((part, i) => {
      if (i > 0) runs.push({ mayBreak: true });
      if (part !== "") runs.push(part);
    });
  };
  let from = 0;
  for (const match of marked.matchAll(RUBY)) {
    plain(marked.slice(from, match.index));
    runs.push({ base: match[1] ?? "", reading: match[2] ?? "" });
    from = match.index + match[0].length;
  }
  plain(marked.slice(from));
  return runs;
}
