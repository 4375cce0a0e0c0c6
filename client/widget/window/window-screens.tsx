// What the window shows: whose terminal it answers for, the question, and between the questions that it goes on.

import { useEffect } from "preact/hooks";
import { formatTarget } from "../../../shared/target.ts";
import { cleanLine } from "../../bytes/text.ts";
import type { Attached, ConnectionFailure } from "../../switchboard/messages.ts";
import { Brand } from "../../ui/brand.tsx";
import { ChangedKey } from "../../ui/changed-key.tsx";
import { Question } from "../../ui/question.tsx";
import { Quote } from "../../ui/quote.tsx";
import { RevokedKey } from "../../ui/revoked-key.tsx";
import { failureSentence } from "../../ui/sentences.ts";
import { SendTextDialog } from "../sight/send-text-dialog.tsx";
import type { WindowModel } from "./window-model.ts";
import { Words } from "./words.tsx";

interface WindowScreensProps {
  readonly model: WindowModel;
  /** Removes every key of `host:port` in this scope of the known hosts. */
  forget(scope: string, host: string, port: number): Promise<void>;
  close(): void;
}

export function WindowScreens({ model, forget, close }: WindowScreensProps) {
  const screen = model.screen.value;
  useEffect(() => {
    if (screen.kind === "done") close();
  }, [screen.kind, close]);
  const { host, user } = model.destination;
  useEffect(() => {
    document.title = host === "" ? "Periwinkle" : `${user}@${host}: Periwinkle`;
  }, [host, user]);

  switch (screen.kind) {
    case "waiting":
      return <main class="column" aria-busy="true" />;
    case "asking":
      return <Asking model={model} attached={screen.attached} close={close} />;
    case "refused":
      return <Refused attached={screen.attached} failure={screen.failure} forget={forget} close={close} />;
    case "ended":
      return <Ended attached={screen.attached} failure={screen.failure} close={close} />;
    case "done":
      return <Words title="This window is done" text="Go back to the page that opened it." close={close} />;
    default:
      return screen satisfies never;
  }
}

interface AskingProps {
  readonly model: WindowModel;
  readonly attached: Attached;
  close(): void;
}

function Asking({ model, attached, close }: AskingProps) {
  const own = model.own.value;
  return (
    <>
      <For attached={attached} />
      <main class="column">
        <Brand />
        <section class="sheet padded">
          <h1>Logging in…</h1>
          <dl class="facts">
            <dt>Host</dt>
            <dd>{formatTarget(attached.destination)}</dd>
            <dt>User</dt>
            <dd>{attached.destination.user}</dd>
            <dt>Relay</dt>
            <dd>{attached.relay}</dd>
          </dl>
          {model.notice.value && <p class="warning">{model.notice.value}</p>}
          <div class="actions">
            <button type="button" onClick={close}>
              Close
            </button>
          </div>
        </section>
      </main>
      <Question asked={model} toKnownHosts={undefined} />
      {own && (
        <SendTextDialog
          question={own.question}
          destination={attached.destination}
          settle={(allow) => model.answer(own.id, { kind: "send-text", allow })}
        />
      )}
    </>
  );
}

/** Stays in sight above every dialog: the same window may be asked for by any page. */
function For({ attached: { embedder } }: { readonly attached: Attached }) {
  if (embedder === undefined) return null;
  return (
    <p class="for">
      For the terminal in <b>{cleanLine(embedder, 255)}</b>
    </p>
  );
}

interface RefusedProps extends Pick<WindowScreensProps, "forget" | "close"> {
  readonly attached: Attached;
  readonly failure: ConnectionFailure;
}

/** The frame learns that it was refused, and not why: what this browser knows is not for the page around. */
function Refused({ attached, failure, forget, close }: RefusedProps) {
  const around = { toKnownHosts: undefined, leave: close, forgetHost: forget };
  return (
    <>
      <For attached={attached} />
      {failure.changed ? (
        <ChangedKey around={around} changed={failure.changed} replace={undefined} />
      ) : failure.code === "host-key-revoked" ? (
        <RevokedKey around={around} destination={attached.destination} failure={failure} />
      ) : (
        <Ended attached={undefined} destination={attached.destination} failure={failure} close={close} />
      )}
    </>
  );
}

interface EndedProps {
  readonly attached: Attached | undefined;
  readonly destination?: Attached["destination"];
  readonly failure: ConnectionFailure;
  close(): void;
}

function Ended({ attached, destination = attached?.destination, failure, close }: EndedProps) {
  const { summary, advice } = destination
    ? failureSentence(failure, destination)
    : { summary: "The connection has ended.", advice: "Go back to the page that opened this window." };
  return (
    <>
      {attached && <For attached={attached} />}
      <Words title={summary} text={advice} close={close}>
        {destination && failure.quoted && <Quote source={`${destination.host} said:`} text={failure.quoted} />}
      </Words>
    </>
  );
}
