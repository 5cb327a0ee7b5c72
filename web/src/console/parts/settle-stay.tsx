import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Radios } from "../../ui/choices";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { words } from "../words";
import { ProblemBanner } from "./problem";

type Evacuee = components["schemas"]["Evacuee"];
type Where = "here" | "there" | "nowhere";

/** Say where somebody counted at two places really is. Both entries stay as they were said. */
export function SettleDialog(props: {
  evacuee: Evacuee;
  onClose: () => void;
  onDone: () => Promise<void>;
}) {
  const { evacuee } = props;
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [where, setWhere] = useState<Where | null>(null);
  const [reason, setReason] = useState("");
  const [isMissing, setMissing] = useState(false);
  const act = useAct();
  const called = (place: Evacuee["place"]) =>
    place?.name ?? (place ? w.text(`stay.${place.stay_type}`) : "");

  async function submit(event: Event) {
    event.preventDefault();
    setMissing(!where);
    if (!where) return;
    const place =
      where === "here" ? evacuee.place : where === "there" ? evacuee.also_at : undefined;
    const body = {
      id,
      site_id: place?.site_id ?? null,
      stay_type: place?.stay_type ?? null,
      reason,
    };
    const told = await act.run(() =>
      api.POST("/evacuees/{id}/settle", { params: { path: { id: evacuee.id } }, body }),
    );
    if (told?.ok) await props.onDone();
  }

  return (
    <Dialog
      title={w.text("door.settle.of", { name: evacuee.name || evacuee.name_kana })}
      onClose={props.onClose}
    >
      <form onSubmit={submit}>
        <p>{w.text("door.settle.words")}</p>
        <ProblemBanner problem={act.problem} shown={["/reason"]} />
        <Radios<Where>
          label={w.text("door.settle.where")}
          error={isMissing ? w.text("door.settle.missing") : undefined}
          value={where}
          onValue={setWhere}
          options={[
            { value: "here", label: called(evacuee.place) },
            { value: "there", label: called(evacuee.also_at) },
            { value: "nowhere", label: w.text("door.nowhere") },
          ]}
        />
        <Field
          label={w.text("door.settle.reason")}
          hint={w.text("door.settle.reason.hint")}
          error={fieldError(act.problem, "/reason")}
          value={reason}
          onValue={setReason}
          maxLength={500}
          required
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
