// "Unknown host key": the most important question there is. Nothing nudges towards trust: Cancel has the focus, and both
// trust buttons are plain until a fingerprint that came along another way matches.

import { useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import { formatTarget } from "../../shared/target.ts";
import type { HostKeyQuestion, Pin, Verdict } from "../knownhosts/claim.ts";
import { ArmedButton } from "./armed-button.tsx";
import { type Comparison, compareFingerprint } from "./comparison.ts";
import { formatDay } from "./day.ts";
import { Dialog } from "./dialog.tsx";
import { Field } from "./field.tsx";
import { Fingerprint } from "./fingerprint.tsx";
import { Check } from "./icons.tsx";
import { KeyPicture } from "./key-picture.tsx";
import { TrustFacts } from "./trust-facts.tsx";

interface TrustDialogProps {
  readonly question: HostKeyQuestion;
  readonly user: string;
  readonly relay: string;
  /** The server did not wait for the answer, which then counts for the next connection; what there is to say about it. */
  readonly tooLate: string | undefined;
  decide(verdict: Verdict): void;
  /** To where lost known hosts can be restored, if that is to be reached from here. */
  readonly restore: (() => void) | undefined;
  /** The page around a frame, where what is trusted in it is known inside that page only. */
  readonly keptFor: string | undefined;
}

const SAID: Record<Comparison, string> = {
  nothing:
    "Get it from the server's owner, or at its console with ssh-keygen -l. Paste it here, and it is compared for you.",
  unreadable: "This is no SHA256 fingerprint: that is SHA256: and 43 letters and digits.",
  match: "It matches: this is the key you were told.",
  mismatch: "It does not match: this is not the key you were told. Do not connect; ask the server's owner.",
};

const PINNED_BY: Record<Pin["source"], string> = {
  link: "It matches the fingerprint in the link. That is worth as much as the place where you found the link.",
  embedder: "It matches the fingerprint that the page around this one gave along.",
};

export function TrustDialog({ question, user, relay, tooLate, decide, restore, keptFor }: TrustDialogProps) {
  const cancel = useRef<HTMLButtonElement>(null);
  const save = useRef<HTMLButtonElement>(null);
  const about = useId();
  const expected = useSignal("");
  const comparison = compareFingerprint(expected.value, question.fingerprint);
  const pinned = question.pinnedBy !== undefined && comparison !== "mismatch";
  const matched = pinned || comparison === "match";

  return (
    <Dialog
      title="Unknown host key"
      role="alertdialog"
      wide
      focus={cancel}
      describedBy={about}
      onCancel={() => decide("reject")}
    >
      {question.otherThanAnswered && (
        <div class="alarm">
          <p>
            <b>This is not the key that you answered for a moment ago.</b>
          </p>
          <p class="soft">
            Your answer was not used. Several machines may share that name, or someone may stand between you and them.
          </p>
        </div>
      )}
      <p class="soft print-about" id={about}>
        {question.lostSince === undefined ? (
          <>
            {question.keep ? "This browser knows" : "Inside this page there is"} no key of{" "}
            <b>{formatTarget(question)}</b> yet.
          </>
        ) : (
          <>
            This browser lost its known hosts {formatDay(question.lostSince)}. It cannot say whether you have connected
            to <b>{formatTarget(question)}</b> before.
          </>
        )}{" "}
        Is this its key? The relay {relay} cannot vouch for it.
      </p>
      {question.lostSince !== undefined && restore && (
        <button type="button" class="quiet small in-text" onClick={restore}>
          Cancel, and restore them from a backup
        </button>
      )}
      <div class={`print ${matched ? "match" : comparison}`}>
        <div>
          <p class="caption">
            {question.keyType}, {question.bits} bits, SHA256
          </p>
          <Fingerprint fingerprint={question.fingerprint} />
        </div>
        <KeyPicture art={question.randomart} />
        {pinned && question.pinnedBy && (
          <p class="pinned">
            <Check /> {PINNED_BY[question.pinnedBy]}
          </p>
        )}
      </div>
      <TrustFacts question={question} user={user} />
      <Field
        label="Expected fingerprint"
        class={`expected ${comparison}`}
        value={expected.value}
        onInput={(event) => {
          expected.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          // Enter decides nothing; after a match it leads to the button that does, and must not press it on arrival:
          // neither this one nor, while the key is held down, its repetitions.
          event.preventDefault();
          if (comparison === "match" && !event.repeat) save.current?.focus();
        }}
        help={<span role="status">{SAID[comparison]}</span>}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
      {tooLate && (
        <p class="warning" role="alert">
          {tooLate}
        </p>
      )}
      {!question.keep && (
        <p class="caption">For this session only, because the terminal is inside another page. Nothing is saved.</p>
      )}
      {question.keep && keptFor !== undefined && (
        <p class="caption">What is saved here is known inside pages of {keptFor} only.</p>
      )}
      <div class="actions choices">
        <button type="button" value="cancel" class="first" ref={cancel} onClick={() => decide("reject")}>
          Cancel
        </button>
        {comparison !== "mismatch" && !question.keep && (
          <ArmedButton since={tooLate} primary={matched} buttonRef={save} onPress={() => decide("accept-once")}>
            Trust for this session
          </ArmedButton>
        )}
        {comparison !== "mismatch" && question.keep && (
          <>
            <ArmedButton since={tooLate} onPress={() => decide("accept-once")}>
              Trust once
            </ArmedButton>
            <ArmedButton since={tooLate} primary={matched} buttonRef={save} onPress={() => decide("accept")}>
              Trust and save
            </ArmedButton>
          </>
        )}
      </div>
    </Dialog>
  );
}
