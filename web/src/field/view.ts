/** Pages of the open app. Each is one entry of the browser's history, so that Android's back works. */
export type View =
  | { name: "availability" }
  | { name: "list" }
  | { name: "person"; id: string }
  | { name: "injury"; id: string }
  | { name: "need"; id: string }
  | { name: "others"; id: string }
  | { name: "away"; id: string; corrects: string }
  | { name: "placard"; id: string }
  | { name: "unlisted" }
  | { name: "real"; id?: string }
  | { name: "start" }
  | { name: "sent" }
  | { name: "carry" }
  | { name: "end" }
  | { name: "gate"; page: GatePage; id?: string }
  | { name: "came"; venue?: string };

/** Pages of a gate (`gate/`), loaded when they are wanted. */
export type GatePage =
  | "home"
  | "find"
  | "scan"
  | "receive"
  | "stranger"
  | "here"
  | "guest"
  | "place"
  | "count"
  | "group"
  | "acts";

/** The page that history's current entry names, if it is one of ours. */
export function viewInHistory(): View | null {
  const state = history.state as { view?: View } | null;
  return state?.view ?? null;
}

/** Adds a page to history; `replace` puts it in the place of the current one. */
export function pushView(view: View, replace = false): void {
  const state = { view };
  const url = location.pathname + location.search;
  if (replace) history.replaceState(state, "", url);
  else history.pushState(state, "", url);
}
