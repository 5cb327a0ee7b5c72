import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Select, TextArea } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { codeList } from "../labels";
import { href } from "../router";
import { words } from "../words";
import { ProblemBanner } from "./problem";
import { When } from "./when";

type Escalation = components["schemas"]["Escalation"];
type Act = components["schemas"]["EscalationAct"];
type Level = components["schemas"]["Level"];

interface Facts {
  tries?: number;
  is_refused?: boolean;
  first_at?: string | null;
  last_at?: string | null;
  last_contact_at?: string | null;
  last_heard_at?: string | null;
  members?: number;
}

const NEXT: Record<Level, Level> = {
  neighbour: "district",
  district: "headquarters",
  headquarters: "fire_police",
  fire_police: "fire_police",
};

/** One thing that must not wait: about whom, since when, what was done, and what to do now. */
export function EscalationCard(props: {
  item: Escalation;
  roundId: string;
  onDone: () => Promise<void>;
}) {
  const { item } = props;
  const w = useWords(words);
  const [form, setForm] = useState<Act | null>(null);
  const facts = item.facts as Facts;
  const { member, volunteer } = item;
  return (
    <article class="card">
      <h3>
        {member ? (
          <a href={href("rounds", props.roundId, "members", member.id)}>
            {member.name || w.text("member.nameless")}
          </a>
        ) : (
          (volunteer?.name ?? item.district.name)
        )}{" "}
        <span class="tag tag-warn">{w.text(`escalation.${item.kind}`)}</span>
      </h3>
      <p>{line(item, facts, w)}</p>
      <dl class="facts">
        <div>
          <dt>{w.text("escalation.raised")}</dt>
          <dd>
            <When at={item.raised_at} age />
          </dd>
        </div>
        {(member || volunteer) && (
          <div>
            <dt>{w.text("escalation.district")}</dt>
            <dd>{[item.district.name, member?.address].filter(Boolean).join("　")}</dd>
          </div>
        )}
        {member && member.help_needed.length > 0 && (
          <div>
            <dt>{w.text("escalation.help")}</dt>
            <dd>{codeList("help", member.help_needed)}</dd>
          </div>
        )}
        {member && (
          <div>
            <dt>{w.text("escalation.assigned")}</dt>
            <dd>{member.assigned.join("、") || w.text("escalation.nobody")}</dd>
          </div>
        )}
        {phones(item).map((phone) => (
          <div key={phone.value}>
            <dt>{phone.label || w.text("volunteer.phone")}</dt>
            <dd>
              <a href={`tel:${phone.value.replace(/[^\d+]/g, "")}`}>{phone.value}</a>
            </dd>
          </div>
        ))}
      </dl>
      {item.steps.length > 0 && (
        <ol class="plain">
          {item.steps.map((step) => (
            <li key={step.id}>
              <When at={step.at} /> {w.text(`escalation.did.${step.kind}`)}
              {step.level && `（${w.text(`level.${step.level}`)}）`}{" "}
              {[step.given_to, step.note, step.by_name].filter(Boolean).join("　")}
            </li>
          ))}
        </ol>
      )}
      {form === null ? (
        <p class="actions">
          <Button look="primary" onClick={() => setForm("taken")}>
            {w.text("escalation.act.taken")}
          </Button>
          {item.level !== "fire_police" && (
            <Button onClick={() => setForm("passed_on")}>
              {w.text("escalation.act.passed_on")}
            </Button>
          )}
          <Button onClick={() => setForm("ended")}>{w.text("escalation.act.ended")}</Button>
        </p>
      ) : (
        <StepForm item={item} kind={form} onDone={props.onDone} onCancel={() => setForm(null)} />
      )}
    </article>
  );
}

function phones(item: Escalation): { label: string; value: string }[] {
  if (item.volunteer?.phone) return [{ label: "", value: item.volunteer.phone }];
  return (item.member?.contacts ?? [])
    .filter((contact) => contact.kind === "phone")
    .map(({ holder, relation, value }) => ({
      label: [holder, relation].filter(Boolean).join(" "),
      value,
    }));
}

function line(item: Escalation, facts: Facts, w: typeof words) {
  const n = facts.members ?? 0;
  switch (item.kind) {
    case "no_answer":
      return w.text(facts.is_refused ? "escalation.refused.words" : "escalation.no_answer.words", {
        n: facts.tries ?? 0,
      });
    case "silent_volunteer":
      return w.text("escalation.silent_volunteer.words", { n });
    case "silent_district":
      return w.text("escalation.silent_district.words", { n });
    case "uncovered":
      return w.text("escalation.uncovered.words", { n });
  }
}

function StepForm(props: {
  item: Escalation;
  kind: Act;
  onDone: () => Promise<void>;
  onCancel: () => void;
}) {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [level, setLevel] = useState<Level>(NEXT[props.item.level]);
  const [given_to, setGivenTo] = useState("");
  const [note, setNote] = useState("");
  const act = useAct();
  const isPassed = props.kind === "passed_on";

  async function submit(event: Event) {
    event.preventDefault();
    const body = { id, kind: props.kind, level: isPassed ? level : null, given_to, note };
    const told = await act.run(() =>
      api.POST("/escalations/{id}/steps", { params: { path: { id: props.item.id } }, body }),
    );
    if (told?.ok) await props.onDone();
  }

  return (
    <form class="inner-form" onSubmit={submit}>
      <h4>{w.text(`escalation.act.${props.kind}`)}</h4>
      <ProblemBanner problem={act.problem} shown={["/level", "/given_to", "/note"]} />
      {isPassed && (
        <Select
          label={w.text("escalation.level")}
          value={level}
          onValue={(value) => setLevel(value as Level)}
          error={fieldError(act.problem, "/level")}
          options={(["neighbour", "district", "headquarters", "fire_police"] as const)
            .filter((one) => one !== props.item.level)
            .map((one) => ({ value: one, label: w.text(`level.${one}`) }))}
        />
      )}
      {props.kind !== "ended" && (
        <Field
          label={w.text(`escalation.given_to.${isPassed ? "passed_on" : "taken"}`)}
          value={given_to}
          onValue={setGivenTo}
          error={fieldError(act.problem, "/given_to")}
          maxLength={100}
        />
      )}
      <TextArea
        label={w.text(props.kind === "ended" ? "escalation.how" : "escalation.note")}
        error={fieldError(act.problem, "/note")}
        value={note}
        onValue={setNote}
        maxLength={1000}
        rows={2}
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
