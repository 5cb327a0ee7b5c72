import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface FieldProps {
  label: ComponentChildren;
  hint?: ComponentChildren;
  /** Says what is wrong and what to type instead; read with the field. */
  error?: ComponentChildren;
  value: string;
  onValue: (value: string) => void;
  type?: "text" | "search" | "password" | "tel" | "email" | "datetime-local" | "date";
  name?: string;
  autocomplete?: string;
  inputMode?: "text" | "numeric" | "tel" | "search";
  maxLength?: number;
  required?: boolean;
  spellcheck?: boolean;
}

/** A labelled input whose hint and error are read with it. */
export function Field({ label, hint, error, value, onValue, ...rest }: FieldProps) {
  const id = useId();
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""]
    .filter(Boolean)
    .join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
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
      <input
        {...(rest as object)}
        id={id}
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
        aria-describedby={described || undefined}
        aria-invalid={error ? "true" : undefined}
      />
    </div>
  );
}
