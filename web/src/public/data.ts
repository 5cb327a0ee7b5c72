import { openDb } from "../offline/db";
import { Store } from "../ui/store";
import type { SiteList } from "./nearest";

/** `[name, reading, lon, lat]` */
export type TownRow = [string, string, number, number];

/** What the page knows; kept on the phone so that it opens without network. No position is ever kept or sent. */
export interface Known {
  list: SiteList | null;
  /** When this phone last had the list from the server, ms. */
  fetchedAt: number | null;
  towns: TownRow[];
  isDemo: boolean;
  municipality: string;
  state: "starting" | "fresh" | "kept" | "none";
}

export const known = new Store<Known>({
  list: null,
  fetchedAt: null,
  towns: [],
  isDemo: false,
  municipality: "",
  state: "starting",
});

type Kept = Pick<Known, "list" | "fetchedAt" | "towns" | "isDemo" | "municipality">;
const KEPT = "known";

/** Show what the phone kept at once, then ask the server for today's. */
export async function load(): Promise<void> {
  const db = await openDb(() => {}, "machimori-public").catch(() => null);
  const kept = await db?.read(["meta"], (tx) => tx.get<Kept>("meta", KEPT)).catch(() => undefined);
  if (kept?.list) known.set({ ...kept, state: "kept" });
  try {
    const [list, towns, instance] = await Promise.all([
      ask<SiteList>("/api/v1/sites/all"),
      ask<{ towns: TownRow[] }>("/api/v1/towns").catch(() => null),
      ask<{ is_demo: boolean; municipality: string }>("/api/v1/instance").catch(() => null),
    ]);
    const fresh: Kept = {
      list,
      fetchedAt: Date.now(),
      towns: towns?.towns ?? known.get().towns,
      isDemo: instance?.is_demo ?? known.get().isDemo,
      municipality: instance?.municipality ?? known.get().municipality,
    };
    known.set({ ...fresh, state: "fresh" });
    await db?.write(["meta"], (tx) => tx.put("meta", fresh, KEPT)).catch(() => undefined);
  } catch {
    known.set({ state: known.get().list ? "kept" : "none" });
  }
}

async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(path, { credentials: "omit" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}
