import { Store } from "../ui/store";

/** Where in the console one is: `#/rounds/<id>?district=…` so that a reload and the back button work. */
export interface Place {
  /** Path segments. */
  path: string[];
  query: URLSearchParams;
}

export const place = new Store<Place>(here());

function here(): Place {
  if (typeof location === "undefined") return { path: [], query: new URLSearchParams() };
  return parse(location.hash);
}

/** Reads a hash. */
export function parse(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  return {
    path: path.split("/").filter(Boolean).map(decodeURIComponent),
    query: new URLSearchParams(query),
  };
}

if (typeof addEventListener !== "undefined") {
  addEventListener("hashchange", () => place.set(here()));
}

/** Go to a place; `replace` leaves no step for the back button. */
export function go(to: string, replace = false): void {
  const hash = to.startsWith("#") ? to : `#${to}`;
  if (replace) {
    history.replaceState(null, "", hash);
    place.set(here());
  } else location.hash = hash;
}

/** The `href` of a place; a last argument of another kind is its query. */
export function href(...segments: (string | Record<string, string>)[]): string {
  const last = segments[segments.length - 1];
  const query = typeof last === "object" ? new URLSearchParams(last).toString() : "";
  const path = segments.filter((s): s is string => typeof s === "string").map(encodeURIComponent);
  return `#/${path.join("/")}${query ? `?${query}` : ""}`;
}

/** The parameters of `pattern` (`rounds/:round`) in `path`, or null when it is another place. */
export function match(pattern: string, path: string[]): Record<string, string> | null {
  const parts = pattern.split("/").filter(Boolean);
  if (parts.length !== path.length) return null;
  const params: Record<string, string> = {};
  for (const [i, part] of parts.entries()) {
    const given = path[i] ?? "";
    if (part.startsWith(":")) params[part.slice(1)] = given;
    else if (part !== given) return null;
  }
  return params;
}
