import { Button } from "../ui/button";
import { Radios, Select } from "../ui/choices";
import { useStore } from "../ui/store";
import { useWords } from "../ui/words";
import { number } from "./format";
import { ask, DISTANCES, HAZARDS, KINDS, plan, type View } from "./state";
import { words } from "./words";

/** First question: which hazard. */
export function ChooseHazard() {
  const w = useWords(words);
  return (
    <section aria-labelledby="hazard">
      <h2 id="hazard">{w.text("hazard.question")}</h2>
      <p>{w.text("hazard.why")}</p>
      <ul class="plain plan-hazards">
        {HAZARDS.map((hazard) => (
          <li key={hazard}>
            <Button wide onClick={() => ask({ hazard })}>
              {w.text(`hazard.${hazard}`)}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Hazard, kind of place, how far is far, what the colours say. */
export function Settings() {
  const w = useWords(words);
  const { hazard, kind, far_m, view, changes } = useStore(plan);
  const distances = DISTANCES.includes(far_m as (typeof DISTANCES)[number])
    ? DISTANCES
    : [...DISTANCES, far_m];
  const views: View[] = changes.length > 0 ? ["residents", "far", "change"] : ["residents", "far"];
  return (
    <div class="card">
      <Select
        label={w.text("hazard.label")}
        value={hazard ?? "any"}
        onValue={(chosen) => ask({ hazard: chosen })}
        options={HAZARDS.map((value) => ({ value, label: w.text(`hazard.${value}`) }))}
      />
      <Select
        label={w.text("kind.label")}
        hint={kind === "shelter" ? w.text("kind.shelter.hint") : undefined}
        value={kind}
        onValue={(chosen) => ask({ kind: chosen })}
        options={KINDS.map((value) => ({ value, label: w.text(`kind.${value}`) }))}
      />
      <Select
        label={w.text("far.label")}
        value={String(far_m)}
        onValue={(chosen) => ask({ far_m: Number(chosen) })}
        options={distances.map((n) => ({
          value: String(n),
          label: w.text("far.option", { n: number(n) }),
        }))}
      />
      <Radios
        label={w.text("view.label")}
        value={view}
        onValue={(chosen) => ask({ view: chosen })}
        options={views.map((value) => ({ value, label: w.text(`view.${value}`) }))}
      />
    </div>
  );
}
