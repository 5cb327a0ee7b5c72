import type { Db } from "./db";

/** Runs `work` unless another tab is at it; says whether it ran. */
export type Lock = (work: () => Promise<void>) => Promise<boolean>;

const NAME = "machimori-field-sync";
const LEASE_MS = 20_000;

/** One tab at a time, by the browser's locks, or by a lease in the database where there are none. */
export function lockFor(db: Db): Lock {
  const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
  if (!locks) return leaseLock(db);
  return async (work) => {
    let ran = false;
    await locks.request(NAME, { ifAvailable: true }, async (lock) => {
      ran = lock !== null;
      if (lock) await work();
    });
    return ran;
  };
}

/** A lease that is renewed while `work` runs and lapses 20 s after a killed tab's last renewal. */
export function leaseLock(db: Db, now: () => number = Date.now): Lock {
  const owner = Math.random().toString(36);
  const take = () =>
    db.write(["meta"], async (tx) => {
      const held = await tx.get<{ owner: string; untilMs: number }>("meta", "lease");
      const untilMs = held?.untilMs ?? 0;
      const isFree = held?.owner === owner || untilMs < now() || untilMs > now() + 2 * LEASE_MS;
      if (isFree) await tx.put("meta", { owner, untilMs: now() + LEASE_MS }, "lease");
      return isFree;
    });
  return async (work) => {
    if (!(await take())) return false;
    const renewal = setInterval(() => void take(), LEASE_MS / 4);
    try {
      await work();
    } finally {
      clearInterval(renewal);
      await db.write(["meta"], async (tx) => {
        const held = await tx.get<{ owner: string }>("meta", "lease");
        if (held?.owner === owner) await tx.remove("meta", "lease");
      });
    }
    return true;
  };
}
