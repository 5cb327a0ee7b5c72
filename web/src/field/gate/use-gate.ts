import { useEffect } from "preact/hooks";
import { Store, useStore } from "../../ui/store";
import { app } from "../app";
import { type Guest, guestsOf } from "./model";
import type { Gate, GateNow } from "./wire";

/** What the server says of the gate, beside what the phone holds. Null: not asked, or no answer. */
const counts = new Store<{ now: GateNow | null }>({ now: null });

const EVERY_MS = 30_000;

export interface AtGate {
  gate: Gate;
  guests: Guest[];
  serverMs: number;
  now: GateNow | null;
}

/** The gate as this phone knows it; null when the list is closed or there is none. */
export function useGate(): AtGate | null {
  const { bundle, records } = useStore(app);
  const { now } = useStore(counts);
  useEffect(() => {
    void ask();
    const timer = setInterval(() => void ask(), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  if (!bundle?.gate) return null;
  const serverMs = Date.parse(bundle.server_time);
  return {
    gate: bundle.gate,
    guests: guestsOf(bundle.gate, records, serverMs),
    serverMs,
    now,
  };
}

async function ask(): Promise<void> {
  if (document.visibilityState === "hidden") return;
  try {
    const answer = await fetch("/api/v1/field/gate", { cache: "no-store" });
    if (answer.ok) counts.set({ now: (await answer.json()) as GateNow });
  } catch {
    // Without network the counts stay as they were, with their time.
  }
}
