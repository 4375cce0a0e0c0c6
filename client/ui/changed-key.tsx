// A host shows another key than the one that was trusted. There is no way to accept it here: the old key can be forgotten,
// by typing the host's name, and then the new one is a question like any other.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { formatTarget, normaliseHost } from "../../shared/target.ts";
import type { ChangedHostKey } from "../knownhosts/claim.ts";
import type { App } from "./app-model.ts";
import { formatDay } from "./day.ts";
import { Field } from "./field.tsx";
import { Fingerprint } from "./fingerprint.tsx";

interface ChangedKeyProps {
  readonly app: App;
  readonly changed: ChangedHostKey;
}

export function ChangedKey({ app, changed }: ChangedKeyProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const typed = useSignal("");
  const outcome = useSignal<"none" | "forgetting" | "failed">("none");
  const named = normaliseHost(typed.value) === changed.host || typed.value.trim() === formatTarget(changed);

  useEffect(() => {
    document.title = `The key of ${changed.host} changed`;
    heading.current?.focus();
  }, [changed.host]);

  const forget = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!named || outcome.value === "forgetting" || document.hidden) return;
    outcome.value = "forgetting";
    try {
      await app.services.forgetHost(changed.scope, changed.host, changed.port);
      app.leave();
    } catch {
      outcome.value = "failed";
    }
  };

  return (
    <main class="column roomy">
      <section class="sheet padded">
        <div class="alarm">
          <h1 tabIndex={-1} ref={heading}>
            The key of {formatTarget(changed)} changed
          </h1>
          <p class="soft">The connection was stopped. Nothing was sent, not even your user name.</p>
        </div>
        <div class="compare">
          {changed.known.map((key) => (
            <div key={key.fingerprint}>
              <h2>You trusted</h2>
              <Fingerprint fingerprint={key.fingerprint} />
              <p class="caption">
                {key.keyType}, first seen {formatDay(key.firstSeen)}, last seen {formatDay(key.lastSeen)}
              </p>
            </div>
          ))}
          <div class="new">
            <h2>The server now shows</h2>
            <Fingerprint fingerprint={changed.shown.fingerprint} />
            <p class="caption">{changed.shown.keyType}, never trusted here</p>
          </div>
        </div>
        <div>
          <h2>What may have happened</h2>
          <ul class="causes">
            <li>Someone stands between you and the server, and would read what you type.</li>
            <li>The server was installed anew, or its owner gave it a new key.</li>
            <li>The name or the address now belongs to another machine.</li>
          </ul>
          <p>Ask the server's owner which it is, on another way than through this connection, before you go on.</p>
        </div>
        <form class="forget" onSubmit={(event) => void forget(event)}>
          <Field
            label="Type the host name to forget it"
            value={typed.value}
            onInput={(event) => {
              typed.value = event.currentTarget.value;
            }}
            error={outcome.value === "failed" ? "The known hosts could not be changed. Try again." : undefined}
            help="Its old key is removed from your known hosts. The next connection asks you about the new one."
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
          />
          <div class="actions">
            <button type="submit" class="first danger" disabled={!named || outcome.value === "forgetting"}>
              Forget this host
            </button>
            <button type="button" class="primary" onClick={() => app.leave()}>
              Go back
            </button>
          </div>
        </form>
      </section>
    </main>
  );
}
