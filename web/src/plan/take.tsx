import { Button } from "../ui/button";
import { useStore } from "../ui/store";
import { useWords } from "../ui/words";
import { plan } from "./state";
import { words } from "./words";

const FORMATS = ["csv", "xlsx", "geojson"] as const;

/** Figures as files, and on paper; who took which is in the audit. */
export function Take() {
  const w = useWords(words);
  const { hazard, kind, far_m, changes, scenario } = useStore(plan);
  const asked: Record<string, string> = scenario
    ? { scenario: scenario.id }
    : { hazard: hazard ?? "any", kind, far_m: String(far_m) };
  const link = (what: string, format: string) =>
    `/api/v1/coverage/export?${new URLSearchParams({ ...asked, what, format })}`;
  return (
    <section class="card" aria-labelledby="take">
      <h2 id="take">{w.text("take.title")}</h2>
      <p>
        {scenario ? w.text("take.scenario", { name: scenario.name }) : w.text("take.base")}
        {changes.length > 0 && !scenario && <small class="under">{w.text("take.unsaved")}</small>}
      </p>
      {(["districts", "cells"] as const).map((what) => (
        <p key={what} class="actions">
          <span>{w.text(`take.${what}`)}</span>
          {FORMATS.map((format) => (
            <a key={format} class="button button-plain" href={link(what, format)} download>
              {format.toUpperCase()}
              <span class="visually-hidden"> {w.text(`take.${what}`)}</span>
            </a>
          ))}
        </p>
      ))}
      <Button look="primary" onClick={() => print()}>
        {w.text("print")}
      </Button>
    </section>
  );
}
