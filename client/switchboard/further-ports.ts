// The further ports of a connection, each held by a window that answers its questions. All of them are told the same, also what
// they missed; a question that one of them answers is over for the others.

import {
  type Attached,
  type FromWindow,
  type FromWorker,
  type PromptAnswer,
  plainEnd,
  type ToWindow,
} from "./messages.ts";
import { wipe } from "./secrets.ts";

/** A person has one window open, or a few that were forgotten. */
const PORTS_LIMIT = 4;
/** A list of what goes there rather than of what does not, so that nothing new leaks. */
const TOLD: readonly FromWorker["type"][] = ["step", "facts", "trusted", "banner", "prompt", "prompt-over", "closed"];

export class FurtherPorts {
  readonly #attached: Attached;
  readonly #answered: (prompt: number, answer: PromptAnswer) => boolean;
  /** What a latecomer has to know: each step, and the last message of the other types. */
  readonly #told = new Map<string, ToWindow>();
  readonly #ports = new Set<MessagePort>();

  /** `answered` says whether the answer was taken; if not, it has wiped what is secret in it. */
  constructor(attached: Attached, answered: (prompt: number, answer: PromptAnswer) => boolean) {
    this.#attached = attached;
    this.#answered = answered;
  }

  admit(port: MessagePort): void {
    const { connection } = this.#attached;
    const oldest = this.#ports.size < PORTS_LIMIT ? undefined : this.#ports.values().next().value;
    if (oldest) {
      this.#ports.delete(oldest);
      oldest.postMessage(plainEnd(connection));
      oldest.close();
    }
    this.#ports.add(port);
    // Where the browser tells that the other end is gone (MessagePort's close event): one less to be told things.
    port.addEventListener("close", () => this.#ports.delete(port));
    port.onmessage = ({ data }: MessageEvent<FromWindow>) => {
      if (data?.type !== "answer") return;
      if (data.connection !== connection) wipe(data.answer);
      else if (this.#answered(data.prompt, data.answer)) {
        this.#tell({ type: "prompt-over", connection, prompt: data.prompt, answered: true }, port);
      }
    };
    for (const message of [this.#attached, ...this.#told.values()]) port.postMessage(message);
  }

  /** What is not for windows is passed over. */
  tell(message: FromWorker | ToWindow): void {
    if (isForWindows(message)) this.#tell(message);
  }

  #tell(message: ToWindow, except?: MessagePort): void {
    if (message.type === "prompt-over") this.#told.delete("prompt");
    else this.#told.set(message.type === "step" ? `${message.step} ${message.state}` : message.type, message);
    for (const port of this.#ports) if (port !== except) port.postMessage(message);
  }
}

function isForWindows(message: FromWorker | ToWindow): message is ToWindow {
  return TOLD.includes(message.type);
}
