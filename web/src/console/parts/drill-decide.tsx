import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Button } from "../../ui/button";
import { Check, Radios } from "../../ui/choices";
import { Field } from "../../ui/field";
import { announce } from "../../ui/live-region";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { fromLocalInput, toLocalInput } from "../format";
import { refreshEvents } from "../running";
import { words } from "../words";
import type { Drill } from "./drill-plan";
import { ProblemBanner } from "./problem";

type Kind = components["schemas"]["DecisionKind"];

/** Postpone a drill that has not begun, call it off, end it early: kept with its reason. */
export function DecideDrill({ drill, onDone }: { drill: Drill; onDone: (drill: Drill) => void }) {
  const w = useWords(words);
  const isPlanned = drill.state === "planned";
  const kinds: Kind[] = isPlanned ? ["postponed", "cancelled"] : ["ended_early", "cancelled"];
  const [id, setId] = useState(uuidv7);
  const [kind, setKind] = useState<Kind>(kinds[0] as Kind);
  const [reason, setReason] = useState("");
  const [start, setStart] = useState(toLocalInput(drill.event.started_at));
  const [end, setEnd] = useState(toLocalInput(drill.event.planned_end_at ?? ""));
  const [tells, setTells] = useState(true);
  const act = useAct();

  async function submit(e: Event) {
    e.preventDefault();
    const to =
      kind === "postponed"
        ? { to_start: fromLocalInput(start), to_end: fromLocalInput(end) }
        : { to_start: null, to_end: null };
    const told = await act.run(() =>
      api.POST("/drills/{event}/decisions", {
        params: { path: { event: drill.event.id } },
        body: { id, kind, reason, ...to, tells_by_mail: tells },
      }),
    );
    if (!told?.ok) return;
    setId(uuidv7());
    setReason("");
    announce(w.text("drill.decide.done"));
    void refreshEvents();
    onDone(told.data);
  }

  return (
    <details class="card more">
      <summary>{w.text("drill.decide")}</summary>
      <form class="form" onSubmit={submit}>
        <ProblemBanner problem={act.problem} shown={["/reason", "/to_start", "/to_end"]} />
        <Radios
          label={w.text("drill.decide")}
          value={kind}
          onValue={setKind}
          options={kinds.map((k) => ({ value: k, label: w.text(`drill.decide.${k}`) }))}
        />
        {kind === "postponed" && (
          <>
            <Field
              label={w.text("drill.decide.to_start")}
              error={fieldError(act.problem, "/to_start")}
              type="datetime-local"
              value={start}
              onValue={setStart}
              required
            />
            <Field
              label={w.text("drill.decide.to_end")}
              error={fieldError(act.problem, "/to_end")}
              type="datetime-local"
              value={end}
              onValue={setEnd}
              required
            />
          </>
        )}
        <Field
          label={w.text("drill.decide.reason")}
          error={fieldError(act.problem, "/reason")}
          value={reason}
          onValue={setReason}
          maxLength={500}
          required
        />
        {kind !== "ended_early" && (
          <Check checked={tells} onChecked={setTells}>
            {w.text("drill.decide.tells_by_mail")}
          </Check>
        )}
        <Button look="danger" type="submit" aria-busy={act.busy}>
          {w.text(`drill.decide.${kind}`)}
        </Button>
      </form>
    </details>
  );
}
