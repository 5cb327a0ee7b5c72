import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Radios, Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { Table } from "../../ui/table";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { toLocalInput } from "../format";
import { words } from "../words";
import { ProblemBanner } from "./problem";
import { When } from "./when";

type Consent = components["schemas"]["ConsentView"];
type Purpose = components["schemas"]["Purpose"];
type Recipient = components["schemas"]["RecipientClass"];
type Status = components["schemas"]["ConsentStatus"];

const RECIPIENTS: Recipient[] = ["support_organisation", "fire_service", "police", "supporter"];
const STATUSES: Status[] = [
  "consented",
  "refused",
  "unanswered",
  "withdrawn",
  "not_required_by_ordinance",
];

/** Every consent on record, and recording what the person says now. */
export function Consents(props: {
  personId: string;
  consents: Consent[];
  onDone: () => Promise<void>;
}) {
  const w = useWords(words);
  const [isAdding, setAdding] = useState(false);
  return (
    <>
      <p class="small">{w.text("consent.words")}</p>
      <Table
        caption={w.text("consent.table", { n: props.consents.length })}
        rows={props.consents}
        rowKey={(c) => c.id}
        empty={w.text("consent.empty")}
        columns={[
          { key: "on", label: w.text("consent.on"), cell: (c) => c.obtained_on },
          {
            key: "status",
            label: w.text("consent.status"),
            cell: (c) => w.text(`consent.status.${c.status}` as "consent.status.none"),
          },
          {
            key: "what",
            label: w.text("consent.purpose"),
            cell: (c) => w.text(`consent.purpose.${c.purpose}` as "consent.purpose.roster"),
          },
          {
            key: "who",
            label: w.text("consent.recipient"),
            cell: (c) =>
              w.text(`consent.recipient.${c.recipient_class}` as "consent.recipient.police"),
          },
          {
            key: "how",
            label: w.text("consent.means"),
            cell: (c) => [c.means, c.obtained_by].filter(Boolean).join("　"),
          },
          {
            key: "recorded",
            label: w.text("history.recorded"),
            cell: (c) => <When at={c.recorded_at} />,
          },
        ]}
      />
      {!isAdding && <Button onClick={() => setAdding(true)}>{w.text("consent.add")}</Button>}
      {isAdding && (
        <Add
          personId={props.personId}
          onCancel={() => setAdding(false)}
          onDone={async () => {
            setAdding(false);
            await props.onDone();
          }}
        />
      )}
    </>
  );
}

function Add(props: { personId: string; onDone: () => Promise<void>; onCancel: () => void }) {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [purpose, setPurpose] = useState<Purpose>("roster");
  const [recipient_class, setRecipient] = useState<Recipient>("support_organisation");
  const [status, setStatus] = useState<Status>("consented");
  const [obtained_on, setOn] = useState(toLocalInput(new Date().toISOString()).slice(0, 10));
  const [means, setMeans] = useState("");
  const [obtained_by, setBy] = useState("");
  const act = useAct();

  async function submit(event: Event) {
    event.preventDefault();
    const body = { id, purpose, recipient_class, status, obtained_on, means, obtained_by };
    const told = await act.run(() =>
      api.POST("/people/{id}/consents", { params: { path: { id: props.personId } }, body }),
    );
    if (told?.ok) await props.onDone();
  }

  return (
    <form class="inner-form" onSubmit={submit}>
      <ProblemBanner problem={act.problem} shown={["/obtained_on", "/means", "/obtained_by"]} />
      <Select
        label={w.text("consent.purpose")}
        value={purpose}
        onValue={setPurpose}
        options={(["roster", "plan"] as const).map((value) => ({
          value,
          label: w.text(`consent.purpose.${value}`),
        }))}
      />
      <Select
        label={w.text("consent.recipient")}
        value={recipient_class}
        onValue={setRecipient}
        options={RECIPIENTS.map((value) => ({
          value,
          label: w.text(`consent.recipient.${value}`),
        }))}
      />
      <Radios
        label={w.text("consent.status")}
        value={status}
        onValue={setStatus}
        options={STATUSES.map((value) => ({ value, label: w.text(`consent.status.${value}`) }))}
      />
      <Field
        label={w.text("consent.on")}
        error={fieldError(act.problem, "/obtained_on")}
        type="date"
        value={obtained_on}
        onValue={setOn}
        required
      />
      <Field
        label={w.text("consent.means")}
        hint={w.text("consent.means.hint")}
        error={fieldError(act.problem, "/means")}
        value={means}
        onValue={setMeans}
        maxLength={200}
      />
      <Field
        label={w.text("consent.by")}
        error={fieldError(act.problem, "/obtained_by")}
        value={obtained_by}
        onValue={setBy}
        maxLength={200}
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
