// A grant is asked for when it is needed: grants live for minutes, and people click later.

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Clock } from "../bytes/clock.ts";
import type { Destination } from "../switchboard/messages.ts";
import { type Granted, readGrant } from "./grant.ts";
import type { Tell } from "./overheard.ts";

/** How long the page around may take. */
const PATIENCE = 20_000;

export type Asking =
  | { readonly kind: "asked" }
  | { readonly kind: "failed"; readonly code: "grant-missing" | "grant-refused"; readonly sentence: string };

const CANCELLED = Symbol("cancelled");
type Outcome = Granted | Extract<Asking, { kind: "failed" }> | typeof CANCELLED;

export class Permission {
  readonly #origin: string;
  readonly #clock: Clock;
  readonly #tell: Tell;
  readonly #asking = signal<Asking | undefined>(undefined);
  /** With the grant, with nothing when time is up, or when the person goes away. */
  #settle: ((answer: string | undefined | typeof CANCELLED) => void) | undefined;

  constructor(origin: string, clock: Clock, tell: Tell) {
    this.#origin = origin;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** What is to be shown of it: while it is waited for, and when it did not come until `dismiss`. */
  get asking(): ReadonlySignal<Asking | undefined> {
    return this.#asking;
  }

  /** Asks the page around for a grant to `destination`. Undefined where none came that fits, or the person went away. */
  async ask(destination: Destination, pins: readonly string[]): Promise<Granted | undefined> {
    this.cancel();
    const outcome = await this.#answer(destination, pins);
    if (outcome === CANCELLED) {
      this.#tell({ type: "closed", code: "aborted", sentence: "The connection was cancelled." });
      return undefined;
    }
    if ("grant" in outcome) {
      this.#asking.value = undefined;
      return outcome;
    }
    this.#asking.value = outcome;
    this.#tell({ type: "closed", code: outcome.code, sentence: outcome.sentence });
    return undefined;
  }

  /** False where nobody waits for one. */
  give(grant: string): boolean {
    const settle = this.#settle;
    settle?.(grant);
    return settle !== undefined;
  }

  cancel(): void {
    this.#settle?.(CANCELLED);
    this.#asking.value = undefined;
  }

  async #answer({ host, port, user }: Destination, pins: readonly string[]): Promise<Outcome> {
    let stop = (): void => {};
    const answered = new Promise<string | undefined | typeof CANCELLED>((resolve) => {
      this.#settle = (answer) => {
        this.#settle = undefined;
        stop();
        resolve(answer);
      };
    });
    stop = this.#clock.after(PATIENCE, () => this.#settle?.(undefined));
    this.#asking.value = { kind: "asked" };
    this.#tell({ type: "needsGrant", host, port, user });
    const grant = await answered;
    if (grant === CANCELLED) return grant;
    if (grant === undefined) return failed("grant-missing", "The page around gave no permission in time.");
    const granted = readGrant(grant, { target: { host, port }, user, pins }, this.#origin);
    return typeof granted === "string" ? failed("grant-refused", granted) : granted;
  }
}

function failed(
  code: Extract<Asking, { kind: "failed" }>["code"],
  sentence: string,
): Extract<Asking, { kind: "failed" }> {
  return { kind: "failed", code, sentence };
}
