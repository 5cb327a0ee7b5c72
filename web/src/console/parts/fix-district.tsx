import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Button } from "../../ui/button";
import { Select, TextArea } from "../../ui/choices";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import type { Person } from "../pages/person";
import { words } from "../words";
import { ProblemBanner } from "./problem";

/** Which district a person belongs to and why; deciding it by hand, with the reason. */
export function FixDistrict(props: {
  person: Person;
  mayChange: boolean;
  onDone: () => Promise<void>;
}) {
  const { person } = props;
  const w = useWords(words);
  const [isChanging, setChanging] = useState(false);
  const basis = person.staff_only?.district_basis;
  return (
    <>
      <p>
        {person.district.name}{" "}
        {basis && (
          <small>
            {[
              w.text(`person.district.basis.${basis}` as "person.district.basis.hand"),
              person.staff_only?.district_reason,
            ]
              .filter(Boolean)
              .join("　")}
          </small>
        )}
      </p>
      {props.mayChange && !isChanging && (
        <Button onClick={() => setChanging(true)}>{w.text("person.district.change")}</Button>
      )}
      {isChanging && (
        <Change
          person={person}
          onCancel={() => setChanging(false)}
          onDone={async () => {
            setChanging(false);
            await props.onDone();
          }}
        />
      )}
    </>
  );
}

function Change(props: { person: Person; onDone: () => Promise<void>; onCancel: () => void }) {
  const { person } = props;
  const w = useWords(words);
  const [district_id, setDistrict] = useState(person.district.id);
  const [reason, setReason] = useState("");
  const districts = useAsk("districts", () => api.GET("/districts"));
  const act = useAct();

  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(() =>
      api.PUT("/people/{id}/district", {
        params: { path: { id: person.id } },
        body: { district_id, reason },
      }),
    );
    if (told?.ok) await props.onDone();
  }

  return (
    <form class="inner-form" onSubmit={submit}>
      <ProblemBanner problem={act.problem} shown={["/district_id", "/reason"]} />
      <Select
        label={w.text("district")}
        error={fieldError(act.problem, "/district_id")}
        value={district_id}
        onValue={setDistrict}
        options={(districts.data?.items ?? [person.district]).map((d) => ({
          value: d.id,
          label: d.name,
        }))}
      />
      <TextArea
        label={w.text("person.district.reason")}
        hint={w.text("person.district.reason.hint")}
        error={fieldError(act.problem, "/reason")}
        value={reason}
        onValue={setReason}
        maxLength={500}
        rows={2}
        required
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
