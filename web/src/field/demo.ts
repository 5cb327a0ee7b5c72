import type { Db } from "../offline/db";

/** Learns whether the service runs on invented people, from what the phone was told last and from the service when it answers. */
export async function learnDemo(db: Db, tell: (isDemo: boolean) => void): Promise<void> {
  tell((await db.read(["meta"], (tx) => tx.get<boolean>("meta", "is_demo"))) === true);
  try {
    const response = await fetch("/api/v1/instance");
    const { is_demo } = await response.json();
    if (!response.ok || typeof is_demo !== "boolean") return;
    tell(is_demo);
    await db.write(["meta"], (tx) => tx.put("meta", is_demo, "is_demo"));
  } catch {
    // No network, or a hotspot's page: what is known stays.
  }
}
