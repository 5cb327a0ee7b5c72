import type { ComponentChildren } from "preact";
import { useWords } from "../../ui/words";
import { words } from "../words";

/** A number that is read from across the room, with its word. */
export function Figure(props: {
  label: ComponentChildren;
  value: number;
  hint?: ComponentChildren;
  href?: string;
  tone?: "ok" | "danger" | "warn";
}) {
  const w = useWords(words);
  const number = props.value.toLocaleString(w.lang === "en" ? "en" : "ja");
  return (
    <div class={`figure ${props.tone && props.value > 0 ? `figure-${props.tone}` : ""}`}>
      <dt>{props.label}</dt>
      <dd>
        {props.href ? <a href={props.href}>{number}</a> : number}
        {props.hint && <small>{props.hint}</small>}
      </dd>
    </div>
  );
}
