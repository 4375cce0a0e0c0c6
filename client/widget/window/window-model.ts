// A window that answers the questions of a terminal in a frame. It decides about host keys by itself, over what this browser
// knows on our own pages, and tells the frame's connection no more than yes or no; other answers go to the connection as given.

import { type ReadonlySignal, signal } from "@preact/signals";
import { formatTarget } from "../../../shared/target.ts";
import { asSshError } from "../../bytes/errors.ts";
import { HostKeyChangedError } from "../../knownhosts/changed.ts";
import type { ChangedHostKey, HostKeyClaim, HostKeyQuestion, TrustChoices, Verdict } from "../../knownhosts/claim.ts";
import type { KnownHostsStore } from "../../knownhosts/store.ts";
import { trustingVerifier } from "../../knownhosts/verifier.ts";
import type { HostOptions } from "../../storage/host-options.ts";
import { type Attachment, type AttachmentEvents, attachTo } from "../../switchboard/attachment.ts";
import type {
  Attached,
  ConnectionFailure,
  Destination,
  PromptAnswer,
  SendTextQuestion,
} from "../../switchboard/messages.ts";
import type { Asked } from "../../ui/asked.ts";
import { KeyDraft } from "../../ui/key-draft.ts";
import { reduce, type SessionEvent, type SessionState, startSession } from "../../ui/state.ts";

/** What this browser knows on our own pages. */
export interface FirstParty {
  readonly store: KnownHostsStore;
  readonly operator: TrustChoices["operator"];
  readonly lostSince: number | undefined;
  readonly options: readonly HostOptions[];
  now(): number;
}

export type WindowScreen =
  /** The frame has not said yet what this is about. */
  | { readonly kind: "waiting" }
  | { readonly kind: "asking"; readonly attached: Attached }
  /** The key was refused here; the connection was told no. */
  | { readonly kind: "refused"; readonly attached: Attached; readonly failure: ConnectionFailure }
  /** It ended by itself. */
  | { readonly kind: "ended"; readonly attached: Attached | undefined; readonly failure: ConnectionFailure }
  /** Nothing more is asked: the window may go. */
  | { readonly kind: "done" };

interface OwnQuestion {
  readonly id: number;
  readonly question: SendTextQuestion;
}

const NOWHERE: Destination = { host: "", port: 0, user: "" };

export class WindowModel implements Asked {
  readonly keyDraft = new KeyDraft();
  /** A sentence about the known hosts; nothing to decide. */
  readonly notice = signal("");
  readonly #known: FirstParty;
  readonly #screen = signal<WindowScreen>({ kind: "waiting" });
  readonly #state = signal<SessionState>(startSession(NOWHERE));
  readonly #own = signal<OwnQuestion | undefined>(undefined);
  readonly #attachment: Attachment;
  /** The verification under way: its end, and who waits for the person's verdict. */
  #moot = new AbortController();
  #decide: ((verdict: Verdict) => void) | undefined;

  constructor(port: MessagePort, known: FirstParty) {
    this.#known = known;
    this.#attachment = attachTo(port, this.#events());
  }

  get screen(): ReadonlySignal<WindowScreen> {
    return this.#screen;
  }

  get state(): ReadonlySignal<SessionState> {
    return this.#state;
  }

  /** What the page around the frame asks by way of the frame. */
  get own(): ReadonlySignal<OwnQuestion | undefined> {
    return this.#own;
  }

  get destination(): Destination {
    return this.#attached?.destination ?? NOWHERE;
  }

  get relayHost(): string {
    return this.#attached?.relay ?? "";
  }

  answer(prompt: number, answer: PromptAnswer): void {
    if (answer.kind !== "key") this.keyDraft.wipe();
    if (this.#own.value?.id === prompt) this.#own.value = undefined;
    this.#dispatch({ type: "answered", id: prompt, verdict: undefined });
    if (answer.kind === "host-key") this.#decide?.(answer.verdict);
    else this.#attachment.answer(prompt, answer);
  }

  /** There is nobody left to answer to. */
  leave(): void {
    if (this.#screen.value.kind === "asking" || this.#screen.value.kind === "waiting") this.#closed(undefined);
  }

  get #attached(): Attached | undefined {
    const screen = this.#screen.value;
    return "attached" in screen ? screen.attached : undefined;
  }

  #events(): AttachmentEvents {
    return {
      attached: (attached) => {
        this.#screen.value = { kind: "asking", attached };
        this.#state.value = startSession(attached.destination);
      },
      step: (step, state, elapsed) => {
        this.#dispatch({ type: "step", step, state, elapsed });
        if (step === "authenticated" && state === "done") this.#finish();
      },
      facts: (facts) => this.#dispatch({ type: "facts", facts }),
      // Why it is trusted is known better here, where it was decided.
      trusted: (basis) => this.#dispatch({ type: "trusted", basis: this.#state.value.basis ?? basis }),
      banner: (text) => this.#dispatch({ type: "banner", text }),
      prompt: (id, question, claim) => {
        const again = question.kind === "credential" && question.keyProblem?.locked === true;
        if (!again) this.keyDraft.wipe();
        if (question.kind === "send-text") this.#own.value = { id, question };
        else if (question.kind === "host-key") void this.#verify(id, claim);
        else this.#dispatch({ type: "prompt", id, question });
      },
      promptOver: (id) => this.#over(id),
      closed: (_, failure) => this.#closed(failure),
    };
  }

  /** The question that the frame could show says nothing here: what is known of the key is looked up again, on this page. */
  async #verify(id: number, claim: HostKeyClaim | undefined): Promise<void> {
    const attached = this.#attached;
    if (!attached) return;
    this.#moot.abort();
    this.#moot = new AbortController();
    const { signal } = this.#moot;
    const reply = (verdict: Verdict): void => this.#attachment.answer(id, { kind: "host-key", verdict });
    try {
      if (claim === undefined) return reply("reject");
      const { mode, alias } = this.#optionsFor(attached.destination);
      const verifier = trustingVerifier({
        store: this.#known.store,
        choices: {
          // Whoever takes new hosts unasked did not think of pages that choose the host.
          mode: mode === "strict" ? "strict" : "ask",
          alias,
          pins: attached.pins,
          operator: this.#known.operator,
          lostSince: this.#known.lostSince,
          earlier: undefined,
          keep: true,
        },
        ask: (question, moot) => this.#ask(id, question, moot),
        now: this.#known.now,
        notice: (sentence) => {
          this.notice.value = sentence;
        },
        trusted: (basis) => this.#dispatch({ type: "trusted", basis }),
      });
      const verdict = await verifier.verify(alias === undefined ? claim : { ...claim, alias }, signal);
      reply(verdict === "reject" ? "reject" : "accept-once");
    } catch (error) {
      if (signal.aborted) return;
      this.#screen.value = { kind: "refused", attached, failure: failureOf(error) };
      reply("reject");
    }
  }

  #ask(id: number, question: HostKeyQuestion, moot: AbortSignal): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      moot.addEventListener("abort", () => reject(moot.reason), { once: true });
      this.#decide = resolve;
      this.#dispatch({ type: "prompt", id, question });
    });
  }

  #optionsFor({ host, port }: Destination): Pick<HostOptions, "mode" | "alias"> {
    const chosen = this.#known.options.find((options) => formatTarget(options) === formatTarget({ host, port }));
    return chosen ?? { mode: "ask", alias: undefined };
  }

  /** Answered elsewhere, or moot. */
  #over(id: number): void {
    if (this.#own.value?.id === id) this.#own.value = undefined;
    this.#moot.abort();
    this.#dispatch({ type: "answered", id, verdict: undefined });
  }

  #closed(failure: ConnectionFailure | undefined): void {
    const screen = this.#screen.value;
    this.#moot.abort();
    this.keyDraft.wipe();
    this.#own.value = undefined;
    if (screen.kind === "refused" || screen.kind === "done") return;
    // Whoever cancelled knows, and a question of the page's own has no failure.
    if (failure === undefined || failure.code === "aborted") return this.#finish();
    this.#dispatch({ type: "closed", exit: undefined, failure });
    this.#screen.value = { kind: "ended", attached: this.#attached, failure };
  }

  #finish(): void {
    this.keyDraft.wipe();
    this.#attachment.close();
    this.#screen.value = { kind: "done" };
  }

  #dispatch(event: SessionEvent): void {
    this.#state.value = reduce(this.#state.value, event, 0);
  }
}

/** Of the changed key, if that is what it is: for the page that compares the two. */
function failureOf(error: unknown): ConnectionFailure {
  const changed: ChangedHostKey | undefined = error instanceof HostKeyChangedError ? error.changed : undefined;
  const { code, message, quoted, disagreement } = asSshError(error);
  return { code, message, quoted, step: "trusted", changed, disagreement };
}
