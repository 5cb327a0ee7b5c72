import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Problem, slugOf } from "../../api/client";
import { Banner } from "../../ui/banner";
import { useWords } from "../../ui/words";
import { generalErrors } from "../ask";
import { words } from "../words";

/**
 * What went wrong, in the server's words (Japanese); `shown` are the fields of this form that say their own error.
 * What they say is not said again here: the first of them takes the focus instead.
 */
export function ProblemBanner({
  problem,
  shown = [],
}: {
  problem: Problem | null;
  shown?: string[];
}) {
  const w = useWords(words);
  const here = useRef<HTMLSpanElement>(null);
  const [unsaid, setUnsaid] = useState<Problem | null>(null);
  const isForFields =
    !!problem?.errors?.length && generalErrors(problem, shown).length === 0 && problem !== unsaid;
  useLayoutEffect(() => {
    if (isForFields && !showFirstError(here.current, problem)) setUnsaid(problem);
  }, [problem]);
  if (!problem) return null;
  if (isForFields) return <span ref={here} hidden />;
  const errors = generalErrors(problem, problem === unsaid ? [] : shown);
  const title = slugOf(problem) === "unreachable" ? "problem.unreachable.title" : "problem.title";
  return (
    <Banner tone="danger" title={w.text(title)}>
      <p lang={problem.status === 0 ? undefined : "ja"}>{problem.detail}</p>
      {errors.length > 0 && (
        <ul lang="ja">
          {errors.map((error) => (
            <li key={error}>{error}</li>
          ))}
        </ul>
      )}
      {problem.instance && (
        <p class="small">{w.text("problem.instance", { id: problem.instance })}</p>
      )}
    </Banner>
  );
}

/** Shows and focuses the first field that says what is wrong with it. False: one that should is not on the page now. */
function showFirstError(here: HTMLElement | null, { errors = [] }: Problem): boolean {
  const said = here?.closest("form, dialog, main")?.querySelectorAll(".field > .field-error");
  if (!said || said.length < new Set(errors.map((e) => e.pointer)).size) return false;
  for (let part = said[0]?.closest("details"); part; part = part.parentElement?.closest("details"))
    part.open = true;
  said[0]?.parentElement?.querySelector<HTMLElement>("input, select, textarea")?.focus();
  return true;
}
