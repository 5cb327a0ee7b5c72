import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Radios, Select, TextArea } from "../../ui/choices";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { nameOf, type Outcome, placeOf, WHEREABOUTS, type Whereabouts } from "../labels";
import { href } from "../router";
import { session } from "../session";
import { words } from "../words";
import { Contacts } from "./contacts";
import { ProblemBanner } from "./problem";
import { When } from "./when";

type Contradiction = components["schemas"]["Contradiction"];

/** Words about one person that do not fit each other: side by side, and what was found. */
export function ReviewContradiction(props: {
  one: Contradiction;
  eventId: string;
  onDone: () => Promise<void>;
}) {
  const { one } = props;
  const w = useWords(words);
  const [isOpen, setOpen] = useState(false);
  const says = [...one.says].sort((a, b) => b.observed_at.localeCompare(a.observed_at));
  return (
    <article class="card">
      <h3>
        <a href={href("rounds", one.round_id, "members", one.id)}>{nameOf(one)}</a>{" "}
        <span class="tag">{one.district.name}</span>
      </h3>
      <ul class="history">
        {says
          .filter((s) => !s.is_withdrawal)
          .map((s) => (
            <li key={s.id}>
              <strong>
                {s.outcome ? w.text(`outcome.${s.outcome}`) : w.text(`attempt.${s.attempt}`)}
              </strong>{" "}
              {s.outcome && <span>{w.text(`attempt.${s.attempt}`)}</span>}{" "}
              {s.id === one.outcome_id && (
                <span class="tag tag-ok">{w.text("history.decides")}</span>
              )}
              {one.contradicted_by.includes(s.id) && (
                <span class="tag tag-warn">{w.text("rescue.contradicted")}</span>
              )}
              <span class="small">
                {" "}
                {s.observer_name ?? w.text(`observer.${s.observer_kind}` as "observer.volunteer")}{" "}
                <When at={s.observed_at} /> {s.note}
              </span>
            </li>
          ))}
      </ul>
      <dl class="facts">
        <div>
          <dt>{w.text("member.address")}</dt>
          <dd>{placeOf(one) || w.text("none")}</dd>
        </div>
        <Contacts contacts={one.contacts} />
      </dl>
      {one.open_calls.length > 0 ? (
        <p>
          {w.text("review.calls")}{" "}
          <a href={href("events", props.eventId, "rescues")}>{w.text("review.calls.link")}</a>
        </p>
      ) : isOpen ? (
        <Settle {...props} onCancel={() => setOpen(false)} />
      ) : (
        <p class="actions">
          <Button look="primary" onClick={() => setOpen(true)}>
            {w.text("review.settle")}
          </Button>
        </p>
      )}
    </article>
  );
}

function Settle(props: { one: Contradiction; onDone: () => Promise<void>; onCancel: () => void }) {
  const { one } = props;
  const w = useWords(words);
  const { account } = useStore(session);
  const [id] = useState(uuidv7);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [whereabouts, setWhereabouts] = useState<Whereabouts | "">("");
  const [how, setHow] = useState("");
  const [noOutcome, setNoOutcome] = useState(false);
  const act = useAct();
  const found: Outcome[] = ["safe", "injured_minor", "injured_serious", "needs_support", "unknown"];
  if (account?.role === "hq_staff") found.push("deceased");

  async function submit(event: Event) {
    event.preventDefault();
    setNoOutcome(!outcome);
    if (!outcome) return;
    const closes = [...one.contradicted_by];
    const told = await act.run(() =>
      api.POST("/rounds/{id}/members/{member_id}/settle", {
        params: { path: { id: one.round_id, member_id: one.id } },
        body: { id, closes, outcome, whereabouts: whereabouts || null, how },
      }),
    );
    if (told?.ok) await props.onDone();
  }

  return (
    <form class="inner-form" onSubmit={submit}>
      <h4>{w.text("review.settle")}</h4>
      <ProblemBanner problem={act.problem} shown={["/outcome", "/how"]} />
      <Radios
        label={w.text("resolve.outcome")}
        error={
          noOutcome && !outcome
            ? w.text("resolve.outcome.missing")
            : fieldError(act.problem, "/outcome")
        }
        value={outcome}
        onValue={setOutcome}
        options={found.map((value) => ({ value, label: w.text(`outcome.${value}`) }))}
      />
      <Select
        label={w.text("member.whereabouts")}
        value={whereabouts}
        onValue={setWhereabouts}
        options={[
          { value: "", label: w.text("whereabouts.none") },
          ...WHEREABOUTS.map((value) => ({ value, label: w.text(`whereabouts.${value}`) })),
        ]}
      />
      <TextArea
        label={w.text("resolve.how")}
        hint={w.text("review.how.hint")}
        error={fieldError(act.problem, "/how")}
        value={how}
        onValue={setHow}
        maxLength={1000}
        rows={2}
        required
      />
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {w.text("review.settle.submit")}
        </Button>
        <Button onClick={props.onCancel}>{w.text("cancel")}</Button>
      </div>
    </form>
  );
}
