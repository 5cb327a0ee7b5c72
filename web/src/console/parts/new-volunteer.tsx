import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Checks } from "../../ui/choices";
import { Field } from "../../ui/field";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { words } from "../words";
import { ProblemBanner } from "./problem";

/** Add a volunteer to one or more districts. */
export function NewVolunteer(props: {
  districts: { id: string; name: string }[];
  onDone: () => Promise<void>;
  onCancel: () => void;
}) {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [name, setName] = useState("");
  const [name_kana, setKana] = useState("");
  const [body, setBody] = useState("");
  const [phone, setPhone] = useState("");
  const [districts, setDistricts] = useState<string[]>([]);
  const act = useAct();

  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(() =>
      api.POST("/volunteers", { body: { id, name, name_kana, body, phone, districts } }),
    );
    if (!told?.ok) return;
    announce(w.text("volunteers.added", { name }));
    await props.onDone();
  }

  const shown = ["/name", "/name_kana", "/body", "/phone", "/districts"];
  return (
    <form class="card form" onSubmit={submit}>
      <h2>{w.text("volunteers.add")}</h2>
      <ProblemBanner problem={act.problem} shown={shown} />
      <Field
        label={w.text("volunteer.name")}
        error={fieldError(act.problem, "/name")}
        value={name}
        onValue={setName}
        maxLength={100}
        required
      />
      <Field
        label={w.text("volunteer.kana")}
        error={fieldError(act.problem, "/name_kana")}
        value={name_kana}
        onValue={setKana}
        maxLength={100}
      />
      <Field
        label={w.text("volunteer.body")}
        hint={w.text("volunteer.body.hint")}
        error={fieldError(act.problem, "/body")}
        value={body}
        onValue={setBody}
        maxLength={60}
        required
      />
      <Field
        label={w.text("volunteer.phone")}
        error={fieldError(act.problem, "/phone")}
        value={phone}
        onValue={setPhone}
        type="tel"
        maxLength={40}
      />
      <Checks
        label={w.text("district")}
        error={fieldError(act.problem, "/districts")}
        values={districts}
        onValues={setDistricts}
        options={props.districts.map((d) => ({ value: d.id, label: d.name }))}
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
