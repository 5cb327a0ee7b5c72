import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import type { Sorts } from "../pages/waiting-rows";
import { words } from "../words";
import { ProblemBanner } from "./problem";

type Together = components["schemas"]["Together"];

/** One word for all rows of a sort; asked once more before it is said. */
export function DecideTogether(props: {
  id: string;
  sorts: Sorts;
  onDecided: () => Promise<void>;
}) {
  const w = useWords(words);
  const { sorts } = props;
  const [asking, setAsking] = useState<Together | null>(null);
  const [done, setDone] = useState("");
  const act = useAct();
  const ways = [
    { what: "new_without_candidate", key: "waiting.new", n: sorts.without_candidate },
    { what: "person_with_one_candidate", key: "waiting.same", n: sorts.one_candidate },
    { what: "take_back", key: "waiting.take_back", n: sorts.decided },
  ] as const;
  const open = ways.filter((way) => way.n > 0);
  const asked = ways.find((way) => way.what === asking);

  async function decide() {
    if (!asked) return;
    const told = await act.run(() =>
      api.POST("/imports/{id}/waiting/decide", {
        params: { path: { id: props.id } },
        body: { what: asked.what },
      }),
    );
    if (!told?.ok) return;
    setAsking(null);
    const said = asked.what === "take_back" ? "waiting.taken_back" : "waiting.decided";
    setDone(w.text(said, { n: told.data.decided }));
    await props.onDecided();
  }

  return (
    <section class="card" aria-labelledby="together-title">
      <h2 id="together-title">{w.text("waiting.together")}</h2>
      <div role="status">{done && <Banner tone="ok" title={done} />}</div>
      <div class="actions">
        {open.map((way) => (
          <Button
            key={way.what}
            icon={way.what === "take_back" ? "undo" : undefined}
            look={way.what === "take_back" ? "quiet" : "plain"}
            onClick={() => setAsking(way.what)}
          >
            {w.text(way.key, { n: way.n })}
          </Button>
        ))}
      </div>
      {asked && (
        <Dialog title={w.text(asked.key, { n: asked.n })} onClose={() => setAsking(null)}>
          <p>{w.text(`${asked.key}.sure`, { n: asked.n })}</p>
          <ProblemBanner problem={act.problem} />
          <div class="actions">
            <Button look="primary" onClick={() => void decide()} aria-busy={act.busy}>
              {w.text(asked.key, { n: asked.n })}
            </Button>
            <Button onClick={() => setAsking(null)}>{w.text("cancel")}</Button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
