import { Store, useStore } from "./store";

const said = new Store({ words: "", turn: 0 });

/** Has a screen reader say `words` without moving the focus; saying the same words twice is heard twice. */
export function announce(words: string): void {
  said.set({ words, turn: said.get().turn + 1 });
}

/** Put once in a surface. Two regions take turns, because a region that does not change is not read. */
export function LiveRegion() {
  const { words, turn } = useStore(said);
  return (
    <div class="visually-hidden">
      <p role="status">{turn % 2 === 0 ? words : ""}</p>
      <p role="status">{turn % 2 === 1 ? words : ""}</p>
    </div>
  );
}
