import { useState } from "preact/hooks";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Radios, TextArea } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { type Answer, fieldError, useAct, useAsk } from "../ask";
import { words } from "../words";
import { Waiting } from "./page";
import { ProblemBanner } from "./problem";

/** Somebody of the roster, in one line, and why it may be her. */
export interface Possible {
  id: string;
  name: string;
  age?: number | null;
  address?: string | null;
  district: string;
  because: (string | false)[];
}

/** Says who of the roster somebody is: those who may be, whoever is searched for, and how it is known. A human decides. */
export function MatchForm(props: {
  /** Where no dialog has it. */
  title?: string;
  /** Of whom, for the cache. */
  of: string;
  seek: (query: string | undefined) => Promise<Answer<Possible[]>>;
  /** The field of the answer that names the chosen one, for its errors. */
  pointer: string;
  send: (id: string, to: string, reason: string) => Promise<Answer<unknown>>;
  none: string;
  onDone: () => Promise<void>;
  onCancel: () => void;
}) {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [typed, setTyped] = useState("");
  const [query, setQuery] = useState("");
  const [to, setTo] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const [nobody, setNobody] = useState(false);
  const act = useAct();
  const found = useAsk(`candidates/${props.of}/${query}`, () => props.seek(query || undefined));

  function find(event: Event) {
    event.preventDefault();
    setTo(null);
    setQuery(typed.trim());
  }

  async function submit(event: Event) {
    event.preventDefault();
    setNobody(!to);
    if (!to) return;
    const told = await act.run(() => props.send(id, to, reason));
    if (told?.ok) await props.onDone();
  }

  return (
    <div class="inner-form">
      {props.title && <h4>{props.title}</h4>}
      <form class="actions" onSubmit={find}>
        <Field label={w.text("review.match.query")} value={typed} onValue={setTyped} />
        <Button type="submit">{w.text("review.match.seek")}</Button>
      </form>
      {!found.data && <Waiting problem={found.problem} again={found.again} />}
      {found.data?.length === 0 && <p class="empty">{props.none}</p>}
      <form onSubmit={submit}>
        <ProblemBanner problem={act.problem} shown={[props.pointer, "/reason"]} />
        {found.data && found.data.length > 0 && (
          <Radios
            label={w.text("review.match.who")}
            error={
              nobody && !to
                ? w.text("review.match.missing")
                : fieldError(act.problem, props.pointer)
            }
            value={to}
            onValue={setTo}
            options={found.data.map((one) => ({ value: one.id, label: line(one) }))}
          />
        )}
        <TextArea
          label={w.text("review.match.reason")}
          hint={w.text("review.match.reason.hint")}
          error={fieldError(act.problem, "/reason")}
          value={reason}
          onValue={setReason}
          maxLength={500}
          rows={2}
          required
        />
        <div class="actions">
          <Button look="primary" type="submit" aria-busy={act.busy}>
            {w.text("review.match.submit")}
          </Button>
          <Button onClick={props.onCancel}>{w.text("cancel")}</Button>
        </div>
      </form>
    </div>
  );

  function line(one: Possible): string {
    const age = one.age == null ? "" : w.text("member.age", { n: one.age });
    const who = [one.name, age, one.address, one.district].filter(Boolean).join(" ");
    const because = one.because.filter(Boolean).join(w.text("list.comma"));
    return because ? w.text("review.match.line", { who, because }) : who;
  }
}
