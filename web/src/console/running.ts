import { api } from "../api/client";
import type { components } from "../api/schema";
import { Store } from "../ui/store";
import { tell } from "./ask";
import { session } from "./session";

export type CityEvent = components["schemas"]["Event"];

/** The events as the frame knows them: which are running decides the mode bar of every page. */
export const events = new Store<{ items: CityEvent[] | null; isStale: boolean }>({
  items: null,
  isStale: false,
});

/** Whose pages may list events. */
export function seesEvents(): boolean {
  return session.get().account?.role !== "admin";
}

export async function refreshEvents(): Promise<void> {
  if (!seesEvents()) return;
  const told = await tell(() => api.GET("/events"));
  events.set(told.ok ? { items: told.data.items, isStale: false } : { isStale: true });
}

/** Running and made by people: neither planned nor over, nor the standing one, nor one that was bound to another. */
export function isRunning(event: CityEvent): boolean {
  return !event.is_planned && !event.ended_at && !event.is_standing && !event.bound_to;
}
