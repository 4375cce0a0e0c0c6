// A window's end of a further port: it hears the questions of a connection that lives elsewhere, and answers them.

import type { HostKeyClaim } from "../knownhosts/claim.ts";
import type { Attached, FromWindow, PromptAnswer, PromptQuestion, SendTextQuestion, ToWindow } from "./messages.ts";
import type { RemoteConnectionEvents } from "./remote-connection.ts";
import { secretsOf, transferred, wipe } from "./secrets.ts";

/** As long as a certificate may be (keys/certificate.ts). */
const KEY_LIMIT = 32_768;
const NAME_LIMIT = 255;

/** First what was said before the window came, then what is said now. */
export interface AttachmentEvents
  extends Pick<RemoteConnectionEvents, "step" | "facts" | "trusted" | "banner" | "promptOver"> {
  /** Once, first; unless the connection is over already. */
  attached(attached: Attached): void;
  /**
   * At most one question is open at a time. `claim` comes with one about a host key, unless it does not fit the host that the
   * connection goes to: there is then nothing that could be verified, and the answer is "reject".
   */
  prompt(id: number, question: PromptQuestion | SendTextQuestion, claim: HostKeyClaim | undefined): void;
  /** Once, last: the connection has ended, or its page is gone, or another window has taken this one's place. */
  closed(...end: Parameters<RemoteConnectionEvents["closed"]>): void;
}

export interface Attachment {
  /** Secrets are transferred: the caller must not use them again. */
  answer(prompt: number, answer: PromptAnswer): void;
  /** No event comes after it. The connection goes on. */
  close(): void;
}

/** The port is one that `RemoteConnection.share` or `OwnQuestion.share` gave. Messages of types that are not known are ignored. */
export function attachTo(port: MessagePort, events: AttachmentEvents): Attachment {
  let to: Attached | undefined;
  let over = false;
  const close = (): void => {
    over = true;
    port.close();
  };
  port.onmessage = ({ data }: MessageEvent<ToWindow>) => {
    if (over) return;
    switch (data?.type) {
      case "attached":
        to ??= data;
        return events.attached(data);
      case "step":
        return events.step(data.step, data.state, data.elapsed);
      case "facts":
        return events.facts(data.facts);
      case "trusted":
        return events.trusted(data.basis);
      case "banner":
        return events.banner(data.text);
      case "prompt":
        return events.prompt(data.prompt, data.question, fitting(data.claim, to));
      case "prompt-over":
        return events.promptOver(data.prompt, data.answered);
      case "closed":
        close();
        return events.closed(data.exit, data.failure);
      default:
        data satisfies undefined; // of another build, perhaps
    }
  };
  // The page with the frame is gone, and the worker with it. Not every browser tells (MessagePort's close event).
  port.addEventListener("close", () => {
    if (over) return;
    over = true;
    events.closed(undefined, undefined);
  });
  return {
    answer(prompt, answer) {
      if (over || !to) return wipe(answer);
      const message: FromWindow = { type: "answer", connection: to.connection, prompt, answer };
      port.postMessage(message, transferred(secretsOf(answer)));
    },
    close,
  };
}

/** Is it about the host that the person is told of, and of a size that can be? */
function fitting(claim: HostKeyClaim | undefined, to: Attached | undefined): HostKeyClaim | undefined {
  const { host, port } = to?.destination ?? {};
  const fits =
    claim !== undefined &&
    claim.host === host &&
    claim.port === port &&
    [claim.host, claim.alias ?? "", claim.route, claim.algorithm].every(({ length }) => length <= NAME_LIMIT) &&
    claim.keyBlob instanceof Uint8Array &&
    claim.keyBlob.length <= KEY_LIMIT;
  return fits ? claim : undefined;
}
