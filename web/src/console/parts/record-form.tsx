import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
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
  "marker",
  "no_answer",
  "absent",
  "access_impossible",
  "refused",
];
const MARKERS: Marker[] = ["shown", "not_shown", "sos"];
/** Whoever tells it of somebody else is named. */
const TOLD: Attempt[] = ["family", "neighbour", "facility"];
const IN_VAIN: Attempt[] = ["no_answer", "absent", "access_impossible", "refused"];

type Marker = components["schemas"]["Marker"];

/** Record what was learned by telephone or from a colleague; or correct, or take back, an earlier report by a new one. */
export function RecordForm(props: {
  roundId: string;
  memberId: string;
  corrects: Seen | null;
  hasHousehold: boolean;
  /** Whether the round looks for the placard of households. */
  looksForMarker: boolean;
  onDone: () => Promise<void>;
  onCancel: () => void;
}) {
  const { corrects } = props;
  const w = useWords(words);
  const { account, markerLabel } = useStore(session);
  const [id] = useState(uuidv7);
  const [attempt, setAttempt] = useState<Attempt>(corrects?.attempt ?? "phone");
  const [outcome, setOutcome] = useState<Outcome | "none" | null>(corrects?.outcome ?? null);
  const [whereabouts, setWhereabouts] = useState<Whereabouts | "">(corrects?.whereabouts ?? "");
  const [needs, setNeeds] = useState<Need[]>((corrects?.needs ?? []) as Need[]);
  const [note, setNote] = useState(corrects?.note ?? "");
  const [toldBy, setToldBy] = useState(corrects?.told_by ?? "");
  const [toldPhone, setToldPhone] = useState(corrects?.told_phone ?? "");
  const [marker, setMarker] = useState<Marker | null>(corrects?.marker ?? null);
  const [forHousehold, setForHousehold] = useState(corrects?.for_household ?? false);
  const [observed, setObserved] = useState(
    toLocalInput(corrects?.observed_at ?? new Date().toISOString()),
  );
  const [missing, setMissing] = useState({ outcome: false, marker: false, toldBy: false });
  const act = useAct();
  const isInVain = IN_VAIN.includes(attempt);
  const isMarker = attempt === "marker";
  const attempts = ATTEMPTS.filter(
    (a) => a !== "marker" || props.looksForMarker || corrects?.attempt === "marker",
  );
  const outcomes: Outcome[] = [
    "safe",
    "injured_minor",
    "needs_support",
    "injured_serious",
    "needs_rescue",
    "unknown",
  ];
  if (account?.role === "hq_staff") outcomes.push("deceased");
  const asksNeeds =
    !isMarker && !isInVain && (outcome === "needs_rescue" || outcome === "needs_support");

  async function send(isWithdrawal: boolean) {
    const said = outcome === "none" || isInVain || isMarker ? null : outcome;
    const body = {
      id,
      attempt,
      outcome: isWithdrawal ? null : said,
      whereabouts: isWithdrawal ? null : whereabouts || null,
      needs: asksNeeds && !isWithdrawal ? needs : [],
      note,
      told_by: toldBy,
      told_phone: toldPhone,
      marker: isMarker && !isWithdrawal ? marker : null,
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
    const isCalm = outcome !== "needs_rescue" && outcome !== "injured_serious";
    const lacks = {
      outcome: !isInVain && !isMarker && outcome === null,
      marker: isMarker && marker === null,
      // A call for help never waits for a name.
      toldBy: TOLD.includes(attempt) && isCalm && outcome !== "none" && toldBy.trim() === "",
    };
    setMissing(lacks);
    if (!lacks.outcome && !lacks.marker && !lacks.toldBy) void send(false);
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
        shown={["/outcome", "/observed_at", "/note", "/told_by", "/told_phone", "/marker"]}
      />
      <Select
        label={w.text("record.attempt")}
        value={attempt}
        onValue={(value) => {
          setAttempt(value);
          if (value === "marker" && props.hasHousehold) setForHousehold(true);
        }}
        options={attempts.map((value) => ({
          value,
          label:
            value === "marker"
              ? w.text("attempt.marker.of", { label: markerLabel })
              : w.text(`attempt.${value}`),
        }))}
      />
      {isMarker && (
        <Radios
          label={w.text("record.marker", { label: markerLabel })}
          hint={w.text("record.marker.hint")}
          error={
            missing.marker ? w.text("record.marker.missing") : fieldError(act.problem, "/marker")
          }
          value={marker}
          onValue={setMarker}
          options={MARKERS.map((value) => ({ value, label: w.text(`marker.${value}`) }))}
        />
      )}
      {!isInVain && !isMarker && (
        <Radios
          label={w.text("record.outcome")}
          error={
            missing.outcome ? w.text("record.outcome.missing") : fieldError(act.problem, "/outcome")
          }
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
        hint={w.text(TOLD.includes(attempt) ? "record.told_by.needed" : "record.told_by.hint")}
        error={
          missing.toldBy ? w.text("record.told_by.missing") : fieldError(act.problem, "/told_by")
        }
        value={toldBy}
        onValue={setToldBy}
        maxLength={100}
      />
      {(toldBy || TOLD.includes(attempt)) && (
        <Field
          label={w.text("record.told_phone")}
          error={fieldError(act.problem, "/told_phone")}
          type="tel"
          value={toldPhone}
          onValue={setToldPhone}
          maxLength={40}
        />
      )}
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
