import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Checks, Select, TextArea } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import { fromLocalInput, toLocalInput } from "../format";
import { fromLines, toLines } from "../programme";
import { words } from "../words";
import { ProblemBanner } from "./problem";

export type Drill = components["schemas"]["Drill"];

const NEXT_WEEK_MS = 7 * 86_400_000;
const DRILL_MS = 3 * 3_600_000;

/** The plan of a drill, new or there. Of one that is there the times are moved by a decision. */
export function DrillPlan(props: {
  id: string;
  drill: Drill | null;
  onDone: (drill: Drill) => void;
}) {
  const w = useWords(words);
  const { drill, id } = props;
  const soon = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + NEXT_WEEK_MS);
  const [name, setName] = useState(drill?.event.name ?? "");
  const [start, setStart] = useState(toLocalInput(drill?.event.started_at ?? soon.toISOString()));
  const [end, setEnd] = useState(
    toLocalInput(drill?.event.planned_end_at ?? new Date(+soon + DRILL_MS).toISOString()),
  );
  const [scenario, setScenario] = useState(drill?.scenario ?? "");
  const [rule, setRule] = useState(drill?.cancel_rule ?? "");
  const [chosen, setChosen] = useState(drill?.districts.map((d) => d.id) ?? []);
  const [compare, setCompare] = useState(drill?.compare_with ?? "");
  const [lines, setLines] = useState(toLines(drill?.programme ?? []));
  const [wrong, setWrong] = useState(0);
  const districts = useAsk("districts", () => api.GET("/districts"));
  const drills = useAsk("drills", () => api.GET("/drills"));
  const act = useAct();

  async function submit(e: Event) {
    e.preventDefault();
    const starts_at = drill?.event.started_at ?? fromLocalInput(start) ?? "";
    const ends_at = drill?.event.planned_end_at ?? fromLocalInput(end) ?? "";
    const read = fromLines(lines, starts_at || new Date().toISOString(), drill?.programme ?? []);
    setWrong("wrong" in read ? read.wrong : 0);
    if ("wrong" in read) return;
    const body = {
      name,
      starts_at,
      ends_at,
      scenario,
      cancel_rule: rule,
      districts: chosen,
      hazards: drill?.event.hazards ?? [],
      compare_with: compare || null,
      programme: read.items,
    };
    const told = await act.run(() =>
      api.PUT("/drills/{event}", { params: { path: { event: id } }, body }),
    );
    if (told?.ok) props.onDone(told.data);
  }

  const earlier = (drills.data?.items ?? []).filter(
    (d) => d.event.id !== id && d.state === "ended",
  );
  return (
    <form class="card form" onSubmit={submit}>
      <ProblemBanner problem={act.problem} shown={["/name", "/starts_at", "/ends_at"]} />
      <Field
        label={w.text("drill.name")}
        error={fieldError(act.problem, "/name")}
        value={name}
        onValue={setName}
        maxLength={100}
        required
      />
      {!drill && (
        <>
          <Field
            label={w.text("drill.starts_at")}
            error={fieldError(act.problem, "/starts_at")}
            type="datetime-local"
            value={start}
            onValue={setStart}
            required
          />
          <Field
            label={w.text("drill.ends_at")}
            error={fieldError(act.problem, "/ends_at")}
            type="datetime-local"
            value={end}
            onValue={setEnd}
            required
          />
        </>
      )}
      <Checks
        label={w.text("drill.districts")}
        values={chosen}
        onValues={setChosen}
        options={(districts.data?.items ?? []).map((d) => ({ value: d.id, label: d.name }))}
      />
      <TextArea
        label={w.text("drill.programme.edit")}
        hint={w.text("drill.programme.hint")}
        error={wrong > 0 ? w.text("drill.programme.wrong", { n: wrong }) : undefined}
        value={lines}
        onValue={setLines}
        rows={6}
      />
      <TextArea
        label={w.text("drill.scenario")}
        value={scenario}
        onValue={setScenario}
        maxLength={4000}
      />
      <Field
        label={w.text("drill.cancel_rule")}
        hint={w.text("drill.cancel_rule.hint")}
        value={rule}
        onValue={setRule}
        maxLength={300}
      />
      <Select
        label={w.text("drill.compare_with")}
        value={compare}
        onValue={setCompare}
        options={[
          { value: "", label: w.text("drill.compare_with.none") },
          ...earlier.map((d) => ({ value: d.event.id, label: d.event.name })),
        ]}
      />
      <Button look="primary" type="submit" aria-busy={act.busy}>
        {w.text("drill.save")}
      </Button>
    </form>
  );
}
