import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Radios, Select } from "../../ui/choices";
import { useWords } from "../../ui/words";
import { fieldError, useAct, useAsk } from "../ask";
import { take } from "../take";
import { words } from "../words";
import { ProblemBanner } from "./problem";

export type Recipient = components["schemas"]["Recipient"];

const RECIPIENTS: Recipient[] = ["headquarters", "support_organisation", "fire_service", "police"];

/** For whom a list is made; a lead makes lists for the support organisations only. */
export function ForWhom(props: {
  isStaff: boolean;
  value: Recipient;
  onValue: (value: Recipient) => void;
}) {
  const w = useWords(words);
  const choices = RECIPIENTS.filter((r) => props.isStaff || r === "support_organisation");
  return (
    <Radios<Recipient>
      label={w.text("roster.recipient")}
      value={props.value}
      onValue={props.onValue}
      options={choices.map((value) => ({
        value,
        label: w.text(`roster.recipient.${value}`),
        hint: w.text(
          value === "headquarters"
            ? "roster.recipient.hint.headquarters"
            : "roster.recipient.hint.outside",
        ),
      }))}
    />
  );
}

/** The roster as a table to take away: headquarters' own, or what a recipient may have. */
export function TakeRoster(props: { district?: string; isStaff: boolean }) {
  const w = useWords(words);
  const [recipient, setRecipient] = useState<Recipient>("support_organisation");
  const [district, setDistrict] = useState(props.district ?? "");
  const districts = useAsk("districts", () => api.GET("/districts"));
  const act = useAct();
  const go = (format: "csv" | "xlsx") =>
    take(
      act.run,
      () =>
        api.GET("/roster/export", {
          params: { query: { format, recipient, district: district || undefined } },
          parseAs: "blob",
        }),
      `roster.${format}`,
    );
  return (
    <details class="more">
      <summary>{w.text("roster.take")}</summary>
      <section class="card">
        <p>{w.text("roster.take.words")}</p>
        <ProblemBanner problem={act.problem} shown={["/district"]} />
        <ForWhom isStaff={props.isStaff} value={recipient} onValue={setRecipient} />
        <Select
          label={w.text("roster.take.district")}
          error={fieldError(act.problem, "/district")}
          value={district}
          onValue={setDistrict}
          options={[
            { value: "", label: w.text("all.districts") },
            ...(districts.data?.items ?? []).map((d) => ({ value: d.id, label: d.name })),
          ]}
        />
        <p class="actions">
          <Button onClick={() => void go("csv")} aria-busy={act.busy}>
            {w.text("export.csv")}
          </Button>
          <Button onClick={() => void go("xlsx")} aria-busy={act.busy}>
            {w.text("export.xlsx")}
          </Button>
        </p>
      </section>
    </details>
  );
}
