// What the page around suggests: who, where to, by whom. Nothing connects before the person says so here.

import { useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import { formatTarget, SSH_PORT } from "../../shared/target.ts";
import { Brand } from "../ui/brand.tsx";
import { Field } from "../ui/field.tsx";
import { unicodeHost } from "../ui/unicode-host.ts";
import { isUserName } from "../ui/user-name.ts";
import type { Suggestion } from "./parent-messages.ts";
import { useSettled } from "./settled.ts";
import type { Widget } from "./widget-model.ts";

interface SuggestionCardProps {
  readonly widget: Widget;
  readonly suggestion: Suggestion;
}

/** Mounted anew for each suggestion: nothing of the one before is left in it. */
export function SuggestionCard({ widget, suggestion: { target, user, pins } }: SuggestionCardProps) {
  const typed = useSignal("");
  const error = useSignal("");
  const field = useRef<HTMLInputElement>(null);
  const settled = useSettled(target);
  const early = useRef(false);
  const waiting = useId();
  const place = target.port === SSH_PORT ? target.host : formatTarget(target);
  const unicode = unicodeHost(target.host);

  const connect = (): void => {
    const name = user ?? typed.value.trim();
    if (isUserName(name)) return widget.connect(name);
    error.value =
      name === ""
        ? "Type the name you log in with on that server."
        : "A user name has no spaces or invisible characters, and does not begin with a hyphen.";
    field.current?.focus();
  };

  return (
    <main class="column widget-card" aria-label="Terminal">
      <Brand />
      <form
        class="sheet padded"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const meant = settled.value && !early.current;
          early.current = false;
          if (meant) connect();
        }}
      >
        <div class="suggested">
          <h1>
            Connect to {user !== undefined && `${user}@`}
            {place}?
          </h1>
          {unicode !== undefined && <p class="caption">{unicode}</p>}
          <p class="soft">
            <b>{widget.origin}</b> suggests it.
            <span class="reassuring"> That page sees neither what you type here nor what the server answers.</span>
          </p>
          {pins.length > 0 && (
            <p class="caption">
              It expects {pins.length === 1 ? "a certain key" : "certain keys"}. Any other is refused.
            </p>
          )}
        </div>
        {user === undefined && (
          <Field
            label="User name"
            value={typed.value}
            inputRef={field}
            error={error.value}
            autocomplete="username"
            autocapitalize="off"
            spellcheck={false}
            onInput={(event) => {
              typed.value = event.currentTarget.value;
              error.value = "";
            }}
          />
        )}
        {widget.notice.value && (
          <p class="error" role="alert">
            {widget.notice.value}
          </p>
        )}
        <div class="actions">
          <button
            type="submit"
            class="primary"
            aria-disabled={settled.value ? undefined : "true"}
            aria-describedby={settled.value ? undefined : waiting}
            onPointerDown={() => {
              early.current = !settled.value;
            }}
            onKeyDown={(event) => {
              if (event.repeat) event.preventDefault();
              else early.current = !settled.value;
            }}
          >
            Connect
          </button>
          <span hidden id={waiting}>
            Works after a second, so that no stray click connects.
          </span>
        </div>
      </form>
    </main>
  );
}
