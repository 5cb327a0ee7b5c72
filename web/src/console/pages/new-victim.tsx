import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { uuidv7 } from "../../offline/bytes";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import { PageTitle } from "../parts/page";
import { VictimForm } from "../parts/victim-form";
import type { Params } from "../places";
import { go, href } from "../router";
import type { VictimItems } from "../victim-words";
import { words } from "../words";

/** An entry typed by hand, for somebody whom neither roster nor door knows. */
export default function NewVictim({ event = "" }: Params) {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const act = useAct();
  async function save(items: VictimItems) {
    const told = await act.run(() =>
      api.POST("/events/{id}/victims", {
        params: { path: { id: event } },
        body: { id, by_hand: items },
      }),
    );
    if (told?.ok) go(href("victims", told.data.id));
  }
  return (
    <>
      <p>
        <a href={href("events", event, "victims")}>{w.text("victims.title")}</a>
      </p>
      <PageTitle title={w.text("vnew.title")} />
      <p>{w.text("vnew.words")}</p>
      <section class="card narrow">
        <VictimForm
          at="/by_hand"
          problem={act.problem}
          busy={act.busy}
          onSave={(items) => void save(items)}
          onCancel={() => go(href("events", event, "victims"))}
        />
      </section>
    </>
  );
}
