import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { rubyRuns, type Words } from "../i18n";

/** Renders words with their marks: `[漢字|かんじ]` as ruby, `~` as a place to break. */
export function Ruby({ marked }: { marked: string }): ComponentChildren {
  return rubyRuns(marked).map((run) => {
    if (typeof run === "string") return run;
    if ("mayBreak" in run) return <wbr />;
    return <RubyPair base={run.base} reading={run.reading} />;
  });
}

/** One base with its reading above it; readers without ruby show it in brackets. */
export function RubyPair({ base, reading }: { base: string; reading: string }) {
  if (!reading) return <>{base}</>;
  return (
    <ruby>
      {base}
      <rp>（</rp>
      <rt>{reading}</rt>
      <rp>）</rp>
    </ruby>
  );
}

/** Renders again when the language changes. */
export function useWords<Key extends string>(words: Words<Key>): Words<Key> {
  const [, again] = useState(0);
  useEffect(() => words.subscribe(() => again((n) => n + 1)), [words]);
  return words;
}
