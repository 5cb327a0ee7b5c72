import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Checks } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { type Answer, fieldError, useAct } from "../ask";
import { toLocalInput } from "../format";
import { type Key, words } from "../words";
import type { Plan } from "./plans";
import { ProblemBanner } from "./problem";

type Recipient = components["schemas"]["RecipientClass"];

interface Common {
  personId: string;
  plan: Plan;
  onCancel: () => void;
  onDone: (said: Key) => Promise<void>;
}

const RECIPIENTS: Recipient[] = ["support_organisation", "supporter", "fire_service", "police"];
const today = () => toLocalInput(new Date().toISOString()).slice(0, 10);

/** The explanation and the resident's consent, by which a draft comes into force. */
export function IntoForce(props: Common) {
  const w = useWords(words);
  const [explained, setExplained] = useState(today);
  const [consented, setConsented] = useState(today);
  const [means, setMeans] = useState("");
  const [to, setTo] = useState<Recipient[]>(["support_organisation", "supporter"]);
  const [ids] = useState(
    () => Object.fromEntries(RECIPIENTS.map((r) => [r, uuidv7()])) as Record<Recipient, string>,
  );
  const act = useAct();

  const send = () =>
    api.POST("/people/{id}/plans/{plan_id}/in-force", {
      params: { path: { id: props.personId, plan_id: props.plan.id } },
      body: {
        explained_on: explained,
        consented_on: consented,
        means: means.trim(),
        consents: to.map((recipient_class) => ({ id: ids[recipient_class], recipient_class })),
      },
    });

  return (
    <ActForm
      of={props}
      act={act}
      shown={["/explained_on", "/consented_on", "/consents"]}
      send={send}
      label={w.text("plan.into_force")}
      done="plan.in_force.done"
    >
      <p>{w.text("plan.into_force.words")}</p>
      <Field
        label={w.text("plan.explained_on")}
        type="date"
        value={explained}
        onValue={setExplained}
        error={fieldError(act.problem, "/explained_on")}
        required
      />
      <Field
        label={w.text("plan.consented_on")}
        type="date"
        value={consented}
        onValue={setConsented}
        error={fieldError(act.problem, "/consented_on")}
        required
      />
      <Field
        label={w.text("plan.consent.means")}
        hint={w.text("consent.means.hint")}
        value={means}
        onValue={setMeans}
        maxLength={200}
      />
      <Checks<Recipient>
        label={w.text("plan.consent.to")}
        error={fieldError(act.problem, "/consents")}
        values={to}
        onValues={setTo}
        options={RECIPIENTS.map((value) => ({
          value,
          label: w.text(`consent.recipient.${value}`),
        }))}
      />
    </ActForm>
  );
}

/** The plan was looked over and stands until the next day of review. */
export function LookedOver(props: Common) {
  const w = useWords(words);
  const [due, setDue] = useState("");
  const [drilled, setDrilled] = useState("");
  const act = useAct();

  const send = () =>
    api.POST("/people/{id}/plans/{plan_id}/review", {
      params: { path: { id: props.personId, plan_id: props.plan.id } },
      body: { review_due_on: due, drilled_on: drilled || null },
    });

  return (
    <ActForm
      of={props}
      act={act}
      shown={["/review_due_on", "/drilled_on"]}
      send={send}
      label={w.text("save")}
      done="plan.saved"
    >
      <p>{w.text("plan.looked.words")}</p>
      <Field
        label={w.text("plan.looked.next")}
        type="date"
        value={due}
        onValue={setDue}
        error={fieldError(act.problem, "/review_due_on")}
        required
      />
      <Field
        label={w.text("plan.drilled")}
        type="date"
        value={drilled}
        onValue={setDrilled}
        error={fieldError(act.problem, "/drilled_on")}
      />
    </ActForm>
  );
}

/** A plan ends, or a draft comes to nothing; it stays in the history. */
export function EndPlan(props: Common) {
  const w = useWords(words);
  const [why, setWhy] = useState("");
  const act = useAct();

  const send = () =>
    api.POST("/people/{id}/plans/{plan_id}/end", {
      params: { path: { id: props.personId, plan_id: props.plan.id } },
      body: { why: why.trim() },
    });

  return (
    <ActForm
      of={props}
      act={act}
      shown={["/why"]}
      send={send}
      label={w.text(props.plan.status === "draft" ? "plan.end.draft" : "plan.end")}
      done="plan.saved"
    >
      <Field
        label={w.text("plan.end.why")}
        value={why}
        onValue={setWhy}
        error={fieldError(act.problem, "/why")}
        maxLength={300}
        required
      />
    </ActForm>
  );
}

/** An act on the plan: its fields, what went wrong, its buttons. */
function ActForm(props: {
  of: Common;
  act: ReturnType<typeof useAct>;
  /** The pointers of the fields that say their own error. */
  shown: string[];
  send: () => Promise<Answer<unknown>>;
  label: string;
  /** What is said when it is done. */
  done: Key;
  children: ComponentChildren;
}) {
  const { of, act } = props;
  const w = useWords(words);
  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(props.send);
    if (told?.ok) await of.onDone(props.done);
  }
  return (
    <form class="inner-form" onSubmit={submit}>
      <ProblemBanner problem={act.problem} shown={props.shown} />
      {props.children}
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {props.label}
        </Button>
        <Button onClick={of.onCancel}>{w.text("cancel")}</Button>
      </div>
    </form>
  );
}
