import type { ComponentChildren } from "preact";
import { Icon } from "./icon";

const ICONS = { info: "info", ok: "ok", warn: "warn", danger: "danger" } as const;

/** What the reader must know now: word, shape and colour together. `danger` interrupts a screen reader. */
export function Banner(props: {
  tone: keyof typeof ICONS;
  title: ComponentChildren;
  children?: ComponentChildren;
}) {
  return (
    <div class={`banner banner-${props.tone}`} role={props.tone === "danger" ? "alert" : undefined}>
      <p class="banner-title">
        <Icon name={ICONS[props.tone]} />
        <span>{props.title}</span>
      </p>
      {props.children && <div class="banner-body">{props.children}</div>}
    </div>
  );
}
