import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Labelled {
  label: ComponentChildren;
  hint?: ComponentChildren;
  error?: ComponentChildren;
}

function Words({
  id,
  hint,
  error,
}: {
  id: string;
  hint?: ComponentChildren;
  error?: ComponentChildren;
}) {
  return (
    <>
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </>
  );
}

function describedBy(id: string, { hint, error }: Labelled): string | undefined {
  return (
    [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ") || undefined
  );
}

export interface Option<V extends string> {
  value: V;
  label: string;
}

/** A labelled choice of one out of many. */
export function Select<V extends string>(
  props: Labelled & {
    value: V;
    onValue: (value: V) => void;
    options: Option<V>[];
    required?: boolean;
  },
) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <Words id={id} hint={props.hint} error={props.error} />
      <select
        id={id}
        value={props.value}
        required={props.required}
        onChange={(event) => props.onValue(event.currentTarget.value as V)}
        aria-describedby={describedBy(id, props)}
        aria-invalid={props.error ? "true" : undefined}
      >
        {props.options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A labelled text of several lines. */
export function TextArea(
  props: Labelled & {
    value: string;
    onValue: (value: string) => void;
    maxLength?: number;
    required?: boolean;
    rows?: number;
  },
) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <Words id={id} hint={props.hint} error={props.error} />
      <textarea
        id={id}
        rows={props.rows ?? 3}
        value={props.value}
        maxLength={props.maxLength}
        required={props.required}
        onInput={(event) => props.onValue(event.currentTarget.value)}
        aria-describedby={describedBy(id, props)}
        aria-invalid={props.error ? "true" : undefined}
      />
    </div>
  );
}

/** One out of few, all in sight. */
export function Radios<V extends string>(
  props: Labelled & {
    value: V | null;
    onValue: (value: V) => void;
    options: (Option<V> & { hint?: string })[];
  },
) {
  const id = useId();
  return (
    <fieldset class="field choices" aria-describedby={describedBy(id, props)}>
      <legend>{props.label}</legend>
      <Words id={id} hint={props.hint} error={props.error} />
      <div class="choices-box">
        {props.options.map((option) => (
          <label key={option.value} class="choice">
            <input
              type="radio"
              name={id}
              value={option.value}
              checked={props.value === option.value}
              onChange={() => props.onValue(option.value)}
            />
            <span>
              {option.label}
              {option.hint && <small>{option.hint}</small>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Any number out of few. */
export function Checks<V extends string>(
  props: Labelled & { values: V[]; onValues: (values: V[]) => void; options: Option<V>[] },
) {
  const id = useId();
  function set(value: V, isChosen: boolean) {
    const others = props.values.filter((v) => v !== value);
    props.onValues(isChosen ? [...others, value] : others);
  }
  return (
    <fieldset class="field choices" aria-describedby={describedBy(id, props)}>
      <legend>{props.label}</legend>
      <Words id={id} hint={props.hint} error={props.error} />
      <div class="choices-box">
        {props.options.map((option) => (
          <Check
            key={option.value}
            checked={props.values.includes(option.value)}
            onChecked={(isChosen) => set(option.value, isChosen)}
          >
            {option.label}
          </Check>
        ))}
      </div>
    </fieldset>
  );
}

/** One yes or no. */
export function Check(props: {
  checked: boolean;
  onChecked: (checked: boolean) => void;
  children: ComponentChildren;
}) {
  return (
    <label class="choice">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.onChecked(event.currentTarget.checked)}
      />
      <span>{props.children}</span>
    </label>
  );
}
