import type { components } from "../../api/schema";
import { useWords } from "../../ui/words";
import { dayTime } from "../format";
import { words } from "../words";
import { When } from "./when";

/** What has been done about a rescue, the oldest first. */
export function Steps({ steps }: { steps: components["schemas"]["RescueStep"][] }) {
  const w = useWords(words);
  if (steps.length === 0) return null;
  return (
    <ol class="steps" aria-label={w.text("steps.title")}>
      {steps.map((step) => (
        <li key={step.id}>
          {step.is_earlier && <span class="tag">{w.text("step.earlier")}</span>}{" "}
          <strong>{w.text(`step.${step.kind}`)}</strong>{" "}
          {step.given_to && <span>{step.given_to}</span>}{" "}
          {step.reference && (
            <span>{w.text("step.reference.is", { reference: step.reference })}</span>
          )}{" "}
          {step.promised_at && (
            <span>{w.text("step.promised.is", { at: dayTime(step.promised_at, w.lang) })}</span>
          )}{" "}
          {step.said_by && <span>{w.text("step.said_by.is", { who: step.said_by })}</span>}{" "}
          {step.note && <span>{step.note}</span>}
          <small>
            <When at={step.at} age /> {step.by_name}
          </small>
        </li>
      ))}
    </ol>
  );
}
