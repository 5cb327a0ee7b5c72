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
import { parseCount } from "../sheet-keys";
import { words } from "../words";
import { ProblemBanner } from "./problem";

export type FacilityNow = components["schemas"]["FacilityNow"];
export type Report = components["schemas"]["FacilityReport"];

export const FIGURES = ["residents", "safe", "injured", "needs_rescue", "unknown"] as const;
type Figure = (typeof FIGURES)[number];

/** What a facility says of its people in one call. What is left empty is unknown, never zero. */
export function FacilityCountDialog(props: {
  roundId: string;
  facility: FacilityNow;
  corrects: Report | null;
  onClose: () => void;
  onDone: (told: string) => Promise<void>;
}) {
  const { facility, corrects } = props;
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const told = (figure: Figure) => corrects?.[figure]?.toString() ?? "";
  const [figures, setFigures] = useState<Record<Figure, string>>({
    residents: told("residents"),
    safe: told("safe"),
    injured: told("injured"),
    needs_rescue: told("needs_rescue"),
    unknown: told("unknown"),
  });
  const [asOf, setAsOf] = useState(toLocalInput(corrects?.as_of ?? new Date().toISOString()));
  const [toldBy, setToldBy] = useState(corrects?.told_by ?? "");
  const [toldPhone, setToldPhone] = useState(corrects?.told_phone ?? facility.phone);
  const [note, setNote] = useState(corrects?.note ?? "");
  const act = useAct();

  async function submit(event: Event) {
    event.preventDefault();
    const counts = Object.fromEntries(
      FIGURES.map((figure) => [figure, parseCount(figures[figure])]),
    ) as Record<Figure, number | null>;
    const done = await act.run(() =>
      api.POST("/rounds/{id}/facilities/{member_id}/counts", {
        params: { path: { id: props.roundId, member_id: facility.member_id } },
        body: {
          id,
          ...counts,
          as_of: fromLocalInput(asOf),
          told_by: toldBy,
          told_phone: toldPhone,
          note,
          corrects: corrects?.id ?? null,
        },
      }),
    );
    if (done?.ok) await props.onDone(w.text("count.saved", { name: facility.name }));
  }

  return (
    <Dialog
      title={w.text(corrects ? "count.correct" : "count.record", { name: facility.name })}
      onClose={props.onClose}
    >
      <form onSubmit={submit}>
        <ProblemBanner
          problem={act.problem}
          shown={["/residents", "/as_of", "/told_by", "/note"]}
        />
        <p class="field-hint">{w.text("count.hint")}</p>
        {FIGURES.map((figure) => (
          <Field
            key={figure}
            label={w.text(`count.${figure}`)}
            hint={figure === "needs_rescue" ? w.text("count.rescue") : undefined}
            error={figure === "residents" ? fieldError(act.problem, "/residents") : undefined}
            inputMode="numeric"
            value={figures[figure]}
            onValue={(value) => setFigures({ ...figures, [figure]: value })}
            maxLength={6}
          />
        ))}
        <Field
          label={w.text("count.as_of")}
          error={fieldError(act.problem, "/as_of")}
          type="datetime-local"
          value={asOf}
          onValue={setAsOf}
          required
        />
        <Field
          label={w.text("count.told_by")}
          hint={w.text("count.told_by.hint")}
          error={fieldError(act.problem, "/told_by")}
          value={toldBy}
          onValue={setToldBy}
          maxLength={100}
          required
        />
        <Field
          label={w.text("count.told_phone")}
          type="tel"
          value={toldPhone}
          onValue={setToldPhone}
          maxLength={40}
        />
        <Field
          label={w.text("count.note")}
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
