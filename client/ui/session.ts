// One live connection of the page: its state as a signal, its terminal, and what the person may do to it. The engine
// itself runs in a worker; this object only passes messages, and holds no secret longer than one question lasts.

import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { formatTarget } from "../../shared/target.ts";
import { asSshError } from "../bytes/errors.ts";
import { cleanLine } from "../bytes/text.ts";
import type { Pin, TrustChoices } from "../knownhosts/claim.ts";
import type { Exit } from "../mux/exit.ts";
import type { ConnectionFailure, Destination, PromptAnswer, RelayAccess } from "../switchboard/messages.ts";
import type { RemoteConnection, RemoteConnectionEvents } from "../switchboard/remote-connection.ts";
import { bindShell, type Shell } from "../terminal/shell.ts";
import type { InputSource, Look, TerminalView, TerminalViewEvents } from "../terminal/view.ts";
import { KeyDraft } from "./key-draft.ts";
import type { AppServices } from "./services.ts";
import { reduce, type SessionEvent, type SessionState, startSession } from "./state.ts";
import { isKey, keyBytes, type Modifiers, modify, NO_MODIFIERS, type TouchKey } from "./touch-keys.ts";

/** Something the terminal asks before it happens: shown in full, done only on a yes. */
export interface Confirmation {
  readonly kind: "paste" | "link";
  readonly text: string;
  settle(yes: boolean): void;
}

export interface SessionHooks {
  /** The shell is open. */
  opened(): void;
  /** It never came to a shell. */
  failed(failure: ConnectionFailure): void;
}

/** What a connection needs from outside the page. */
export interface SessionServices extends Pick<AppServices, "connect" | "openTerminal" | "screenReader"> {
  /** How the terminal looks, where that is not for the style sheet alone. */
  readonly look?: ReadonlySignal<Look>;
}

/** Where to, by whom, and with what. */
export interface SessionRequest {
  readonly destination: Destination;
  readonly relay: RelayAccess;
  /** Old algorithms are allowed for this host. */
  readonly legacy: boolean;
  readonly trust: TrustChoices;
  /** The origin of the page around the frame that shows this, if it is in one. */
  readonly embedder?: string | undefined;
}

export class Session {
  readonly id = crypto.randomUUID();
  readonly destination: Destination;
  readonly keyDraft = new KeyDraft();
  readonly modifiers = signal<Modifiers>(NO_MODIFIERS);
  readonly #state;
  readonly #confirmation = signal<Confirmation | undefined>(undefined);
  readonly #services: SessionServices;
  readonly #hooks: SessionHooks;
  readonly #embedder: string | undefined;
  #relay: RelayAccess;
  #legacy: boolean;
  #trust: TrustChoices;
  #connection: RemoteConnection | undefined;
  #view: TerminalView | undefined;
  #shell: Shell | undefined;
  #unwatch = (): void => {};

  constructor(services: SessionServices, request: SessionRequest, hooks: SessionHooks) {
    const { destination, relay, legacy, trust, embedder } = request;
    this.#services = services;
    this.#relay = relay;
    this.#legacy = legacy;
    this.#trust = trust;
    this.#hooks = hooks;
    this.#embedder = embedder;
    this.destination = destination;
    this.#state = signal(startSession(destination));
  }

  get state(): ReadonlySignal<SessionState> {
    return this.#state;
  }

  get confirmation(): ReadonlySignal<Confirmation | undefined> {
    return this.#confirmation;
  }

  /** The keys that this connection expects its host to have. */
  get pins(): readonly Pin[] {
    return this.#trust.pins;
  }

  get relayHost(): string {
    return new URL(this.#relay.url).host;
  }

  /** Opens the terminal in `container`, which must be laid out, and connects with the size it has. Called once. */
  start(container: HTMLElement): void {
    const view = this.#services.openTerminal(container, this.#terminalEvents());
    this.#view = view;
    this.#unwatch = effect(() => {
      view.screenReader = this.#services.screenReader.value;
      const look = this.#services.look?.value;
      if (look) view.restyle(look);
    });
    this.#connect(view);
  }

  /** Connects once more after the end, in the same terminal: what a person did before stays above. */
  async reconnect({ relay, legacy, trust }: Omit<SessionRequest, "destination" | "embedder">): Promise<void> {
    const view = this.#view;
    const { phase } = this.#state.value;
    if (!view || (phase.kind !== "ended" && phase.kind !== "failed")) return;
    this.#relay = relay;
    this.#legacy = legacy;
    this.#trust = trust;
    this.modifiers.value = NO_MODIFIERS;
    this.#state.value = startSession(this.destination);
    // The old output comes first, and the freezing that follows its end.
    await this.#shell?.drained();
    if (this.#view !== view) return;
    view.thaw();
    // After attempts that led to no shell, the line of the first one still stands there.
    if (phase.kind === "ended")
      view.notice(`--- reconnecting to ${this.destination.user}@${formatTarget(this.destination)} ---`);
    this.#connect(view);
  }

  answer(prompt: number, answer: PromptAnswer): void {
    if (answer.kind !== "key") this.keyDraft.wipe();
    // First the dialog goes, then the answer: a second click must find nothing to answer.
    const verdict = answer.kind === "host-key" ? answer.verdict : undefined;
    this.#dispatch({ type: "answered", id: prompt, verdict });
    this.#connection?.answer(prompt, answer);
  }

  /** A key of the key bar. */
  press(key: TouchKey): void {
    this.#input(keyBytes(key, this.#view?.applicationCursorKeys === true), "terminal");
    this.#view?.focus();
  }

  focusTerminal(): void {
    this.#view?.focus();
  }

  /** Types `text` into the open shell as a paste that needs no further question. False where there is no shell to take it. */
  paste(text: string): boolean {
    if (this.#state.value.phase.kind !== "open") return false;
    this.#view?.paste(text);
    return true;
  }

  /** A further port to this connection, for a window that answers its questions; undefined where nothing is connected. */
  share(): MessagePort | undefined {
    const { kind } = this.#state.value.phase;
    return kind === "failed" || kind === "ended" ? undefined : this.#connection?.share();
  }

  dismissBanner(): void {
    this.#dispatch({ type: "banner-dismissed" });
  }

  dismissNotices(): void {
    this.#dispatch({ type: "notices-dismissed" });
  }

  /** Leaves politely; harmless when it is over already. The terminal stays until `dispose`. */
  close(): void {
    this.#connection?.close();
  }

  dispose(): void {
    this.close();
    this.keyDraft.wipe();
    this.#confirmation.value?.settle(false);
    this.#unwatch();
    this.#view?.dispose();
    this.#view = undefined;
  }

  #connect(view: TerminalView): void {
    try {
      const events = this.#connectionEvents(view);
      const request = {
        destination: this.destination,
        legacy: this.#legacy,
        trust: this.#trust,
        relay: this.#relay,
        ...(this.#embedder !== undefined && { embedder: this.#embedder }),
        size: view.size,
      };
      this.#connection = this.#services.connect(request, events);
      this.#shell = bindShell(this.#connection, view);
    } catch (thrown) {
      const { code, message, quoted } = asSshError(thrown);
      this.#end(view, undefined, {
        code,
        message,
        quoted,
        step: "page",
        changed: undefined,
        disagreement: undefined,
      });
    }
  }

  #dispatch(event: SessionEvent): void {
    const before = this.#state.value.phase.kind;
    this.#state.value = reduce(this.#state.value, event, performance.now());
    const after = this.#state.value.phase.kind;
    if (before !== after && after === "open") this.#hooks.opened();
  }

  #input(bytes: Uint8Array, source: InputSource): void {
    if (this.#state.value.phase.kind !== "open") return;
    // A held Ctrl or Alt is for the next key; a paste of one letter is no key.
    const key = source === "terminal";
    const sent = key ? modify(bytes, this.modifiers.value) : bytes;
    if (key && isKey(bytes)) this.modifiers.value = NO_MODIFIERS;
    this.#connection?.input(sent);
  }

  #confirm(kind: Confirmation["kind"], text: string): Promise<boolean> {
    // One at a time: a second request while a dialog is open is refused, not stacked.
    if (this.#confirmation.value !== undefined) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (yes: boolean): void => {
        this.#confirmation.value = undefined;
        resolve(yes);
      };
      this.#confirmation.value = { kind, text, settle };
    });
  }

  #terminalEvents(): TerminalViewEvents {
    return {
      input: (bytes, source) => this.#input(bytes, source),
      resize: (size) => this.#connection?.resize(size),
      title: (text) => this.#dispatch({ type: "title", text: cleanLine(text, 256) }),
      bell: () => {},
      confirmPaste: (text) => this.#confirm("paste", text),
      confirmLink: (url) => this.#confirm("link", url),
    };
  }

  #connectionEvents(view: TerminalView): RemoteConnectionEvents {
    return {
      step: (step, state, elapsed) => {
        if (step === "authenticated" && state === "done") this.keyDraft.wipe();
        this.#dispatch({ type: "step", step, state, elapsed });
      },
      facts: (facts) => this.#dispatch({ type: "facts", facts }),
      trusted: (basis) => this.#dispatch({ type: "trusted", basis }),
      loggedIn: (method) => this.#dispatch({ type: "logged-in", method, at: Date.now() }),
      banner: (text) => this.#dispatch({ type: "banner", text }),
      notice: (sentence) => this.#dispatch({ type: "notice", sentence }),
      prompt: (id, question) => {
        const again = question.kind === "credential" && question.keyProblem?.locked === true;
        if (!again) this.keyDraft.wipe();
        this.#dispatch({ type: "prompt", id, question });
      },
      promptOver: (id, answered) => this.#dispatch({ type: "prompt-over", id, answered }),
      output: (chunks) => {
        if (this.#view === view) this.#shell?.output(chunks);
      },
      roundTrip: (milliseconds) => this.#dispatch({ type: "round-trip", milliseconds }),
      log: (line) => this.#dispatch({ type: "log", line }),
      closed: (exit, failure) => this.#end(view, exit, failure),
    };
  }

  #end(view: TerminalView, exit: Exit | undefined, failure: ConnectionFailure | undefined): void {
    this.keyDraft.wipe();
    this.#confirmation.value?.settle(false);
    this.#dispatch({ type: "closed", exit, failure });
    void this.#shell?.drained().then(() => this.#view === view && view.freeze());
    const { phase } = this.#state.value;
    if (phase.kind === "failed") this.#hooks.failed(phase.failure);
  }
}
