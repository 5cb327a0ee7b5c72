import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import { go, href } from "../router";
import { words } from "../words";
import { ProblemBanner } from "./problem";

/** Make an entry of the victim registry out of what is known already, and show it. Nobody types anything again. */
export function ToRegistry(props: {
  eventId: string;
  from: Omit<components["schemas"]["AddVictim"], "id">;
  name: string;
}) {
  const w = useWords(words);
  const act = useAct();
  async function add() {
    const told = await act.run(() =>
      api.POST("/events/{id}/victims", {
        params: { path: { id: props.eventId } },
        body: { id: uuidv7(), ...props.from },
      }),
    );
    if (told?.ok) go(href("victims", told.data.id));
  }
  return (
    <>
      <Button
        onClick={() => void add()}
        aria-busy={act.busy}
        aria-label={w.text("victim.add.of", { name: props.name })}
      >
        {w.text("victim.add")}
      </Button>
      <ProblemBanner problem={act.problem} />
    </>
  );
}
