// The first screen: where to, and as whom. What is wrong is said at its field, and what was typed stays.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Destination } from "../switchboard/messages.ts";
import type { App } from "./app-model.ts";
import { Brand } from "./brand.tsx";
import { type FieldErrors, type FormFields, spreadHost, understand } from "./destination-input.ts";
import { ExpectedKey } from "./expected-key.tsx";
import { Field } from "./field.tsx";
import { understandChoices } from "./host-choices.ts";
import { asciiHost } from "./host-name.ts";
import { LossNotice } from "./loss-notice.tsx";
import { Options } from "./options.tsx";
import { Recent } from "./recent.tsx";
import { useMeantClick } from "./typing-pause.ts";

type Errors = FieldErrors & { readonly alias?: string };

export function ConnectForm({ app }: { readonly app: App }) {
  const fields = app.form.value;
  const errors = useSignal<Errors>({});
  const inputs = {
    host: useRef<HTMLInputElement>(null),
    port: useRef<HTMLInputElement>(null),
    user: useRef<HTMLInputElement>(null),
    alias: useRef<HTMLInputElement>(null),
  };
  const connect = useRef<HTMLButtonElement>(null);

  const linked = app.linked.value;
  const meant = useMeantClick(linked);

  useEffect(() => {
    document.title = "Periwinkle";
    const { host, user } = app.form.peek();
    // Where a link leads is for the person to see first, and no key that was meant for something else may go there.
    if (host === "" || linked > 0) inputs.host.current?.focus();
    else if (user === "") inputs.user.current?.focus();
    else connect.current?.focus();
  }, [linked]);

  const edit = (change: Partial<FormFields>): void => {
    app.form.value = { ...app.form.value, ...change };
    errors.value = without(errors.value, [...Object.keys(change), "alias"]);
  };

  const submit = (event: Event): void => {
    event.preventDefault();
    app.pins.holdPasted(app.form.value);
    const understood = understand(app.form.value);
    const choices = understandChoices(app.choices.in(app.form.value));
    const bad = "aliasError" in choices ? { alias: choices.aliasError } : {};
    if (understood.kind === "destination" && !("aliasError" in choices)) {
      app.choices.keep(understood.destination, choices);
      app.connect(understood.destination);
      return;
    }
    errors.value = { ...(understood.kind === "errors" && understood.errors), ...bad };
    app.form.value = spreadHost(app.form.value);
    for (const name of ["host", "port", "user", "alias"] as const) {
      if (errors.value[name] === undefined) continue;
      inputs[name].current?.focus();
      break;
    }
  };

  const fill = ({ host, port, user }: Destination): void => {
    edit({ host, port: String(port), user });
    app.choices.untouch();
    connect.current?.focus();
  };

  return (
    <main class="column">
      <Brand heading />
      <LossNotice app={app} />
      {app.notice.value && (
        <p class="notice sheet" role="alert">
          {app.notice.value}
        </p>
      )}
      <form class="sheet padded" onSubmit={submit} noValidate>
        <div class="host-and-port">
          <Field
            label="Host"
            name="host"
            inputRef={inputs.host}
            value={fields.host}
            error={errors.value.host}
            help={aLabel(fields.host)}
            onInput={(event) => edit({ host: event.currentTarget.value })}
            onBlur={() => {
              app.pins.holdPasted(app.form.value);
              const spread = spreadHost(app.form.value);
              if (spread.host !== app.form.value.host) edit(spread);
            }}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            enterkeyhint="go"
          />
          <Field
            label="Port"
            name="port"
            inputRef={inputs.port}
            value={fields.port}
            error={errors.value.port}
            onInput={(event) => edit({ port: event.currentTarget.value })}
            inputMode="numeric"
            autocomplete="off"
            enterkeyhint="go"
          />
        </div>
        <Field
          label="User name"
          name="username"
          inputRef={inputs.user}
          value={fields.user}
          error={errors.value.user}
          onInput={(event) => edit({ user: event.currentTarget.value })}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          enterkeyhint="go"
        />
        {app.isDemo(fields) && (
          <p class="help">
            This is the demo server on the machine where Periwinkle runs. Its password is printed in the terminal where
            you started Periwinkle.
          </p>
        )}
        <ExpectedKey app={app} onDropped={() => connect.current?.focus()} />
        <div class="form-end">
          <Options
            app={app}
            aliasRef={inputs.alias}
            aliasError={errors.value.alias}
            onEdit={(change) => {
              app.choices.edit(app.form.peek(), change);
              if (change.alias !== undefined) errors.value = without(errors.value, ["alias"]);
            }}
          />
          <button
            type="submit"
            class="primary roomy"
            ref={connect}
            onClick={(event) => {
              if (linked > 0 && !meant(event)) event.preventDefault();
            }}
          >
            Connect
          </button>
        </div>
      </form>
      <Recent app={app} onChoose={fill} />
      <div class="asides">
        <button type="button" class="quiet small" onClick={() => app.toKnownHosts()}>
          Known hosts
        </button>
        <a href="./playground.html">Embed a terminal in your own page</a>
      </div>
      <p class="foot">
        SSH runs in this page. The relay at <b>{new URL(app.relay.url).host}</b> carries ciphertext only and cannot read
        it.
      </p>
    </main>
  );
}

function without(errors: Errors, names: readonly string[]): Errors {
  return Object.fromEntries(Object.entries(errors).filter(([name]) => !names.includes(name)));
}

/** A name beyond ASCII, as it is really asked for: lookalike letters show themselves here. */
function aLabel(typed: string): string | undefined {
  if (/^[\x00-\x7f]*$/.test(typed)) return undefined;
  const ascii = asciiHost(spreadHost({ host: typed, port: "", user: "" }).host);
  return ascii === undefined ? undefined : `Asked for as ${ascii}`;
}
