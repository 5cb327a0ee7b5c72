import type { ComponentChildren, JSX } from "preact";
import { Icon, type IconName } from "./icon";

export interface ButtonProps extends Omit<JSX.IntrinsicElements["button"], "icon" | "size"> {
  /** `primary` is the one thing to do next; `danger` calls for help or cannot be undone; `quiet` stands back. */
  look?: "primary" | "plain" | "danger" | "ok" | "warn" | "quiet";
  icon?: IconName;
  wide?: boolean;
  children?: ComponentChildren;
}

/** At least 56 px high, words always beside the icon, never disabled without saying why nearby. */
export function Button({
  look = "plain",
  icon,
  wide,
  children,
  class: extra,
  ...rest
}: ButtonProps) {
  const classes = ["button", `button-${look}`, wide ? "button-wide" : "", extra ?? ""]
    .join(" ")
    .trim();
  return (
    <button type="button" {...rest} class={classes}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  );
}
