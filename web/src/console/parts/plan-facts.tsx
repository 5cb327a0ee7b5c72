import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { toLocalInput } from "../format";
import { codeList, codeWords } from "../labels";
import { type Key, words } from "../words";
import type { Plan } from "./plans";
import { ProblemBanner } from "./problem";

type Says = components["schemas"]["SupporterConsent"];

export const SAYS: Says[] = ["unanswered", "consented", "refused", "withdrawn"];

/** What a plan says, as facts; with `personId` what a supporter says can be recorded. */
export function PlanFacts(props: {
  plan: Plan;
  personId?: string;
  onChanged?: () => Promise<void>;
}) {
  const { plan } = props;
  const w = useWords(words);
  const facts: [Key, string][] = [
    [
      "plan.when",
      [w.text(`plan.trigger.${plan.trigger}` as Key), plan.trigger_words]
        .filter(Boolean)
        .join("　"),
    ],
    ["plan.destination.label", destinationWords(plan)],
    ["plan.route", plan.route],
    ["plan.transport", plan.transport],
    [
      "plan.help",
      [codeList("help", plan.help_needed), plan.help_words].filter(Boolean).join(" / "),
    ],
    ["plan.belongings", plan.belongings],
    ["plan.entry_words", plan.entry_words],
    ["plan.medical", plan.staff_only?.medical ?? ""],
    ["plan.made_with", plan.staff_only?.made_with ?? ""],
    ["plan.explained_on", plan.staff_only?.explained_on ?? ""],
    ["plan.drilled", plan.drilled_on ?? ""],
    ["plan.review", plan.review_due_on ?? ""],
  ];
  return (
    <>
      {plan.destination?.is_revoked && <p class="warn">{w.text("plan.destination.revoked")}</p>}
      <dl class="facts">
        {facts
          .filter(([, said]) => said)
          .map(([key, said]) => (
            <div key={key}>
              <dt>{w.text(key)}</dt>
              <dd>{said}</dd>
            </div>
          ))}
        <div>
          <dt>{w.text("plan.supporters")}</dt>
          <dd>
            {plan.supporters.length === 0 && w.text("plan.supporters.none")}
            <ol>
              {plan.supporters.map((supporter) => (
                <li key={supporter.id}>
                  <strong>{supporter.name}</strong>{" "}
                  {[supporter.relation, supporter.phone, supporter.does].filter(Boolean).join("　")}{" "}
                  <span class={`tag ${supporter.consent === "consented" ? "tag-ok" : "tag-warn"}`}>
                    {w.text(`plan.supporter.consent.${supporter.consent}`)}
                  </span>
                  {props.personId && props.onChanged && (
                    <SupporterSays
                      personId={props.personId}
                      planId={plan.id}
                      supporter={supporter}
                      onDone={props.onChanged}
                    />
                  )}
                </li>
              ))}
            </ol>
            {plan.supporters.some((s) => s.consent !== "consented") && (
              <small>{w.text("plan.supporter.unnamed")}</small>
            )}
          </dd>
        </div>
      </dl>
    </>
  );
}

/** Where the plan leads, in one line. */
export function destinationWords(plan: Plan): string {
  const { destination } = plan;
  const site = destination && [
    destination.name,
    codeWords("site", destination.kind),
    destination.address,
    destination.hazards.length > 0 &&
      words.text("plan.destination.for", {
        hazards: destination.hazards
          .map((hazard) => codeWords("hazard", hazard))
          .join(words.text("list.comma")),
      }),
  ];
  return [...(site || []), plan.destination_words].filter(Boolean).join("　");
}

function SupporterSays(props: {
  personId: string;
  planId: string;
  supporter: Plan["supporters"][number];
  onDone: () => Promise<void>;
}) {
  const w = useWords(words);
  const [isOpen, setOpen] = useState(false);
  const [consent, setConsent] = useState<Says>(props.supporter.consent);
  const [on, setOn] = useState(toLocalInput(new Date().toISOString()).slice(0, 10));
  const [means, setMeans] = useState("");
  const act = useAct();
  if (!isOpen) {
    return (
      <p>
        <Button onClick={() => setOpen(true)}>
          {w.text("plan.supporter.change", { name: props.supporter.name })}
        </Button>
      </p>
    );
  }

  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(() =>
      api.POST("/people/{id}/plans/{plan_id}/supporters/{supporter_id}/consent", {
        params: {
          path: { id: props.personId, plan_id: props.planId, supporter_id: props.supporter.id },
        },
        body: { consent, on, means: means.trim() },
      }),
    );
    if (told?.ok) await props.onDone();
  }

  return (
    <form class="inner-form" onSubmit={submit}>
      <ProblemBanner problem={act.problem} shown={["/on"]} />
      <Select<Says>
        label={w.text("plan.supporter.consent")}
        value={consent}
        onValue={setConsent}
        options={SAYS.map((value) => ({
          value,
          label: w.text(`plan.supporter.consent.${value}`),
        }))}
      />
      <Field
        label={w.text("plan.supporter.consent_on")}
        type="date"
        value={on}
        onValue={setOn}
        error={fieldError(act.problem, "/on")}
        required
      />
      <Field
        label={w.text("plan.supporter.means")}
        value={means}
        onValue={setMeans}
        maxLength={100}
      />
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {w.text("save")}
        </Button>
        <Button onClick={() => setOpen(false)}>{w.text("cancel")}</Button>
      </div>
    </form>
  );
}
