import { Store } from "../ui/store";

/** Where in the console one is: `#/rounds/<id>?district=…` so that a reload and the back button work. */
export interface Place {
  /** Path segments. */
  path: string[];
  query: URLSearchParams;
}

export const place = new Store<Place>(here());

function here(): Place {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return {
    path: path.split("/").filter(Boolean).map(decodeURIComponent),
    query: new URLSearchParams(query),
  };
}

addEventListener("hashchange", () => {
  place.set(here());
  // The new page is read from its heading on.
  requestAnimationFrame(() => document.querySelector<HTMLElement>("main h1")?.focus());
});

/** Go to a place; `replace` leaves no step for the back button. */
export function go(to: string, replace = false): void {
  if (replace) history.replaceState(null, "", `#${to}`);
  else location.hash = to;
  if (replace) place.set(here());
}

/** The `href` of a place. */
export function href(...segments: string[]): string {
  return `#/${segments.map(encodeURIComponent).join("/")}`;
}
