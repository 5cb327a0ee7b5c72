import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { Button } from "../../ui/button";
import { Check, Select } from "../../ui/choices";
import { useWords } from "../../ui/words";
import { useAct, useAsk } from "../ask";
import { saveAnswer } from "../save";
import { words } from "../words";
import { ProblemBanner } from "./problem";
import type { Filter } from "./victim-filter";

/** The list as it is narrowed now, in the columns of the city's own system. */
export function ExportVictims(props: { eventId: string; filter: Filter }) {
  const w = useWords(words);
  const [mapping, setMapping] = useState("");
  const [withProtected, setProtected] = useState(false);
  const kept = useAsk("import-mappings", () => api.GET("/import-mappings"));
  const act = useAct();
  async function take(format: "csv" | "xlsx") {
    await act.run(() =>
      saveAnswer(`victims.${format}`, () =>
        api.GET("/events/{id}/victims/export", {
          params: {
            path: { id: props.eventId },
            query: {
              ...props.filter,
              format,
              mapping: mapping || undefined,
              with_protected: withProtected,
            },
          },
          parseAs: "blob",
        }),
      ),
    );
  }
  const names = (kept.data?.items ?? []).filter((k) => k.kind === "victims");
  return (
    <details class="more card">
      <summary>{w.text("victims.export")}</summary>
      <p>{w.text("victims.export.words")}</p>
      <ProblemBanner problem={act.problem} />
      <Select
        label={w.text("victims.export.mapping")}
        value={mapping}
        onValue={setMapping}
        options={[
          { value: "", label: w.text("victims.export.standard") },
          ...names.map((k) => ({ value: k.name, label: k.name })),
        ]}
      />
      <div class="field">
        <Check checked={withProtected} onChecked={setProtected}>
          {w.text("victims.export.protected")}
        </Check>
      </div>
      <p class="actions">
        <Button onClick={() => void take("csv")} aria-busy={act.busy}>
          {w.text("export.csv")}
        </Button>
        <Button onClick={() => void take("xlsx")} aria-busy={act.busy}>
          {w.text("export.xlsx")}
        </Button>
      </p>
    </details>
  );
}
