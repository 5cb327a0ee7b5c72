import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Checks, Select, TextArea } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import type { CityEvent } from "../running";
import { words } from "../words";
import { Waiting } from "./page";
import { ProblemBanner } from "./problem";

/** Open an emergency disclosure for districts of a running disaster, with the reason that stays on the record. */
export function OpenActivation(props: {
  disasters: CityEvent[];
  onDone: () => Promise<void>;
  onCancel: () => void;
}) {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [eventId, setEventId] = useState(props.disasters[0]?.id ?? "");
  const [districts, setDistricts] = useState<string[]>([]);
  const [reason, setReason] = useState("");
  const [hours, setHours] = useState("24");
  const [duty, setDuty] = useState("");
  const act = useAct();
  const asked = useAsk("districts", () => api.GET("/districts"));
  if (!asked.data) return <Waiting problem={asked.problem} again={asked.again} />;

  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(() =>
      api.POST("/activations", {
        body: {
          id,
          event_id: eventId,
          districts,
          reason,
          hours: Number(hours),
          duty_code: duty.trim() || null,
        },
      }),
    );
    if (told?.ok) await props.onDone();
  }

  return (
    <form class="card form" onSubmit={submit}>
      <h2>{w.text("disclosure.open")}</h2>
      <ProblemBanner
        problem={act.problem}
        shown={["/districts", "/reason", "/hours", "/duty_code"]}
      />
      <Select
        label={w.text("activation.event")}
        value={eventId}
        onValue={setEventId}
        options={props.disasters.map((e) => ({ value: e.id, label: e.name }))}
      />
      <Checks
        label={w.text("activation.districts")}
        hint={w.text("activation.districts.hint")}
        error={fieldError(act.problem, "/districts")}
        values={districts}
        onValues={setDistricts}
        options={asked.data.items.map((d) => ({ value: d.id, label: d.name }))}
      />
      <TextArea
        label={w.text("activation.reason")}
        hint={w.text("activation.reason.hint")}
        error={fieldError(act.problem, "/reason")}
        value={reason}
        onValue={setReason}
        maxLength={1000}
        required
      />
      <Select
        label={w.text("activation.hours")}
        error={fieldError(act.problem, "/hours")}
        value={hours}
        onValue={setHours}
        options={["6", "12", "24", "48", "72"].map((value) => ({
          value,
          label: w.text("hours", { n: value }),
        }))}
      />
      <details class="more">
        <summary>{w.text("activation.alone")}</summary>
        <p>{w.text("activation.alone.words")}</p>
        <Field
          label={w.text("activation.duty_code")}
          error={fieldError(act.problem, "/duty_code")}
          value={duty}
          onValue={setDuty}
          autocomplete="off"
          spellcheck={false}
          maxLength={40}
        />
      </details>
      <div class="actions">
        <Button look="danger" type="submit" aria-busy={act.busy}>
          {w.text(duty.trim() ? "disclosure.submit.alone" : "disclosure.submit")}
        </Button>
        <Button onClick={props.onCancel}>{w.text("cancel")}</Button>
      </div>
    </form>
  );
}
