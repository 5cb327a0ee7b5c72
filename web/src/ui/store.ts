import { useEffect, useState } from "preact/hooks";

/** A value that can be watched; the only state container of the surfaces. */
export class Store<T> {
  private readonly listeners = new Set<() => void>();

  constructor(private current: T) {}

  get(): T {
    return this.current;
  }

  /** Replaces some members and tells the listeners once. */
  set(change: Partial<T>): void {
    this.current = { ...this.current, ...change };
    for (const listener of this.listeners) listener();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** The store's value, rendering again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, again] = useState(0);
  const shown = store.get();
  useEffect(() => {
    // It may have changed between the rendering and now.
    if (store.get() !== shown) again((n) => n + 1);
    return store.subscribe(() => again((n) => n + 1));
  }, [store]);
  return shown;
}
