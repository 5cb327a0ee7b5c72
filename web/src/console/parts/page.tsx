import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Problem } from "../../api/client";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { session } from "../session";
import { words } from "../words";
import { ProblemBanner } from "./problem";

let isFirst = true;

/** A page's heading: takes the focus when the page opens, and names the tab. */
export function PageTitle(props: { title: string; children?: ComponentChildren }) {
  const w = useWords(words);
  const { municipality } = useStore(session);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The page that opens with the browser is read from its top.
    if (!isFirst) heading.current?.focus();
    isFirst = false;
  }, []);
  useEffect(() => {
    document.title = [props.title, w.text("title"), municipality].filter(Boolean).join(" - ");
  }, [props.title, municipality, w.lang]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {props.title}
      {props.children}
    </h1>
  );
}

/** While a page's data is on its way, or did not come. */
export function Waiting({ problem, again }: { problem: Problem | null; again?: () => void }) {
  const w = useWords(words);
  if (!problem) {
    return (
      <p class="waiting" role="status">
        {w.text("loading")}
      </p>
    );
  }
  return (
    <>
      <ProblemBanner problem={problem} />
      {again && (
        <button type="button" class="button button-plain" onClick={again}>
          {w.text("again")}
        </button>
      )}
    </>
  );
}
