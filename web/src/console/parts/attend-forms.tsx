import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import { words } from "../words";
import type { Drill } from "./drill-plan";
import { ProblemBanner } from "./problem";

type Attend = components["schemas"]["Attend"];

interface Props {
  drill: Drill;
  venue: string;
  onDone: () => void;
}

function useAttend({ drill, onDone }: Props) {
  const [id, setId] = useState(uuidv7);
  const act = useAct();
  async function attend(body: Omit<Attend, "id">, words: string): Promise<boolean> {
    const told = await act.run(() =>
      api.POST("/drills/{event}/attendance", {
        params: { path: { event: drill.event.id } },
        body: { id, ...body } as Attend,
      }),
    );
    if (!told?.ok) return false;
    setId(uuidv7());
    announce(words);
    onDone();
    return true;
  }
  return { act, attend };
}

/** Receive somebody by name or card; the field is ready for the next at once. */
export function AttendPerson(props: Props) {
  const w = useWords(words);
  const { act, attend } = useAttend(props);
  const [name, setName] = useState("");
  const [card, setCard] = useState("");
  const [body, setBody] = useState("");
  const [isMissing, setMissing] = useState(false);

  async function submit(e: Event) {
    e.preventDefault();
    setMissing(!name.trim() && !card.trim());
    if (!name.trim() && !card.trim()) return;
    const who = card.trim()
      ? { card: card.trim(), way: "card" as const }
      : { name: name.trim(), way: "typed" as const };
    const done = await attend(
      { venue_id: props.venue, kind: "person", body_id: body || null, ...who },
      w.text("attendance.received", { name: name || card }),
    );
    if (!done) return;
    setName("");
    setCard("");
  }

  return (
    <form class="card form" onSubmit={submit}>
      <h2>{w.text("attendance.person")}</h2>
      <ProblemBanner problem={act.problem} />
      <Field
        label={w.text("attendance.name")}
        error={isMissing ? w.text("attendance.who.missing") : undefined}
        value={name}
        onValue={setName}
        maxLength={100}
        autocomplete="off"
      />
      <Field
        label={w.text("attendance.card")}
        value={card}
        onValue={setCard}
        maxLength={100}
        autocomplete="off"
        spellcheck={false}
      />
      <BodyChoice drill={props.drill} value={body} onValue={setBody} none="attendance.body.none" />
      <Button look="primary" type="submit" aria-busy={act.busy}>
        {w.text("attendance.receive")}
      </Button>
    </form>
  );
}

/** How many of a body: the newest count holds. */
export function AttendGroup(props: Props) {
  const w = useWords(words);
  const { act, attend } = useAttend(props);
  const [body, setBody] = useState("");
  const [label, setLabel] = useState("");
  const [count, setCount] = useState("");
  const [isWrong, setWrong] = useState(false);

  async function submit(e: Event) {
    e.preventDefault();
    const text = count.normalize("NFKC").trim();
    const people = /^\d{1,6}$/.test(text) ? Number(text) : null;
    setWrong(people === null);
    if (people === null) return;
    const name = props.drill.bodies.find((b) => b.id === body)?.name ?? label;
    const done = await attend(
      {
        venue_id: props.venue,
        kind: "group",
        way: "head_count",
        people,
        body_id: body || null,
        group_label: body ? "" : label,
      },
      w.text("attendance.counted", { name, n: people }),
    );
    if (done) setCount("");
  }

  return (
    <form class="card form" onSubmit={submit}>
      <h2>{w.text("attendance.group")}</h2>
      <p class="small">{w.text("attendance.rule")}</p>
      <ProblemBanner problem={act.problem} />
      <BodyChoice drill={props.drill} value={body} onValue={setBody} none="attendance.body.other" />
      {!body && (
        <Field
          label={w.text("attendance.label")}
          value={label}
          onValue={setLabel}
          maxLength={100}
          required
        />
      )}
      <Field
        label={w.text("attendance.people")}
        error={isWrong ? w.text("attendance.people.wrong") : undefined}
        value={count}
        onValue={setCount}
        inputMode="numeric"
        maxLength={6}
        required
      />
      <Button look="primary" type="submit" aria-busy={act.busy}>
        {w.text("attendance.count")}
      </Button>
    </form>
  );
}

function BodyChoice(props: {
  drill: Drill;
  value: string;
  onValue: (id: string) => void;
  none: "attendance.body.none" | "attendance.body.other";
}) {
  const w = useWords(words);
  return (
    <Select
      label={w.text("attendance.body")}
      value={props.value}
      onValue={props.onValue}
      options={[
        { value: "", label: w.text(props.none) },
        ...props.drill.bodies
          .filter((b) => !b.is_retired)
          .map((b) => ({ value: b.id, label: b.name })),
      ]}
    />
  );
}
