import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Check, Radios, Select } from "../../ui/choices";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { words } from "../words";
import { ProblemBanner } from "./problem";

type Status = components["schemas"]["OpeningStatus"];
type Crowding = components["schemas"]["Crowding"];

const STATUSES: Status[] = ["requested", "preparing", "open", "closed"];
const CROWDINGS: Crowding[] = ["available", "somewhat_crowded", "crowded", "full"];

/** Say how far a place is. People inside are no reason against closing it; they stay counted, and the form says so. */
export function OpeningDialog(props: {
  eventId: string;
  shelter: components["schemas"]["Shelter"];
  onClose: () => void;
  onDone: (told: string) => Promise<void>;
}) {
  const { shelter } = props;
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [status, setStatus] = useState<Status | null>(shelter.status ?? null);
  const [isSelf, setSelf] = useState(shelter.is_self_opened);
  const [crowding, setCrowding] = useState<Crowding | "census">(
    (shelter.crowding_is_said && shelter.crowding) || "census",
  );
  const [reason, setReason] = useState("");
  const [isMissing, setMissing] = useState(false);
  const act = useAct();
  const isOpen = status === "open";

  async function submit(event: Event) {
    event.preventDefault();
    setMissing(!status);
    if (!status) return;
    const body = {
      id,
      status,
      is_self_opened: isOpen && isSelf,
      crowding: isOpen && crowding !== "census" ? crowding : null,
      reason,
    };
    const told = await act.run(() =>
      api.POST("/events/{id}/sites/{site_id}/openings", {
        params: { path: { id: props.eventId, site_id: shelter.id } },
        body,
      }),
    );
    if (told?.ok) {
      const said = w.text(`shelter.status.${status}`);
      await props.onDone(w.text("shelter.said", { name: shelter.name, status: said }));
    }
  }

  return (
    <Dialog title={w.text("shelter.act.open", { name: shelter.name })} onClose={props.onClose}>
      <form onSubmit={submit}>
        <ProblemBanner problem={act.problem} shown={["/reason"]} />
        <Radios<Status>
          label={w.text("shelter.change.status")}
          error={isMissing ? w.text("shelter.change.missing") : undefined}
          value={status}
          onValue={setStatus}
          options={STATUSES.map((value) => ({
            value,
            label: w.text(`shelter.status.${value}`),
          }))}
        />
        {isOpen && (
          <>
            <Check checked={isSelf} onChecked={setSelf}>
              {w.text("shelter.change.self")}
            </Check>
            <Select<Crowding | "census">
              label={w.text("shelter.change.crowding")}
              value={crowding}
              onValue={setCrowding}
              options={[
                { value: "census", label: w.text("shelter.change.crowding.census") },
                ...CROWDINGS.map((value) => ({
                  value,
                  label: w.text(`shelter.crowding.${value}`),
                })),
              ]}
            />
          </>
        )}
        {status === "closed" && shelter.present > 0 && (
          <Banner tone="warn" title={w.text("shelter.status.closed")}>
            <p>{w.text("shelter.change.inside", { n: shelter.present })}</p>
          </Banner>
        )}
        <Field
          label={w.text("shelter.change.reason")}
          hint={w.text("shelter.change.reason.hint")}
          error={fieldError(act.problem, "/reason")}
          value={reason}
          onValue={setReason}
          maxLength={200}
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
