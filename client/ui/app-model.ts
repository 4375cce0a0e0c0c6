// Which screen is shown, what stands in the form, and which connections there are. One connection is shown at a time; the
// list is there for tabs.

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { PageConfig } from "../../shared/page-config.ts";
import { SSH_PORT } from "../../shared/target.ts";
import { matchesAny } from "../../shared/target-pattern.ts";
import type { EarlierAnswer, TrustChoices } from "../knownhosts/claim.ts";
import type { Destination, RelayAccess } from "../switchboard/messages.ts";
import type { Around } from "./around.ts";
import { type FormFields, targetIn } from "./destination-input.ts";
import type { Fragment } from "./fragment.ts";
import { HostChoices } from "./host-choices.ts";
import { asciiHost } from "./host-name.ts";
import { LinkPins } from "./link-pins.ts";
import type { AppServices } from "./services.ts";
import { Session, type SessionRequest } from "./session.ts";

export type Screen =
  | { readonly kind: "starting" }
  | { readonly kind: "insecure" }
  | { readonly kind: "no-config" }
  | { readonly kind: "no-known-hosts" }
  | { readonly kind: "other-version"; readonly relay: string }
  | { readonly kind: "no-token" }
  | { readonly kind: "form" }
  /** Narrowed down to what fits `search`, until the person searches for something else. */
  | { readonly kind: "known-hosts"; readonly search: string }
  | { readonly kind: "session"; readonly session: Session };

export interface Relay {
  readonly url: string;
  token(): string | undefined;
  /** The relay refused the token: goes back to the one before it, if there is one. True once. */
  fallBack(): boolean;
}

const EMPTY: FormFields = { host: "", port: String(SSH_PORT), user: "" };

export class App implements Around {
  readonly services: AppServices;
  readonly relay: Relay;
  readonly replacesKeys = true;
  readonly leaveLabel = "Change host";
  readonly choices: HostChoices;
  readonly pins = new LinkPins();
  readonly form = signal<FormFields>(EMPTY);
  /** Counts the links that filled the form and were not yet acted on. Zero: the form holds what the person or the operator chose. */
  readonly linked = signal(0);
  /** A sentence above the form, about the link it was opened with. */
  readonly notice = signal("");
  readonly recent = signal<readonly Destination[]>([]);
  readonly config = signal<PageConfig | undefined>(undefined);
  /** See `TrustChoices.lostSince`. */
  readonly lostSince = signal<number | undefined>(undefined);
  #operator: TrustChoices["operator"];
  readonly #screen = signal<Screen>({ kind: "starting" });
  readonly #sessions = signal<readonly Session[]>([]);

  constructor(services: AppServices, relay: Relay) {
    this.services = services;
    this.relay = relay;
    this.choices = new HostChoices(services);
  }

  get screenReader(): Signal<boolean> {
    return this.services.screenReader;
  }

  get screen(): ReadonlySignal<Screen> {
    return this.#screen;
  }

  get sessions(): ReadonlySignal<readonly Session[]> {
    return this.#sessions;
  }

  /** The page cannot be used as it is; the screen says why. */
  block(screen: Exclude<Screen, { kind: "session" | "known-hosts" | "form" | "starting" }>): void {
    this.#screen.value = screen;
  }

  /** The operator's word is known, and whom the operator vouches for: the form, or the sentence that a token is missing. */
  begin(config: PageConfig, operator?: TrustChoices["operator"]): void {
    this.config.value = config;
    this.#operator = operator;
    const { prefill } = config;
    const host = prefill && asciiHost(prefill.host);
    if (prefill && host !== undefined && this.form.value === EMPTY)
      this.form.value = { host, port: String(prefill.port), user: prefill.user };
    this.#toForm();
  }

  /** What the address says. Fills the form, never submits it, and leaves a running connection alone. */
  follow({ destination }: Fragment): void {
    this.notice.value = destination.kind === "refused" ? destination.sentence : "";
    if (destination.kind === "given") {
      const { target, user } = destination;
      this.form.value = { host: target.host, port: String(target.port), user: user ?? "" };
      this.pins.hold(destination);
      this.choices.untouch();
      this.linked.value++;
    }
    if (this.#screen.value.kind === "no-token") this.#toForm();
  }

  /** With what the person chose for this host, as the form shows it. */
  connect(destination: Destination): void {
    const session: Session = new Session(
      this.services,
      { destination, ...this.#manner(destination) },
      {
        opened: () => this.#remember(destination),
        failed: ({ code }) => {
          if (!this.#sessions.value.includes(session)) return;
          // Cancelled at a question: back to the form. A refused token may be one that a link brought over a good one.
          if (code === "aborted") this.leave();
          else if (code === "unauthorised" && this.relay.fallBack()) this.reconnect(session);
        },
      },
    );
    this.#fill(destination);
    this.#drop();
    this.#sessions.value = [session];
    this.#screen.value = { kind: "session", session };
  }

  /** The same destination once more, in the same terminal, with the token of now; `earlier` is good for this once. */
  reconnect(session: Session, earlier?: EarlierAnswer): void {
    const { destination, pins } = session;
    this.#fill(destination);
    // Another link may have come since; what this connection expected it still does.
    if (pins.length > 0)
      this.pins.hold({ target: destination, fingerprints: pins.map(({ fingerprint }) => fingerprint) });
    void session.reconnect(this.#manner(destination, earlier));
  }

  /** The same once more, and from now on with old algorithms allowed for this host. */
  readonly allowOldAlgorithms = (session: Session): void => {
    this.choices.keep(session.destination, { ...this.choices.for(session.destination), legacy: true });
    this.reconnect(session);
  };

  /** Back to the form, with what was typed. */
  leave(): void {
    this.#drop();
    this.#toForm();
    // A backup may have been restored since.
    if (this.lostSince.peek() !== undefined) void this.loadLoss();
  }

  /** The list of known hosts. A connection that is over by now is left behind, and what was typed stays in the form. */
  readonly toKnownHosts = (search = ""): void => {
    this.#drop();
    this.#screen.value = { kind: "known-hosts", search };
  };

  readonly forgetHost = (scope: string, host: string, port: number): Promise<void> =>
    this.services.forgetHost(scope, host, port);

  /** Is this the demo server that came with the relay? */
  isDemo(place: { readonly host: string; readonly port: string | number }): boolean {
    const { demo, prefill } = this.config.value ?? {};
    if (!demo || !prefill) return false;
    return asciiHost(place.host) === asciiHost(prefill.host) && String(place.port).trim() === String(prefill.port);
  }

  closeAll(): void {
    for (const session of this.#sessions.value) session.close();
  }

  get connected(): boolean {
    return this.#sessions.value.some((session) => session.state.value.phase.kind === "open");
  }

  /** A loss that cannot be looked up is not said: the store itself says what it cannot read. */
  async loadLoss(): Promise<void> {
    this.lostSince.value = await this.services.knownHostsLostSince().catch(() => undefined);
  }

  /** From now on every host is new, as on the first day. */
  async acceptLoss(): Promise<void> {
    await this.services.acceptKnownHostsLoss();
    this.lostSince.value = undefined;
  }

  /** A backup was restored: it held more than known hosts. */
  async restored(): Promise<void> {
    // Not to be able to note it leaves the notice where it is, and nothing else undone.
    await Promise.all([this.acceptLoss().catch(() => undefined), this.choices.load(), this.loadRecent()]);
  }

  async loadRecent(): Promise<void> {
    // A list that cannot be read is an empty one: it is a convenience, and the form works without it.
    this.recent.value = await this.services.recentDestinations().catch(() => []);
  }

  async forget(destination: Destination): Promise<void> {
    this.recent.value = this.recent.value.filter((known) => known !== destination);
    await this.services.forgetDestination(destination).catch(() => undefined);
  }

  #remember(destination: Destination): void {
    // The demo has another port with every start: a list of them would be a list of dead ends.
    if (this.isDemo(destination)) return;
    void this.services.rememberDestination(destination).then(
      () => this.loadRecent(),
      () => undefined,
    );
  }

  /** How to connect there: by which relay, and with what is known of the host. */
  #manner(destination: Destination, earlier?: EarlierAnswer): Omit<SessionRequest, "destination"> {
    const { legacy, mode, alias } = this.choices.for(destination);
    const pins = this.pins.for(destination);
    const trust = { mode, alias, pins, operator: this.#operator, lostSince: this.lostSince.value, earlier, keep: true };
    return { relay: this.#relayAccess(), legacy, trust };
  }

  #relayAccess(): RelayAccess {
    return { url: this.relay.url, token: this.relay.token(), grant: undefined };
  }

  /** Is the host in the form one that this relay reaches without a token? A link from a frame leads there. */
  #isOpen(): boolean {
    const target = targetIn(this.form.value);
    return target !== undefined && (this.config.value?.embed ?? []).some(({ open }) => matchesAny(open, target));
  }

  #fill({ host, port, user }: Destination): void {
    this.form.value = { host, port: String(port), user };
    this.choices.untouch();
    this.linked.value = 0;
    this.notice.value = "";
  }

  #drop(): void {
    for (const session of this.#sessions.value) session.dispose();
    this.#sessions.value = [];
  }

  #toForm(): void {
    const needsToken = this.config.value?.tokenRequired === true && this.relay.token() === undefined;
    this.#screen.value = { kind: needsToken && !this.#isOpen() ? "no-token" : "form" };
  }
}
