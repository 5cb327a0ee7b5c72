import type { components } from "../../api/schema";
import { useWords } from "../../ui/words";
import { words } from "../words";

export type ChangeClass = components["schemas"]["ChangeClass"];
type Classes = components["schemas"]["ImportClasses"];

const CLASSES: ChangeClass[] = ["new", "changed", "moved", "died", "returned", "left"];

/** How many people a list makes new, changed, moved …; pressing one shows them, pressing it again shows all. */
export function ClassCounts(props: {
  classes: Classes | undefined;
  chosen: ChangeClass | null;
  onChosen: (chosen: ChangeClass | null) => void;
}) {
  const w = useWords(words);
  return (
    <fieldset class="counts">
      <legend>{w.text("class.choose")}</legend>
      {CLASSES.map((each) => (
        <button
          key={each}
          type="button"
          class="count"
          aria-pressed={props.chosen === each}
          onClick={() => props.onChosen(props.chosen === each ? null : each)}
        >
          <strong>{(props.classes?.[each] ?? 0).toLocaleString()}</strong>
          <span>{w.text(`class.${each}`)}</span>
        </button>
      ))}
    </fieldset>
  );
}

/** Whether a list is one of people whose lot is told. */
export function hasClasses(classes: Classes | undefined): boolean {
  return CLASSES.some((each) => (classes?.[each] ?? 0) > 0);
}
