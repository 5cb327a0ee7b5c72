import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { fromLocalInput, toLocalInput } from "../format";
import { words } from "../words";
import { ProblemBanner } from "./problem";

const PARTS = ["households", "elderly", "infants", "unwell"] as const;
type Part = (typeof PARTS)[number];

/** A number as typed, in any width; null when the field is empty or holds no number. */
function figure(text: string): number | null {
  const plain = text.normalize("NFKC").trim();
  return /^\d{1,7}$/.test(plain) ? Number(plain) : null;
}

/** Report how many are at a place, as of when. What is left empty is unknown, never zero. */
export function HeadCountDialog(props: {
  eventId: string;
  shelter: components["schemas"]["Shelter"];
  onClose: () => void;
  onDone: (told: string) => Promise<void>;
}) {
  const { shelter } = props;
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [asOf, setAsOf] = useState(() => toLocalInput(new Date().toISOString()));
  const [people, setPeople] = useState("");
  const [parts, setParts] = useState<Record<Part, string>>({
    households: "",
    elderly: "",
    infants: "",
    unwell: "",
  });
  const [by, setBy] = useState("");
  const [note, setNote] = useState("");
  const [isMissing, setMissing] = useState(false);
  const act = useAct();

  async function submit(event: Event) {
    event.preventDefault();
    const counted = figure(people);
    setMissing(counted === null);
    if (counted === null) return;
    const body = {
      id,
      as_of: fromLocalInput(asOf) ?? new Date().toISOString(),
      people: counted,
      households: figure(parts.households),
      elderly: figure(parts.elderly),
      infants: figure(parts.infants),
      unwell: figure(parts.unwell),
      reported_by: by,
      note,
    };
    const told = await act.run(() =>
      api.POST("/events/{id}/sites/{site_id}/head-counts", {
        params: { path: { id: props.eventId, site_id: shelter.id } },
        body,
      }),
    );
    if (told?.ok) await props.onDone(w.text("shelter.counted", { name: shelter.name }));
  }

  return (
    <Dialog title={w.text("shelter.act.count", { name: shelter.name })} onClose={props.onClose}>
      <form onSubmit={submit}>
        <ProblemBanner problem={act.problem} shown={["/as_of", "/reported_by", "/note"]} />
        <Field
          label={w.text("shelter.count.as_of")}
          type="datetime-local"
          error={fieldError(act.problem, "/as_of")}
          value={asOf}
          onValue={setAsOf}
          required
        />
        <Field
          label={w.text("shelter.count.people")}
          inputMode="numeric"
          error={isMissing ? w.text("shelter.count.people.missing") : undefined}
          value={people}
          onValue={setPeople}
          maxLength={7}
        />
        <p class="field-hint">{w.text("shelter.count.hint")}</p>
        {PARTS.map((part) => (
          <Field
            key={part}
            label={w.text(`shelter.count.${part}`)}
            inputMode="numeric"
            value={parts[part]}
            onValue={(value) => setParts({ ...parts, [part]: value })}
            maxLength={7}
          />
        ))}
        <Field
          label={w.text("shelter.count.by")}
          error={fieldError(act.problem, "/reported_by")}
          value={by}
          onValue={setBy}
          maxLength={100}
        />
        <Field
          label={w.text("shelter.count.note")}
          error={fieldError(act.problem, "/note")}
          value={note}
          onValue={setNote}
          maxLength={1000}
        />
        <div class="actions">
          <Button look="primary" type="submit" aria-busy={act.busy}>
            {w.text("save")}
          </Button>
          <Button onClick={props.onClose}>{w.text("cancel")}</Button>
        </div>
      </form>
    </Dialog>
  );
}
