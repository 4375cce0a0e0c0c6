// One line: is it alive, who and where, how it is protected, how far away.

import { type Signal, useSignal } from "@preact/signals";
import { formatTarget } from "../../shared/target.ts";
import type { Around } from "./around.ts";
import { framed } from "./focus.ts";
import { Mark } from "./icons.tsx";
import { formatRoundTrip } from "./round-trip.ts";
import type { Session } from "./session.ts";
import { isLasting, trustSentence, trustWords } from "./trust-basis.ts";

interface StatusLineProps {
  readonly around: Around;
  readonly session: Session;
  readonly shown: boolean;
  /** The person wants to know more. */
  onInform(): void;
}

export function StatusLine({ around, session, shown, onInform }: StatusLineProps) {
  const { phase, facts, basis, roundTrip, destination } = session.state.value;
  if (!shown) return <div class="status-line" />;
  const live = phase.kind === "open";
  return (
    <section class="status-line" aria-label="Status">
      <span class={live ? "who" : "who off"}>
        <span class="visually-hidden">{live ? "Connected to " : "Disconnected from "}</span>
        {destination.user}@{formatTarget(destination)}
      </span>
      {basis && (
        <span class={isLasting(basis) ? "basis wide-only" : "basis"} title={trustSentence(basis)}>
          {trustWords(basis)}
        </span>
      )}
      {facts?.postQuantum && (
        <span class="post-quantum wide-only" title={`Key exchange: ${facts.kex}`}>
          post-quantum
        </span>
      )}
      {facts && (
        <span class="wide-only" title={`Key exchange: ${facts.kex}`}>
          {cipherName(facts.incoming.cipher, facts.incoming.mac)}
        </span>
      )}
      {facts && facts.legacy.length > 0 && (
        <span class="old-in-use" title={facts.legacy.join(", ")}>
          <Mark />
          <span>old algorithms</span>
        </span>
      )}
      {live && (
        // As wide as it gets, from the start: nothing beside it moves when it changes.
        <span class="round-trip">
          {roundTrip !== undefined && (
            <>
              <span class="visually-hidden">Round trip </span>
              {formatRoundTrip(roundTrip)}
            </>
          )}
        </span>
      )}
      {framed() && (
        // What its label says to a screen reader.
        <span class="leaving" aria-hidden="true" title="Leaves the terminal by keyboard">
          Ctrl+Shift+Enter<span class="leaving-words"> leaves</span>
        </span>
      )}
      <span class="status-actions">
        {facts && (
          <button type="button" class="quiet small" aria-haspopup="dialog" onClick={onInform}>
            Connection
          </button>
        )}
        {live && (
          <button type="button" class="quiet small" onClick={() => session.close()}>
            Disconnect
          </button>
        )}
        <ScreenReader on={around.screenReader} />
      </span>
    </section>
  );
}

/** Makes the terminal's text readable for a screen reader; those who need none are not asked to look at it on a phone. */
function ScreenReader({ on }: { readonly on: Signal<boolean> }) {
  const said = useSignal("");
  return (
    <>
      <button
        type="button"
        class="quiet small screen-reader"
        aria-pressed={on.value ? "true" : "false"}
        title="Lets a screen reader read the terminal's text, and announces new output"
        onClick={() => {
          on.value = !on.value;
          said.value = on.value ? "The terminal's text can be read now." : "The terminal's text is not read any more.";
        }}
      >
        Screen reader
      </button>
      <span class="visually-hidden" role="status">
        {said.value}
      </span>
    </>
  );
}

/** Without the vendor's suffix, and without a MAC where the cipher authenticates by itself. */
export function cipherName(cipher: string, mac: string): string {
  const short = (name: string): string => name.replace(/@.*$/, "");
  return /gcm|poly1305/.test(cipher) || mac === "implicit" ? short(cipher) : `${short(cipher)}, ${short(mac)}`;
}
