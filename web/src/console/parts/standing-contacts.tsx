import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Button } from "../../ui/button";
import { Select } from "../../ui/choices";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import type { Person } from "../pages/person";
import { words } from "../words";
import { Waiting } from "./page";
import { ProblemBanner } from "./problem";

/** Who looks in on a person in ordinary times, first and second. */
export function StandingContacts({
  person,
  onDone,
}: {
  person: Person;
  onDone: () => Promise<void>;
}) {
  const w = useWords(words);
  const [isChanging, setChanging] = useState(false);
  return (
    <>
      <p class="small">{w.text("person.contacts.words")}</p>
      {person.standing_contacts.length === 0 && <p>{w.text("person.contacts.none")}</p>}
      <ol class="plain">
        {person.standing_contacts.map((contact) => (
          <li key={contact.volunteer_id}>
            <strong>
              {w.text(contact.rank === 1 ? "person.contacts.first" : "person.contacts.second")}
            </strong>{" "}
            {contact.name}
          </li>
        ))}
      </ol>
      {!isChanging && (
        <Button onClick={() => setChanging(true)}>{w.text("person.contacts.change")}</Button>
      )}
      {isChanging && (
        <Change
          person={person}
          onCancel={() => setChanging(false)}
          onDone={async () => {
            setChanging(false);
            await onDone();
          }}
        />
      )}
    </>
  );
}

function Change(props: { person: Person; onDone: () => Promise<void>; onCancel: () => void }) {
  const { person } = props;
  const w = useWords(words);
  const at = (rank: number) =>
    person.standing_contacts.find((c) => c.rank === rank)?.volunteer_id ?? "";
  const [first, setFirst] = useState(at(1));
  const [second, setSecond] = useState(at(2));
  const act = useAct();
  const volunteers = useAsk(`volunteers/${person.district.id}`, () =>
    api.GET("/volunteers", { params: { query: { district: person.district.id } } }),
  );
  if (!volunteers.data) return <Waiting problem={volunteers.problem} again={volunteers.again} />;
  const here = volunteers.data.items;
  const elsewhere = person.standing_contacts.filter(
    (c) => !here.some((v) => v.id === c.volunteer_id),
  );
  const options = [
    { value: "", label: w.text("person.contacts.none") },
    ...here.map((v) => ({ value: v.id, label: [v.name, v.body].filter(Boolean).join("　") })),
    ...elsewhere.map((c) => ({ value: c.volunteer_id, label: c.name })),
  ];

  async function submit(event: Event) {
    event.preventDefault();
    const contacts = [
      ...(first ? [{ volunteer_id: first, rank: 1 }] : []),
      ...(second ? [{ volunteer_id: second, rank: 2 }] : []),
    ];
    const told = await act.run(() =>
      api.PUT("/people/{id}/standing-contacts", {
        params: { path: { id: person.id } },
        body: { contacts },
      }),
    );
    if (told?.ok) await props.onDone();
  }

  return (
    <form class="inner-form" onSubmit={submit}>
      <ProblemBanner problem={act.problem} shown={["/contacts"]} />
      <Select
        label={w.text("person.contacts.first")}
        error={fieldError(act.problem, "/contacts")}
        value={first}
        onValue={setFirst}
        options={options}
      />
      <Select
        label={w.text("person.contacts.second")}
        value={second}
        onValue={setSecond}
        options={options}
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
