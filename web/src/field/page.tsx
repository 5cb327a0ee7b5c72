import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../ui/button";
import { back } from "./app";
import { T } from "./words";

/** One page: a heading that takes the focus when the page opens, so that a screen reader starts there. */
export function Page(props: {
  title: ComponentChildren;
  hasBack?: boolean;
  children: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Before the page is painted: a key pressed at once must not lose its button to the heading.
  useLayoutEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <main class="page">
      {props.hasBack && (
        <Button look="quiet" icon="back" class="page-back" onClick={back}>
          <T k="back" />
        </Button>
      )}
      <h1 ref={heading} tabIndex={-1}>
        {props.title}
      </h1>
      {props.children}
    </main>
  );
}

/** One large answer to a page's question. */
export function Choice(props: {
  onClick: () => void;
  look?: "ok" | "warn" | "danger" | "plain" | "primary";
  icon?: Parameters<typeof Button>[0]["icon"];
  hint?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <Button
      wide
      class="choice"
      look={props.look ?? "plain"}
      icon={props.icon}
      onClick={props.onClick}
    >
      {props.children}
      {props.hint && <small class="choice-hint">{props.hint}</small>}
    </Button>
  );
}
