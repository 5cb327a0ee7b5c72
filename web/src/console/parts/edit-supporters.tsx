import type { Problem } from "../../api/client";
import type { components } from "../../api/schema";
import { Button } from "../../ui/button";
import { Check, Select } from "../../ui/choices";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError } from "../ask";
import { words } from "../words";
import { SAYS } from "./plan-facts";

type Supporter = components["schemas"]["NewSupporter"];

const MOST = 9;

/** Who helps, first to last, each with a consent of one's own. */
export function EditSupporters(props: {
  values: Supporter[];
  onValues: (values: Supporter[]) => void;
  problem: Problem | null;
}) {
  const w = useWords(words);
  const { values } = props;
  const change = (at: number, part: Partial<Supporter>) =>
    props.onValues(values.map((one, n) => (n === at ? { ...one, ...part } : one)));
  const up = (at: number) => {
    const moved = [...values];
    const [one] = moved.splice(at, 1);
    if (one) moved.splice(at - 1, 0, one);
    props.onValues(moved);
  };
  return (
    <>
      <p class="small">{w.text("plan.supporter.unnamed")}</p>
      {values.length === 0 && <p>{w.text("plan.supporters.none")}</p>}
      {values.map((one, at) => {
        const n = at + 1;
        const error = (field: string) => fieldError(props.problem, `/supporters/${at}/${field}`);
        return (
          <fieldset class="inner-form" key={at}>
            <legend>{w.text("plan.supporter", { n })}</legend>
            <Field
              label={w.text("plan.supporter.name")}
              value={one.name}
              onValue={(name) => change(at, { name, volunteer_id: null })}
              error={error("name")}
              maxLength={100}
              autocomplete="off"
              required
            />
            <Check checked={one.is_body ?? false} onChecked={(is_body) => change(at, { is_body })}>
              {w.text("plan.supporter.is_body")}
            </Check>
            <div class="filters">
              <Field
                label={w.text("plan.supporter.relation")}
                value={one.relation ?? ""}
                onValue={(relation) => change(at, { relation })}
                error={error("relation")}
                maxLength={50}
              />
              <Field
                label={w.text("plan.supporter.phone")}
                type="tel"
                value={one.phone ?? ""}
                onValue={(phone) => change(at, { phone })}
                error={error("phone")}
                autocomplete="off"
                maxLength={50}
              />
              <Field
                label={w.text("plan.supporter.address")}
                value={one.address ?? ""}
                onValue={(address) => change(at, { address })}
                error={error("address")}
                autocomplete="off"
                maxLength={200}
              />
              <Field
                label={w.text("plan.supporter.does")}
                value={one.does ?? ""}
                onValue={(does) => change(at, { does })}
                error={error("does")}
                maxLength={300}
              />
              <Select
                label={w.text("plan.supporter.consent")}
                value={one.consent}
                onValue={(consent) => change(at, { consent })}
                options={SAYS.map((value) => ({
                  value,
                  label: w.text(`plan.supporter.consent.${value}`),
                }))}
              />
              <Field
                label={w.text("plan.supporter.consent_on")}
                type="date"
                value={one.consent_on ?? ""}
                onValue={(on) => change(at, { consent_on: on || null })}
                error={error("consent_on")}
                required={one.consent === "consented"}
              />
            </div>
            <p class="actions">
              {at > 0 && (
                <Button onClick={() => up(at)}>{w.text("plan.supporter.up", { n })}</Button>
              )}
              <Button onClick={() => props.onValues(values.filter((_, m) => m !== at))}>
                {w.text("plan.supporter.remove", { n })}
              </Button>
            </p>
          </fieldset>
        );
      })}
      {values.length < MOST && (
        <p>
          <Button
            icon="add"
            onClick={() =>
              props.onValues([...values, { name: "", consent: "unanswered", consent_on: null }])
            }
          >
            {w.text("plan.supporter.add")}
          </Button>
        </p>
      )}
    </>
  );
}
