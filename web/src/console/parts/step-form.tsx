import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { TextArea } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { fromLocalInput } from "../format";
import type { StepKind } from "../labels";
import { words } from "../words";
import { ProblemBanner } from "./problem";

/** Say what is done about a rescue: to whom it was given, their number, when they will be there. */
export function StepForm(props: {
  memberId: string;
  kind: StepKind;
  /** The slip that was read out. */
  slipId?: string;
  onDone: () => Promise<void>;
  onCancel: () => void;
}) {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [given_to, setGivenTo] = useState("");
  const [reference, setReference] = useState("");
  const [promised, setPromised] = useState("");
  const [said_by, setSaidBy] = useState("");
  const [note, setNote] = useState("");
  const act = useAct();
  const isGiven = props.kind === "assigned" || props.kind === "handed_over";

  async function submit(event: Event) {
    event.preventDefault();
    const promised_at = fromLocalInput(promised);
    const slip_id = props.slipId ?? null;
    const body = { id, kind: props.kind, given_to, reference, said_by, note, promised_at, slip_id };
    const told = await act.run(() =>
      api.POST("/rescues/{member_id}/steps", {
        params: { path: { member_id: props.memberId } },
        body,
      }),
    );
    if (told?.ok) await props.onDone();
  }

  return (
    <form class="inner-form" onSubmit={submit}>
      <h4>{w.text(`step.${props.kind}`)}</h4>
      <ProblemBanner
        problem={act.problem}
        shown={["/given_to", "/reference", "/said_by", "/note"]}
      />
      {isGiven && (
        <>
          <Field
            label={w.text("step.given_to")}
            hint={w.text(`step.given_to.${props.kind === "assigned" ? "assigned" : "handed_over"}`)}
            error={fieldError(act.problem, "/given_to")}
            value={given_to}
            onValue={setGivenTo}
            maxLength={200}
            required
          />
          <Field
            label={w.text("step.reference")}
            hint={w.text("step.reference.hint")}
            error={fieldError(act.problem, "/reference")}
            value={reference}
            onValue={setReference}
            maxLength={100}
          />
          <Field
            label={w.text("step.promised")}
            type="datetime-local"
            value={promised}
            onValue={setPromised}
          />
          <Field
            label={w.text("step.said_by")}
            hint={w.text("step.said_by.hint")}
            error={fieldError(act.problem, "/said_by")}
            value={said_by}
            onValue={setSaidBy}
            maxLength={100}
          />
        </>
      )}
      <TextArea
        label={w.text(isGiven ? "step.note" : "step.why")}
        error={fieldError(act.problem, "/note")}
        value={note}
        onValue={setNote}
        maxLength={1000}
        rows={2}
      />
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {w.text("save")}
        </Button>
        <Button onClick={props.onCancel}>{w.text("cancel")}</Button>
      </div>
    </form>
  );
}
