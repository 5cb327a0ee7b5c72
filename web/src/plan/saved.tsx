import { useState } from "preact/hooks";
import { api } from "../api/client";
import { useAct, useAsk } from "../console/ask";
import { dayTime } from "../console/format";
import { ProblemBanner } from "../console/parts/problem";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { announce } from "../ui/live-region";
import { useStore } from "../ui/store";
import { useWords } from "../ui/words";
import { people } from "./format";
import { open, plan, type Scenario } from "./state";
import { words } from "./words";

/** What-ifs that were kept: saved, opened again, put aside. */
export function Saved() {
  const w = useWords(words);
  const { hazard, kind, far_m, changes, scenario } = useStore(plan);
  const { data, problem, again } = useAsk("scenarios", () => api.GET("/coverage/scenarios"));
  const act = useAct();
  const [name, setName] = useState("");
  const [isNameless, setNameless] = useState(false);

  async function save(event: Event) {
    event.preventDefault();
    setNameless(name.trim() === "");
    if (name.trim() === "") return;
    const body = {
      id: crypto.randomUUID(),
      name,
      hazard: hazard ?? "any",
      kind,
      far_m,
      changes,
    } as const;
    const told = await act.run(() => api.POST("/coverage/scenarios", { body }));
    if (!told?.ok) return;
    plan.set({ scenario: told.data });
    setName("");
    announce(w.text("saved.saved"));
    await again();
  }

  async function retire(old: Scenario) {
    const path = { id: old.id };
    const told = await act.run(() =>
      api.POST("/coverage/scenarios/{id}/retire", { params: { path } }),
    );
    if (told?.ok) await again();
  }

  return (
    <section class="card" aria-labelledby="saved">
      <h2 id="saved">{w.text("saved.title")}</h2>
      <ProblemBanner problem={problem ?? act.problem} />
      {changes.length > 0 && !scenario && (
        <form onSubmit={save} noValidate>
          <Field
            label={w.text("saved.name")}
            error={isNameless ? w.text("saved.needs.name") : undefined}
            value={name}
            onValue={setName}
            maxLength={100}
            autocomplete="off"
          />
          <Button look="primary" type="submit" aria-busy={act.busy}>
            {w.text("saved.save")}
          </Button>
        </form>
      )}
      {scenario && <SavedThen scenario={scenario} />}
      {data?.items.length === 0 && <p>{w.text("saved.none")}</p>}
      <ul class="plain plan-saved">
        {(data?.items ?? []).map((item) => (
          <li key={item.id}>
            <span>
              <strong>{item.name}</strong>
              <small class="under">
                {w.text(`hazard.${item.hazard}`)}・{w.text(`kind.${item.kind}`)}・
                {dayTime(item.made_at, w.lang)}
              </small>
            </span>
            <span class="actions">
              <Button
                aria-label={w.text("saved.open.of", { name: item.name })}
                onClick={() => {
                  open(item);
                  scrollTo(0, 0);
                }}
              >
                {w.text("saved.open")}
              </Button>
              <Button
                aria-label={w.text("saved.retire.of", { name: item.name })}
                onClick={() => void retire(item)}
              >
                {w.text("saved.retire")}
              </Button>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What came out when it was saved, beside what comes out now above. */
function SavedThen({ scenario }: { scenario: Scenario }) {
  const w = useWords(words);
  const { data } = useAsk(`scenario ${scenario.id}`, () =>
    api.GET("/coverage/scenarios/{id}", { params: { path: { id: scenario.id } } }),
  );
  if (!data) return null;
  const saved = data.saved as { as_of?: string; with?: { far?: number | null } };
  return (
    <p>
      <strong>{scenario.name}</strong>
      <small class="under">
        {w.text("saved.then", {
          at: dayTime(saved.as_of ?? scenario.made_at, w.lang),
          n: people(saved.with?.far, "few"),
        })}
      </small>
      {data.stands_no_more && (
        <small class="under warn">{w.text("saved.gone", { why: data.stands_no_more })}</small>
      )}
    </p>
  );
}
