import { Store } from "../ui/store";
import type { TakeOver } from "./worker";

export interface UpdateState {
  /** `unsupported`: this browser cannot open the page without network. */
  worker: "starting" | "ready" | "unsupported";
  /** A newer version is on the phone and waits for 「新しくする」. */
  isWaiting: boolean;
}

export const update = new Store<UpdateState>({ worker: "starting", isWaiting: false });

let waitingWorker: ServiceWorker | null = null;

/** Registers a surface's service worker and watches for a newer one. */
export async function keepOffline(surface: string): Promise<void> {
  const container = navigator.serviceWorker;
  if (!container) {
    update.set({ worker: "unsupported" });
    return;
  }
  const wasControlled = container.controller !== null;
  container.addEventListener("controllerchange", () => {
    // The first worker takes an uncontrolled page over without a word; a newer one was asked for and brings its page.
    if (wasControlled) location.reload();
  });
  try {
    const scope = `/${surface}/`;
    const registration = await container.register(`${scope}sw.js`, {
      scope,
      updateViaCache: "none",
    });
    const look = () => {
      waitingWorker = registration.waiting;
      update.set({ isWaiting: registration.waiting !== null && registration.active !== null });
    };
    look();
    registration.addEventListener("updatefound", () =>
      registration.installing?.addEventListener("statechange", look),
    );
    await container.ready;
    update.set({ worker: "ready" });
  } catch {
    update.set({ worker: "unsupported" });
  }
}

/** 「新しくする」: lets the waiting version take over; the page reloads by itself. What waits in the outbox stays. */
export function takeUpdate(): void {
  waitingWorker?.postMessage("take-over" satisfies TakeOver);
}
