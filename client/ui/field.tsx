// A labelled input with its help and its error in words, tied together for screen readers.

import type { ComponentChildren, InputHTMLAttributes, Ref } from "preact";
import { useId } from "preact/hooks";

type InputProps = Omit<InputHTMLAttributes<HTMLInputElement>, "label" | "class" | "id" | "ref" | "role" | "type">;

interface FieldProps extends InputProps {
  readonly type?: "text" | "password";
  readonly label: string;
  readonly error?: string | undefined;
  readonly help?: ComponentChildren;
  readonly class?: string;
  readonly inputRef?: Ref<HTMLInputElement>;
}

// Apart, because Preact types the attributes of each kind of input apart.
const TEXT = { type: "text" } as const;
const PASSWORD = { type: "password" } as const;

export function Field({
  label,
  error,
  help,
  class: classes = "",
  inputRef = null,
  type = "text",
  ...input
}: FieldProps) {
  const id = useId();
  const described = [error && `${id}-error`, help && `${id}-help`].filter(Boolean).join(" ");
  return (
    <div class={`field ${classes}`}>
      <label for={id}>{label}</label>
      <input
        {...input}
        {...(type === "password" ? PASSWORD : TEXT)}
        id={id}
        ref={inputRef}
        aria-invalid={error ? "true" : "false"}
        aria-describedby={described || undefined}
      />
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {help && (
        <p class="help" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
}

/** Takes a secret out of its field as UTF-8 and leaves the field empty. The string itself cannot be wiped: JavaScript's limit. */
export function takeSecret(field: HTMLInputElement | HTMLTextAreaElement | null): Uint8Array {
  const bytes = new TextEncoder().encode(field?.value ?? "");
  if (field) field.value = "";
  return bytes;
}
