import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { NEEDS, type Need } from "../../field/vocabulary";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Check, Checks, Radios, Select, TextArea } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useStore } from "../../ui/store";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { dayTime, fromLocalInput, toLocalInput } from "../format";
import { type Attempt, type Outcome, WHEREABOUTS, type Whereabouts } from "../labels";
import { session } from "../session";
import { words } from "../words";
import type { Seen } from "./evidence";
import { ProblemBanner } from "./problem";

const ATTEMPTS: Attempt[] = [
  "phone",
  "self_report",
  "family",
  "neighbour",
  "facility",
  "met",
  "no_answer",
  "absent",
  "access_impossible",
  "refused",
];
const IN_VAIN: Attempt[] = ["no_answer", "absent", "access_impossible", "refused"];

/** Record what was learned by telephone or from a colleague; or correct, or take back, an earlier report by a new one. */
export function RecordForm(props: {
  roundId: string;
  memberId: string;
  corrects: Seen | null;
  hasHousehold: boolean;
  onDone: () => Promise<void>;
  onCancel: () => void;
}) {
  const { corrects } = props;
  const w = useWords(words);
  const { account } = useStore(session);
  const [id] = useState(uuidv7);
  const [attempt, setAttempt] = useState<Attempt>(corrects?.attempt ?? "phone");
  const [outcome, setOutcome] = useState<Outcome | "none" | null>(corrects?.outcome ?? null);
  const [whereabouts, setWhereabouts] = useState<Whereabouts | "">(corrects?.whereabouts ?? "");
  const [needs, setNeeds] = useState<Need[]>((corrects?.needs ?? []) as Need[]);
  const [note, setNote] = useState(corrects?.note ?? "");
  const [toldBy, setToldBy] = useState(corrects?.told_by ?? "");
  const [forHousehold, setForHousehold] = useState(corrects?.for_household ?? false);
  const [observed, setObserved] = useState(
    toLocalInput(corrects?.observed_at ?? new Date().toISOString()),
  );
  const [noOutcome, setNoOutcome] = useState(false);
  const act = useAct();
  const isInVain = IN_VAIN.includes(attempt);
  const outcomes: Outcome[] = [
    "safe",
    "injured_minor",
    "needs_support",
    "injured_serious",
    "needs_rescue",
    "unknown",
  ];
  if (account?.role === "hq_staff") outcomes.push("deceased");
  const asksNeeds = outcome === "needs_rescue" || outcome === "needs_support";

  async function send(isWithdrawal: boolean) {
    const said = outcome === "none" || isInVain ? null : outcome;
    const body = {
      id,
      attempt,
      outcome: isWithdrawal ? null : said,
      whereabouts: isWithdrawal ? null : whereabouts || null,
      needs: asksNeeds && !isWithdrawal ? needs : [],
      note,
      told_by: toldBy,
      for_household: forHousehold,
      corrects: corrects?.id ?? null,
      is_withdrawal: isWithdrawal,
      observed_at: isWithdrawal ? null : fromLocalInput(observed),
    };
    const told = await act.run(() =>
      api.POST("/rounds/{id}/members/{member_id}/observations", {
        params: { path: { id: props.roundId, member_id: props.memberId } },
        body,
      }),
    );
    if (told?.ok) await props.onDone();
  }

  function submit(event: Event) {
    event.preventDefault();
    const isMissing = !isInVain && outcome === null;
    setNoOutcome(isMissing);
    if (!isMissing) void send(false);
  }

  return (
    <form class="inner-form" onSubmit={submit}>
      <h3>
        {corrects
          ? w.text("record.correct", { at: dayTime(corrects.observed_at, w.lang) })
          : w.text("record.title")}
      </h3>
      {corrects && <p>{w.text("record.correct.words")}</p>}
      <ProblemBanner
        problem={act.problem}
        shown={["/outcome", "/observed_at", "/note", "/told_by"]}
      />
      <Select
        label={w.text("record.attempt")}
        value={attempt}
        onValue={setAttempt}
        options={ATTEMPTS.map((value) => ({ value, label: w.text(`attempt.${value}`) }))}
      />
      {!isInVain && (
        <Radios
          label={w.text("record.outcome")}
          error={noOutcome ? w.text("record.outcome.missing") : fieldError(act.problem, "/outcome")}
          value={outcome}
          onValue={setOutcome}
          options={[
            ...outcomes.map((value) => ({
              value: value as Outcome | "none",
              label: w.text(`outcome.${value}`),
            })),
            { value: "none", label: w.text("record.outcome.none") },
          ]}
        />
      )}
      {asksNeeds && (
        <Checks
          label={w.text("rescue.needs")}
          values={needs}
          onValues={setNeeds}
          options={(Object.keys(NEEDS) as Need[])
            .filter((need) => NEEDS[need] === (outcome === "needs_rescue" ? "rescue" : "support"))
            .map((value) => ({ value, label: w.text(`need.${value}`) }))}
        />
      )}
      <Select
        label={w.text("member.whereabouts")}
        value={whereabouts}
        onValue={setWhereabouts}
        options={[
          { value: "", label: w.text("whereabouts.none") },
          ...WHEREABOUTS.map((value) => ({ value, label: w.text(`whereabouts.${value}`) })),
        ]}
      />
      <Field
        label={w.text("record.told_by")}
        hint={w.text("record.told_by.hint")}
        error={fieldError(act.problem, "/told_by")}
        value={toldBy}
        onValue={setToldBy}
        maxLength={100}
      />
      <TextArea
        label={w.text("record.note")}
        error={fieldError(act.problem, "/note")}
        value={note}
        onValue={setNote}
        maxLength={1000}
        rows={2}
      />
      <Field
        label={w.text("record.observed")}
        error={fieldError(act.problem, "/observed_at")}
        type="datetime-local"
        value={observed}
        onValue={setObserved}
      />
      {props.hasHousehold && (
        <div class="field">
          <Check checked={forHousehold} onChecked={setForHousehold}>
            {w.text("record.household")}
          </Check>
        </div>
      )}
      <div class="actions">
        <Button look="primary" type="submit" aria-busy={act.busy}>
          {w.text(corrects ? "record.submit.correct" : "record.submit")}
        </Button>
        {corrects && (
          <Button look="warn" onClick={() => void send(true)}>
            {w.text("record.withdraw")}
          </Button>
        )}
        <Button onClick={props.onCancel}>{w.text("cancel")}</Button>
      </div>
    </form>
  );
}
