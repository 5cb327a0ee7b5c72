import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { useAsk } from "../ask";
import { href } from "../router";
import { type Key, words } from "../words";
import { Waiting } from "./page";
import { EndPlan, IntoForce, LookedOver } from "./plan-acts";
import { PlanFacts } from "./plan-facts";
import { When } from "./when";

export type Plan = components["schemas"]["EvacuationPlan"];

/** A person's individual evacuation plan: what is in force, what is being drafted, what was. */
export function Plans({
  personId,
  isStaff,
  onConsent,
}: {
  personId: string;
  isStaff: boolean;
  /** A consent may have been recorded with what was done. */
  onConsent: () => Promise<void>;
}) {
  const w = useWords(words);
  const asked = useAsk(`plans/${personId}`, () =>
    api.GET("/people/{id}/plans", { params: { path: { id: personId } } }),
  );
  const [act, setAct] = useState<"" | "force" | "looked" | "end" | "put_aside">("");
  if (!asked.data) return <Waiting problem={asked.problem} again={asked.again} />;
  const plans = asked.data.items;
  const inForce = plans.find((plan) => plan.status === "in_force");
  const draft = plans.find((plan) => plan.status === "draft");
  const ended = plans.filter((plan) => plan.status === "ended");

  async function done(said: Key) {
    setAct("");
    await Promise.all([asked.again(), onConsent()]);
    announce(w.text(said));
  }

  const common = { personId, onCancel: () => setAct(""), onDone: done };
  return (
    <>
      <p class="small">{w.text("plan.words")}</p>
      {!inForce && !draft && <p>{w.text(isStaff ? "plan.none" : "plan.none.lead")}</p>}
      {inForce && (
        <>
          <h3>
            {w.text("plan.version", { n: inForce.version })}{" "}
            <span class="tag tag-ok">{w.text("plan.status.in_force")}</span>{" "}
            <small>
              <When at={inForce.in_force_from} />
            </small>
          </h3>
          {inForce.is_review_due && (
            <Banner tone="warn" title={w.text("plan.due", { on: inForce.review_due_on ?? "" })} />
          )}
          <PlanFacts
            plan={inForce}
            {...(isStaff ? { personId, onChanged: () => done("plan.saved") } : {})}
          />
          <p class="actions">
            <a
              class="button button-plain"
              href={href("people", personId, "plan-paper", {
                plan: inForce.id,
                reader: "supporters",
              })}
            >
              {w.text("plan.print.supporters")}
            </a>
            {isStaff && (
              <>
                <a
                  class="button button-plain"
                  href={href("people", personId, "plan-paper", {
                    plan: inForce.id,
                    reader: "resident",
                  })}
                >
                  {w.text("plan.print.resident")}
                </a>
                {!draft && (
                  <a class="button button-plain" href={href("people", personId, "plan")}>
                    {w.text("plan.next")}
                  </a>
                )}
                <Button onClick={() => setAct("looked")}>{w.text("plan.looked")}</Button>
                <Button onClick={() => setAct("end")}>{w.text("plan.end")}</Button>
              </>
            )}
          </p>
          {act === "looked" && <LookedOver plan={inForce} {...common} />}
          {act === "end" && <EndPlan plan={inForce} {...common} />}
        </>
      )}
      {draft && (
        <>
          <h3>
            {w.text("plan.version", { n: draft.version })}{" "}
            <span class="tag">{w.text("plan.status.draft")}</span>
          </h3>
          <PlanFacts plan={draft} />
          <p class="actions">
            <a class="button button-primary" href={href("people", personId, "plan")}>
              {w.text("plan.edit")}
            </a>
            <Button onClick={() => setAct("force")}>{w.text("plan.into_force")}</Button>
            <a
              class="button button-plain"
              href={href("people", personId, "plan-paper", { plan: draft.id, reader: "resident" })}
            >
              {w.text("plan.print.resident")}
            </a>
            <Button onClick={() => setAct("put_aside")}>{w.text("plan.end.draft")}</Button>
          </p>
          {act === "force" && <IntoForce plan={draft} {...common} />}
          {act === "put_aside" && <EndPlan plan={draft} {...common} />}
        </>
      )}
      {isStaff && !inForce && !draft && (
        <p>
          <a class="button button-primary" href={href("people", personId, "plan")}>
            {w.text("plan.make")}
          </a>
        </p>
      )}
      {ended.length > 0 && (
        <details class="more">
          <summary>{w.text("plan.history")}</summary>
          {ended.map((plan) => (
            <section key={plan.id}>
              <h3>{w.text("plan.version", { n: plan.version })}</h3>
              <p class="small">
                <When at={plan.in_force_from} /> ― <When at={plan.staff_only?.ended_at} />{" "}
                {plan.staff_only?.ended_why}
              </p>
              <PlanFacts plan={plan} />
            </section>
          ))}
        </details>
      )}
    </>
  );
}
