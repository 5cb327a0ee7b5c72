import { Store } from "../ui/store";

/** Decisions 31: personal pages are hidden after fifteen minutes without a hand at the desk. */
export const IDLE_MS = 15 * 60_000;
const STORED = "machimori-console-active";

export const idle = new Store<{ locked: boolean }>({ locked: false });

let last = 0;

/** The newest sign of life in any tab. */
function lastActive(): number {
  try {
    return Math.max(last, Number(localStorage.getItem(STORED) ?? 0));
  } catch {
    return last;
  }
}

function active(): void {
  if (idle.get().locked) return;
  const now = Date.now();
  if (now - last < 5_000) return;
  last = now;
  try {
    localStorage.setItem(STORED, String(now));
  } catch {
    // Without storage each tab counts for itself.
  }
}

function check(): void {
  if (!idle.get().locked && Date.now() - lastActive() >= IDLE_MS) idle.set({ locked: true });
}

/** Password and code were shown again, or somebody logged in. */
export function unlock(): void {
  last = 0;
  idle.set({ locked: false });
  active();
}

/** Watches hands; `isFresh` after a log-in. A reload does not open what was hidden. Answers how to stop. */
export function watchIdle(): () => void {
  if (lastActive() === 0) active();
  check();
  const signs = ["pointerdown", "keydown", "wheel", "touchstart"];
  for (const sign of signs) addEventListener(sign, active, { passive: true });
  const timer = setInterval(check, 5_000);
  return () => {
    for (const sign of signs) removeEventListener(sign, active);
    clearInterval(timer);
  };
}
