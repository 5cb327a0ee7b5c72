import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { uuidv7 } from "../../offline/bytes";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Checks, Radios } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { fromLocalInput, longDay, toLocalInput } from "../format";
import { PageTitle } from "../parts/page";
import { ProblemBanner } from "../parts/problem";
import { go, href } from "../router";
import { refreshEvents } from "../running";
import { words } from "../words";

type Kind = components["schemas"]["EventKind"];
type Hazard = components["schemas"]["Hazard"];

const HAZARDS: Hazard[] = [
  "earthquake",
  "tsunami",
  "flood",
  "inland_flood",
  "landslide",
  "storm_surge",
  "large_fire",
  "volcano",
];
const DRILL_MS = 4 * 3_600_000;

/** Start a drill or a disaster. The kind is asked first and never edited afterwards. */
export default function NewEvent() {
  const w = useWords(words);
  const [id] = useState(uuidv7);
  const [kind, setKind] = useState<Kind | null>(null);
  const [name, setName] = useState<string | null>(null);
  const [hazards, setHazards] = useState<Hazard[]>([]);
  const [end, setEnd] = useState(toLocalInput(new Date(Date.now() + DRILL_MS).toISOString()));
  const [noKind, setNoKind] = useState(false);
  const act = useAct();
  const suggested = kind ? suggestedName(kind, hazards) : "";

  async function submit(event: Event) {
    event.preventDefault();
    setNoKind(!kind);
    if (!kind) return;
    const planned_end_at = kind === "drill" ? fromLocalInput(end) : null;
    const told = await act.run(() =>
      api.POST("/events", { body: { id, kind, name: name ?? suggested, hazards, planned_end_at } }),
    );
    if (!told?.ok) return;
    await refreshEvents();
    go(href("events", id, "start"));
  }

  return (
    <div class="form">
      <PageTitle title={w.text("new.title")} />
      <form onSubmit={submit}>
        <ProblemBanner problem={act.problem} shown={["/name", "/planned_end_at"]} />
        <Radios
          label={w.text("new.kind")}
          hint={w.text("new.kind.hint")}
          error={noKind && !kind ? w.text("new.kind.missing") : undefined}
          value={kind}
          onValue={setKind}
          options={[
            {
              value: "disaster",
              label: w.text("mode.disaster"),
              hint: w.text("new.disaster.hint"),
            },
            { value: "drill", label: w.text("mode.drill"), hint: w.text("new.drill.hint") },
          ]}
        />
        <Checks
          label={w.text("event.hazards")}
          values={hazards}
          onValues={setHazards}
          options={HAZARDS.map((value) => ({ value, label: w.text(`hazard.${value}`) }))}
        />
        <Field
          label={w.text("event.name")}
          hint={w.text("new.name.hint")}
          error={fieldError(act.problem, "/name")}
          value={name ?? suggested}
          onValue={setName}
          maxLength={100}
          required={kind !== null}
        />
        {kind === "drill" && (
          <Field
            label={w.text("event.planned_end")}
            hint={w.text("new.end.hint")}
            error={fieldError(act.problem, "/planned_end_at")}
            type="datetime-local"
            value={end}
            onValue={setEnd}
            required
          />
        )}
        {kind === "disaster" && (
          <Banner tone="warn" title={w.text("new.disaster.sure")}>
            <p>{w.text("new.disaster.sure.words")}</p>
          </Banner>
        )}
        <div class="actions">
          <Button
            look={kind === "disaster" ? "danger" : "primary"}
            type="submit"
            aria-busy={act.busy}
          >
            {w.text(
              kind === "drill" ? "new.submit.drill" : kind ? "new.submit.disaster" : "new.submit",
            )}
          </Button>
          <a class="button button-plain" href="#/">
            {w.text("cancel")}
          </a>
        </div>
      </form>
    </div>
  );
}

/** `令和8年11月22日 地震`: at three in the morning nobody should have to think of a name. */
function suggestedName(kind: Kind, hazards: Hazard[]): string {
  const comma = words.text("list.comma");
  const what = hazards.map((hazard) => words.text(`hazard.${hazard}`)).join(comma);
  const day = longDay(new Date().toISOString(), words.lang);
  return words.text(what ? `new.name.${kind}.what` : `new.name.${kind}`, { day, what });
}
