import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Check } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { words } from "../words";
import { ProblemBanner } from "./problem";

export type RoundRules = components["schemas"]["RoundRules"];

export const USUAL_RULES: RoundRules = {
  escalate_tries: 2,
  escalate_minutes: 60,
  hand_over_minutes: 120,
  hand_over_by_itself: false,
};

const FIGURES = ["escalate_tries", "escalate_minutes", "hand_over_minutes"] as const;

/** Where the answer to a start says what is wrong with them. */
export const RULES_SHOWN = FIGURES.map((key) => `/rules/${key}`);

const isUsual = (rules: RoundRules) =>
  FIGURES.every((key) => (rules[key] ?? null) === USUAL_RULES[key]) &&
  (rules.hand_over_by_itself ?? false) === USUAL_RULES.hand_over_by_itself;

/** The rules a round is to start with: the usual ones in words, other ones for whoever opens this. */
export function RulesAtStart(props: {
  rules: RoundRules;
  onRules: (rules: RoundRules) => void;
  problem: Parameters<typeof fieldError>[0];
}) {
  const w = useWords(words);
  return (
    <details class="more">
      <summary>{w.text("start.rules")}</summary>
      <p>
        {w.text("start.rules.usual", {
          tries: USUAL_RULES.escalate_tries ?? 0,
          minutes: USUAL_RULES.escalate_minutes ?? 0,
          hand_over: USUAL_RULES.hand_over_minutes ?? 0,
        })}
      </p>
      <RulesFields {...props} at="/rules" />
      {!isUsual(props.rules) && (
        <Button look="quiet" onClick={() => props.onRules(USUAL_RULES)}>
          {w.text("start.rules.back")}
        </Button>
      )}
    </details>
  );
}

/** The rules of a running round; each change leaves a line in the audit. */
export function RoundRulesForm(props: {
  roundId: string;
  rules: RoundRules;
  onSaved: () => Promise<void>;
}) {
  const w = useWords(words);
  const [rules, setRules] = useState(props.rules);
  const act = useAct();

  async function submit(event: Event) {
    event.preventDefault();
    const told = await act.run(() =>
      api.PUT("/rounds/{id}/rules", { params: { path: { id: props.roundId } }, body: rules }),
    );
    if (told?.ok) await props.onSaved();
  }

  return (
    <section class="card" aria-labelledby="round-rules">
      <h2 id="round-rules">{w.text("rules.title")}</h2>
      <form onSubmit={submit}>
        <ProblemBanner problem={act.problem} shown={FIGURES.map((key) => `/${key}`)} />
        <RulesFields rules={rules} onRules={setRules} problem={act.problem} />
        <Button type="submit" look="primary" aria-busy={act.busy}>
          {w.text("rules.save")}
        </Button>
      </form>
    </section>
  );
}

/** An empty figure: the rule is not used. */
export function RulesFields(props: {
  rules: RoundRules;
  onRules: (rules: RoundRules) => void;
  problem: Parameters<typeof fieldError>[0];
  at?: string;
}) {
  const w = useWords(words);
  const { rules, at = "" } = props;
  const figure = (key: (typeof FIGURES)[number]) => (
    <Field
      key={key}
      label={w.text(`rules.${key}`)}
      hint={w.text(`rules.${key}.hint`)}
      error={fieldError(props.problem, `${at}/${key}`)}
      value={rules[key] == null ? "" : String(rules[key])}
      onValue={(text) => {
        const digits = text.normalize("NFKC").replace(/\D/g, "").slice(0, 4);
        props.onRules({ ...rules, [key]: digits === "" ? null : Number(digits) });
      }}
      inputMode="numeric"
    />
  );
  return (
    <>
      {FIGURES.map(figure)}
      <Check
        checked={rules.hand_over_by_itself ?? false}
        onChecked={(hand_over_by_itself) => props.onRules({ ...rules, hand_over_by_itself })}
      >
        {w.text("rules.hand_over_by_itself")}
      </Check>
    </>
  );
}
