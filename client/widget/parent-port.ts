// The port to the page around, once it has been greeted: what comes in is checked and held to a pace, what goes out is a
// message of the contract.

import type { Clock } from "../bytes/clock.ts";
import { Allowance } from "../terminal/allowance.ts";
import type { ParentMessage, WidgetMessage } from "./embed/1.0.0/contract.d.ts";
import { understand, type Verb } from "./parent-messages.ts";

/** What each costs: how many at once, and how many a second after that. A page that says more is told so, once in a while. */
const PACE: Record<ParentMessage["type"] | "problem", readonly [capacity: number, perSecond: number]> = {
  connect: [5, 1],
  grant: [5, 1],
  disconnect: [5, 1],
  focus: [5, 1],
  theme: [20, 5],
  font: [20, 5],
  sendText: [20, 10],
  problem: [20, 5],
};

type Port = Pick<MessagePort, "postMessage" | "onmessage">;

export class ParentPort {
  readonly #port: Port;
  readonly #allowed;

  constructor(port: Port, clock: Pick<Clock, "now">) {
    this.#port = port;
    this.#allowed = Object.fromEntries(
      Object.entries(PACE).map(([name, [capacity, perSecond]]) => [
        name,
        new Allowance(capacity, perSecond, () => clock.now()),
      ]),
    );
  }

  readonly tell = (message: WidgetMessage): void => {
    if (message.type === "problem" && !this.#spend("problem")) return;
    this.#port.postMessage(message);
  };

  /** From now on; what came before is delivered first. */
  listen(follow: (verb: Verb) => void): void {
    this.#port.onmessage = ({ data }: MessageEvent<unknown>) => {
      const understood = understand(data);
      if (understood === undefined) return;
      const about = understood.kind === "verb" ? understood.verb.type : understood.about;
      if (!this.#spend(about)) this.tell({ type: "problem", about, sentence: "Too many of these in a short time." });
      else if (understood.kind === "problem") this.tell({ type: "problem", about, sentence: understood.sentence });
      else follow(understood.verb);
    };
  }

  #spend(what: keyof typeof PACE): boolean {
    return this.#allowed[what]?.spend(1) === true;
  }
}
