import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { useAct } from "../ask";
import { ageAndSex, codeList, nameOf, placeOf, type StepKind, subjectOf } from "../labels";
import { href } from "../router";
import { words } from "../words";
import { Contacts } from "./contacts";
import { ProblemBanner } from "./problem";
import { ResolveForm } from "./resolve-form";
import { SlipPanel } from "./slip";
import { StepForm } from "./step-form";
import { Steps } from "./steps";
import { When } from "./when";

export type Rescue = components["schemas"]["Rescue"];

/** Whether what should have happened by now has not. */
export function isRinging(rescue: Rescue): boolean {
  return rescue.ring != null && Date.parse(rescue.ring.at) <= Date.now();
}

/** One call for rescue: who, where, what is needed, since when, what has been done, and the next act. */
export function RescueCard(props: {
  rescue: Rescue;
  isDrill: boolean;
  onChanged: () => Promise<void>;
}) {
  const { rescue, onChanged } = props;
  const w = useWords(words);
  const [open, setOpen] = useState<StepKind | "resolve" | "slip" | null>(null);
  const act = useAct();
  const [acknowledgement] = useState(uuidv7);
  // What was done about a call closed before says nothing about this one.
  const last = rescue.steps.filter((step) => !step.is_earlier).pop();
  const name = nameOf(rescue);

  async function acknowledge() {
    const body = {
      id: acknowledgement,
      kind: "acknowledged" as const,
      given_to: "",
      reference: "",
      said_by: "",
      note: "",
    };
    const told = await act.run(() =>
      api.POST("/rescues/{member_id}/steps", { params: { path: { member_id: rescue.id } }, body }),
    );
    // Whatever form was opened meanwhile stays open.
    if (told?.ok) await saved();
  }

  async function done() {
    setOpen(null);
    await saved();
  }

  async function saved() {
    announce(w.text("rescue.saved", { name }));
    await onChanged();
  }

  const needs = codeList("need", rescue.needs);
  const help = codeList("help", rescue.help_needed);
  const need = subjectOf(rescue)?.need;
  return (
    <article class={`rescue ${last && last.kind !== "returned" ? "is-taken" : "is-new"}`}>
      <header>
        <h3>
          <a href={href("rounds", rescue.round_id, "members", rescue.id)}>{name}</a>{" "}
          <small>{ageAndSex(rescue)}</small>
        </h3>
        <p class="tags">
          {props.isDrill && <span class="tag tag-drill">{w.text("mode.drill")}</span>}
          <span class={`tag ${last && last.kind !== "returned" ? "tag-ok" : "tag-danger"}`}>
            {w.text(last ? `step.${last.kind}` : "step.none")}
          </span>
          {rescue.is_contradicted && (
            <span class="tag tag-warn">{w.text("rescue.contradicted")}</span>
          )}
          {rescue.open_calls.length === 0 && (
            <span class="tag tag-warn">{w.text("rescue.withdrawn")}</span>
          )}
          {rescue.is_household && <span class="tag">{w.text("rescue.household")}</span>}
          {rescue.kind === "unlisted" && <span class="tag">{w.text("member.unlisted")}</span>}
          {rescue.is_protected && <span class="tag tag-danger">{w.text("member.protected")}</span>}
          {rescue.is_round_closed && <span class="tag">{w.text("rescue.round_closed")}</span>}
        </p>
      </header>
      {isRinging(rescue) && rescue.ring && (
        <p class="warn">
          <strong>{w.text(`ring.${rescue.ring.why}`)}</strong> <When at={rescue.ring.at} age />
        </p>
      )}
      <dl class="facts">
        <div>
          <dt>{w.text("rescue.since")}</dt>
          <dd>
            <When at={rescue.rescue_since} age />
          </dd>
        </div>
        <div>
          <dt>{w.text(rescue.kind === "unlisted" ? "member.place" : "member.address")}</dt>
          <dd>
            {placeOf(rescue)} <small>{rescue.district.name}</small>
          </dd>
        </div>
        <div>
          <dt>{w.text("rescue.needs")}</dt>
          <dd>{[needs || need, ...rescue.notes].filter(Boolean).join(" / ") || w.text("none")}</dd>
        </div>
        {(help || rescue.help_note) && (
          <div>
            <dt>{w.text("member.help")}</dt>
            <dd>{[help, rescue.help_note].filter(Boolean).join(" / ")}</dd>
          </div>
        )}
        <Contacts contacts={rescue.contacts} />
      </dl>
      {rescue.is_contradicted && <p class="warn">{w.text("rescue.contradicted.words")}</p>}
      {rescue.open_calls.length === 0 && <p class="warn">{w.text("rescue.withdrawn.words")}</p>}
      <Steps steps={rescue.steps} />
      <ProblemBanner problem={act.problem} />
      {open === null && (
        <fieldset class="actions">
          <legend class="visually-hidden">{w.text("rescue.acts", { name })}</legend>
          {!last && (
            <Button look="primary" onClick={() => void acknowledge()} aria-busy={act.busy}>
              {w.text("step.acknowledged")}
            </Button>
          )}
          <Button look={last ? "primary" : "plain"} onClick={() => setOpen("assigned")}>
            {w.text("step.assigned")}
          </Button>
          <Button look={last ? "plain" : "danger"} onClick={() => setOpen("slip")}>
            {w.text("slip.open")}
          </Button>
          <Button onClick={() => setOpen("handed_over")}>{w.text("step.handed_over")}</Button>
          {(last?.kind === "handed_over" || last?.kind === "assigned") && (
            <Button onClick={() => setOpen("arrived")}>{w.text("step.arrived")}</Button>
          )}
          {last && <Button onClick={() => setOpen("returned")}>{w.text("step.returned")}</Button>}
          <Button look="ok" onClick={() => setOpen("resolve")}>
            {w.text("rescue.resolve")}
          </Button>
        </fieldset>
      )}
      {open === "slip" && (
        <SlipPanel memberId={rescue.id} onDone={done} onCancel={() => setOpen(null)} />
      )}
      {open !== null && open !== "resolve" && open !== "slip" && (
        <StepForm memberId={rescue.id} kind={open} onDone={done} onCancel={() => setOpen(null)} />
      )}
      {open === "resolve" && (
        <ResolveForm
          roundId={rescue.round_id}
          memberId={rescue.id}
          onDone={done}
          onCancel={() => setOpen(null)}
        />
      )}
    </article>
  );
}
