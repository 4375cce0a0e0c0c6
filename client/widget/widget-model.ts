// The widget: what the page around suggests, what the person does about it, and the connection that comes of it. Knows no DOM
// and no window; what the parent says has been checked (parent-messages.ts), what it hears is told in contract messages only.

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { formatTarget } from "../../shared/target.ts";
import { matchesAny } from "../../shared/target-pattern.ts";
import type { Clock } from "../bytes/clock.ts";
import type { EarlierAnswer, TrustChoices } from "../knownhosts/claim.ts";
import type { Destination } from "../switchboard/messages.ts";
import type { Look } from "../terminal/view.ts";
import type { Around } from "../ui/around.ts";
import { Session, type SessionRequest, type SessionServices } from "../ui/session.ts";
import { type Access, accessTo } from "./access.ts";
import { Consent } from "./consent.ts";
import { type Granted, readGrant } from "./grant.ts";
import { overheardConnector, overheardTerminal, type Tell } from "./overheard.ts";
import type { Scheme, Suggestion, Verb } from "./parent-messages.ts";
import { Permission } from "./permission.ts";
import type { Surroundings } from "./surroundings.ts";
import { MOVED_SENTENCE } from "./window/moved.tsx";

export type Screen =
  /** For a suggestion. */
  | { readonly kind: "waiting" }
  /** `shown` is another number whenever something else is suggested. */
  | { readonly kind: "suggested"; readonly suggestion: Suggestion; readonly shown: number }
  | { readonly kind: "session"; readonly session: Session }
  /** The whole session goes on in a window of its own. */
  | { readonly kind: "moved"; readonly session: Session };

export interface WidgetServices extends Omit<SessionServices, "look"> {
  readonly clock: Clock;
  /** Light or dark, for all that is shown. */
  setScheme(scheme: Scheme): void;
  /** Moves the focus to the first control of what is shown; a terminal is not asked for here. */
  focusControl(): void;
  /** See `Around`; undefined where nothing is kept. */
  readonly forgetHost: Around["forgetHost"];
}

const MOVED = { type: "closed", code: "moved-to-window", sentence: MOVED_SENTENCE } as const;

/** The style sheet's own. */
const PLAIN: Look = { colors: {}, fontFamily: undefined, fontSize: undefined };

export class Widget implements Around {
  readonly screenReader: Signal<boolean>;
  readonly replacesKeys = false;
  readonly leaveLabel = "Back";
  readonly toKnownHosts = undefined;
  readonly allowOldAlgorithms = undefined;
  readonly forgetHost: Around["forgetHost"];
  readonly origin: string;
  /** The page around, where what is trusted is kept for it. */
  readonly keptFor: string | undefined;
  readonly permission: Permission;
  readonly consent = new Consent();
  /** A sentence beside the suggestion, until the next connection. */
  readonly notice = signal("");
  readonly #around: Surroundings;
  readonly #services: WidgetServices;
  readonly #ofSession: SessionServices;
  readonly #tell: Tell;
  readonly #look = signal(PLAIN);
  readonly #screen = signal<Screen>({ kind: "waiting" });
  /** Fingerprints that the person trusted in this frame, by host and port. They live as long as the frame does. */
  readonly #trusted = new Map<string, string>();
  #suggestion: Suggestion | undefined;
  /** That came with the suggestion: good for one connection. */
  #granted: Granted | undefined;
  #shown = 0;
  #early = false;
  #moving = false;

  constructor(services: WidgetServices, around: Surroundings, tell: Tell) {
    this.#services = services;
    this.#around = around;
    this.#tell = tell;
    this.origin = around.origin;
    this.screenReader = services.screenReader;
    this.keptFor = around.keep ? around.origin : undefined;
    this.forgetHost = around.keep ? services.forgetHost : undefined;
    this.permission = new Permission(around.origin, services.clock, tell);
    const told: Tell = (message) => {
      if (message.type === "closed") this.consent.reset();
      tell(message);
    };
    this.#ofSession = {
      connect: overheardConnector(services.connect, told, () => (this.#moving ? MOVED : undefined)),
      openTerminal: overheardTerminal(services.openTerminal, tell, around.embedder.tellTitle),
      screenReader: services.screenReader,
      look: this.#look,
    };
  }

  get screen(): ReadonlySignal<Screen> {
    return this.#screen;
  }

  follow(verb: Verb): void {
    const problem = this.#do(verb);
    if (problem !== undefined) this.#tell({ type: "problem", about: verb.type, sentence: problem });
  }

  /** The person's gesture. */
  connect(user: string): void {
    const { value } = this.#screen;
    if (value.kind !== "suggested") return;
    void this.#open({ ...value.suggestion.target, user });
  }

  reconnect(session: Session, earlier?: EarlierAnswer): void {
    this.#remember(session);
    void this.#open(session.destination, session, earlier);
  }

  /** Back to the suggestion. */
  leave(): void {
    this.#drop();
    this.#show();
  }

  /** What shows its questions did not load. */
  cannotAsk(session: Session): void {
    if (session !== this.#session) return;
    this.leave();
    this.notice.value = "A part of Periwinkle could not be loaded. Check that you are online, then reload the page.";
  }

  /** The window that was to answer carries the whole session instead. */
  moved(session: Session): void {
    if (session !== this.#session) return;
    this.#moving = true;
    this.#screen.value = { kind: "moved", session };
    session.close();
  }

  closeAll(): void {
    this.permission.cancel();
    this.#session?.close();
  }

  #do(verb: Verb): string | undefined {
    switch (verb.type) {
      case "connect":
        return this.#suggest(verb.suggestion);
      case "grant":
        return this.permission.give(verb.grant) ? undefined : "No grant is wanted now.";
      case "disconnect":
        this.closeAll();
        return undefined;
      case "focus":
        if (this.#session?.state.peek().phase.kind === "open") this.#session.focusTerminal();
        else this.#services.focusControl();
        return undefined;
      case "theme":
        this.#services.setScheme(verb.scheme);
        this.#look.value = { ...this.#look.peek(), colors: verb.colors };
        return undefined;
      case "font":
        this.#look.value = { ...this.#look.peek(), fontFamily: verb.family, fontSize: verb.size };
        return undefined;
      case "sendText":
        return this.#type(verb.text);
      default:
        return verb satisfies never;
    }
  }

  #suggest(suggestion: Suggestion): string | undefined {
    const phase = this.#session?.state.peek().phase.kind;
    if (phase === "climbing" || phase === "open") return "A connection is open. Disconnect it first.";
    if (this.permission.asking.peek()?.kind === "asked")
      return "A connection waits for its grant. Send that, or disconnect.";
    this.permission.cancel();
    this.#drop();
    const granted = suggestion.grant === undefined ? undefined : readGrant(suggestion.grant, suggestion, this.origin);
    this.#granted = typeof granted === "string" ? undefined : granted;
    // A grant names the user, too.
    const user = suggestion.user ?? this.#granted?.user;
    this.#suggestion = { ...suggestion, user };
    this.#show();
    if (user !== undefined && matchesAny(this.#around.embedder.autoConnect, suggestion.target)) this.connect(user);
    // A grant that does not fit is left aside: another one is asked for when the person connects.
    return typeof granted === "string" ? granted : undefined;
  }

  async #open(destination: Destination, session?: Session, earlier?: EarlierAnswer): Promise<void> {
    const early = this.#granted;
    this.#granted = undefined;
    const pins = this.#suggestion?.pins ?? [];
    const access = await accessTo(destination, { early, pins, around: this.#around, permission: this.permission });
    if (access === undefined) return;
    this.#early = access.early;
    const request = this.#manner(destination, access, earlier);
    if (session) void session.reconnect(request);
    else this.#begin({ ...request, destination });
  }

  #manner(
    destination: Destination,
    { relay, pins }: Access,
    earlier?: EarlierAnswer,
  ): Omit<SessionRequest, "destination"> {
    const { operator, lostSince, keep } = this.#around;
    const fingerprint = this.#trusted.get(formatTarget(destination));
    const trust: TrustChoices = {
      mode: "ask",
      alias: undefined,
      pins: pins.map((fingerprint) => ({ source: "embedder", fingerprint })),
      operator,
      lostSince,
      earlier: earlier ?? (fingerprint === undefined ? undefined : { fingerprint, verdict: "accept-once" }),
      keep,
    };
    return { relay, legacy: false, trust, embedder: this.origin };
  }

  #begin(request: SessionRequest): void {
    this.#drop();
    this.notice.value = "";
    const session: Session = new Session(this.#ofSession, request, {
      opened: () => {},
      failed: ({ code }) => {
        if (session !== this.#session || this.#moving) return;
        if (code === "aborted") this.leave();
        else if (this.#early && (code === "grant-used" || code === "grant-expired")) this.reconnect(session);
      },
    });
    this.#screen.value = { kind: "session", session };
  }

  #type(text: string): string | undefined {
    const session = this.#session;
    if (session?.state.peek().phase.kind !== "open") return "There is no open shell to type into.";
    const { destination, relayHost, pins } = session;
    const about = { destination, relay: relayHost, embedder: this.origin, pins };
    return this.consent.ask(text, about, () => session.paste(text));
  }

  get #session(): Session | undefined {
    const screen = this.#screen.peek();
    return screen.kind === "session" || screen.kind === "moved" ? screen.session : undefined;
  }

  /** A key that the person has trusted needs no second question in this frame, and another one in its place is alarming. */
  #remember(session: Session): void {
    const { basis, facts, destination } = session.state.peek();
    if (basis?.kind === "asked" && facts) this.#trusted.set(formatTarget(destination), facts.hostKeyFingerprint);
  }

  #drop(): void {
    this.permission.cancel();
    const session = this.#session;
    if (session === undefined) return;
    this.#remember(session);
    this.#screen.value = { kind: "waiting" };
    session.dispose();
    this.#moving = false;
  }

  #show(): void {
    const suggestion = this.#suggestion;
    this.#screen.value = suggestion ? { kind: "suggested", suggestion, shown: ++this.#shown } : { kind: "waiting" };
  }
}
