import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A screen that few need, fetched when it is opened; the worker has it, so that it opens without network as well. */
export function Later({ load }: { load: () => Promise<{ default: ComponentType }> }) {
  const [screen, setScreen] = useState<{ Of: ComponentType } | null>(null);
  useEffect(() => {
    void load().then((module) => setScreen({ Of: module.default }));
  }, []);
  return screen ? <screen.Of /> : null;
}
