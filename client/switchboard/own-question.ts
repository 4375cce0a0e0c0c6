// A question of a frame's own, served over the same kind of port as a connection's: a window that is seen answers it, where the
// frame cannot prove that it is.

import { FurtherPorts } from "./further-ports.ts";
import { type Attached, plainEnd, type SendTextQuestion } from "./messages.ts";
import { wipe } from "./secrets.ts";

const PROMPT = 1;

export class OwnQuestion {
  /** Settles once, by `settle` or by a window. */
  readonly allowed: Promise<boolean>;
  readonly #connection = crypto.randomUUID();
  readonly #ports: FurtherPorts;
  #resolve: ((allow: boolean) => void) | undefined;

  /** `about` is what the window tells the person of the connection. */
  constructor(about: Omit<Attached, "type" | "connection">, question: SendTextQuestion) {
    const connection = this.#connection;
    this.allowed = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#ports = new FurtherPorts({ ...about, type: "attached", connection }, (prompt, answer) => {
      wipe(answer);
      if (prompt !== PROMPT || !this.#resolve) return false;
      this.settle(answer.kind === "send-text" && answer.allow === true);
      return true;
    });
    this.#ports.tell({ type: "prompt", connection, prompt: PROMPT, question, claim: undefined });
  }

  /** A port to be transferred to a window that answers; each is for one window. */
  share(): MessagePort {
    const { port1: theirs, port2: ours } = new MessageChannel();
    this.#ports.admit(ours);
    return theirs;
  }

  /** The frame has the answer itself, or withdraws the question (false). The windows hear that it is over. */
  settle(allow: boolean): void {
    const connection = this.#connection;
    this.#resolve?.(allow);
    if (!this.#resolve) return;
    this.#resolve = undefined;
    this.#ports.tell({ type: "prompt-over", connection, prompt: PROMPT, answered: true });
    this.#ports.tell(plainEnd(connection));
  }
}
