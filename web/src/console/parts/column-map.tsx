import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { Banner } from "../../ui/banner";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";
import { useWords } from "../../ui/words";
import { fieldError, useAct } from "../ask";
import { type Assigned, assign, type Headings } from "../columns";
import { words } from "../words";
import { ProblemBanner } from "./problem";
import "../waiting.css";

type Kind = components["schemas"]["Kind"];
type Mapping = components["schemas"]["Mapping"];

/** A file's columns with their first values, and which field each serves; kept under a name for the next list. */
export function ColumnMap(props: {
  kind: Kind;
  seen: Headings;
  assigned: Assigned;
  onAssigned: (assigned: Assigned) => void;
  /** What is kept: columns and the other settings, without the day. */
  mapping: Partial<Mapping>;
  profile: string;
  onKept: (name: string) => Promise<void>;
  onForgotten: () => Promise<void>;
}) {
  const { seen, assigned } = props;
  const w = useWords(words);
  return (
    <fieldset class="columns">
      <legend>{w.text("columns.title")}</legend>
      <p class="field-hint">{w.text("columns.words")}</p>
      <ul class="plain" lang="ja">
        {seen.headings.map(({ heading, samples }, index) => {
          const id = `column-${index}`;
          return (
            <li key={heading} class={assigned[heading] ? "" : "column-unread"}>
              <label for={id}>{heading}</label>
              <p id={`${id}-samples`} class="small">
                {samples.length > 0 ? samples.join("　") : w.text("columns.blank")}
              </p>
              <select
                id={id}
                aria-describedby={`${id}-samples`}
                value={assigned[heading] ?? ""}
                onChange={(event) =>
                  props.onAssigned(assign(assigned, heading, event.currentTarget.value))
                }
              >
                <option value="">{w.text("columns.unread")}</option>
                {seen.fields.map((field) => (
                  <option key={field.name} value={field.name}>
                    {field.is_required
                      ? w.text("columns.required", { field: field.label })
                      : field.label}
                  </option>
                ))}
              </select>
            </li>
          );
        })}
      </ul>
      <Keep {...props} key={props.profile} />
    </fieldset>
  );
}

function Keep(props: Parameters<typeof ColumnMap>[0]) {
  const w = useWords(words);
  const [name, setName] = useState(props.profile);
  const [said, setSaid] = useState("");
  const act = useAct();

  async function keep() {
    const wanted = name.trim();
    if (!wanted) return setSaid(w.text("columns.name.missing"));
    const params = { path: { kind: props.kind, name: wanted } };
    const body = { mapping: props.mapping as Mapping };
    const told = await act.run(() => api.PUT("/import-mappings/{kind}/{name}", { params, body }));
    if (told?.ok) await props.onKept(wanted);
  }

  async function forget() {
    const params = { path: { kind: props.kind, name: props.profile } };
    const told = await act.run(() => api.DELETE("/import-mappings/{kind}/{name}", { params }));
    if (told?.ok) await props.onForgotten();
  }

  return (
    <div class="columns-keep">
      <ProblemBanner problem={act.problem} shown={["/name"]} />
      <Field
        label={w.text("columns.name")}
        hint={w.text("columns.name.hint")}
        error={fieldError(act.problem, "/name") ?? (said || undefined)}
        value={name}
        onValue={(next) => {
          setName(next);
          setSaid("");
        }}
        maxLength={60}
      />
      <div class="actions">
        <Button onClick={() => void keep()} aria-busy={act.busy}>
          {w.text("columns.keep")}
        </Button>
        {props.profile && (
          <Button look="quiet" onClick={() => void forget()}>
            {w.text("columns.forget", { name: props.profile })}
          </Button>
        )}
      </div>
      {props.profile && (
        <Banner tone="ok" title={w.text("columns.is_kept", { name: props.profile })} />
      )}
    </div>
  );
}
