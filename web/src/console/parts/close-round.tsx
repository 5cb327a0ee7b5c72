import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import { words } from "../words";
import { ProblemBanner } from "./problem";

/** Close a round by typing its name. */
export function CloseRound(props: { id: string; name: string; onClosed: () => void }) {
  const w = useWords(words);
  const [isAsking, setAsking] = useState(false);
  const [typed, setTyped] = useState("");
  const [isOther, setOther] = useState(false);
  const act = useAct();

  async function submit(event: Event) {
    event.preventDefault();
    const same = typed.trim().normalize("NFKC") === props.name.trim().normalize("NFKC");
    setOther(!same);
    if (!same) return;
    const told = await act.run(() =>
      api.POST("/rounds/{id}/close", { params: { path: { id: props.id } } }),
    );
    if (!told?.ok) return;
    setAsking(false);
    announce(w.text("board.closed"));
    props.onClosed();
  }

  return (
    <>
      <p class="actions">
        <Button look="plain" onClick={() => setAsking(true)}>
          {w.text("close.open")}
        </Button>
      </p>
      {isAsking && (
        <Dialog title={w.text("close.title")} onClose={() => setAsking(false)}>
          <ul>
            <li>{w.text("close.assignments")}</li>
            <li>{w.text("close.late")}</li>
            <li>{w.text("close.rescues")}</li>
          </ul>
          <ProblemBanner problem={act.problem} />
          <form onSubmit={submit}>
            <Field
              label={w.text("close.type", { name: props.name })}
              error={isOther ? w.text("close.other") : undefined}
              value={typed}
              onValue={setTyped}
              autocomplete="off"
              required
            />
            <div class="actions">
              <Button look="danger" type="submit" aria-busy={act.busy}>
                {w.text("close.submit")}
              </Button>
              <Button onClick={() => setAsking(false)}>{w.text("cancel")}</Button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}
