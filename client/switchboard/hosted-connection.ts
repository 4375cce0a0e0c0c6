// One connection inside the worker: the engine on one side, the page's port on the other. Nothing here knows of screens;
// nothing the page sends reaches the engine unchecked by a type.

import { formatTarget } from "../../shared/target.ts";
import { aborted, asSshError, type SshError } from "../bytes/errors.ts";
import { openRelayStream } from "../bytes/relay-stream.ts";
import { prefetchExchanges } from "../kex/exchanges.ts";
import { DEFAULT_PREFERENCES } from "../kex/proposal.ts";
import { prefetchVerification } from "../keys/verify.ts";
import { HostKeyChangedError } from "../knownhosts/changed.ts";
import { type TrustingVerifier, trustingVerifier } from "../knownhosts/verifier.ts";
import type { Session } from "../mux/session.ts";
import type { TerminalSize } from "../mux/terminal-size.ts";
import { type Connection, connect } from "../ssh.ts";
import { Database } from "../storage/database.ts";
import { storedKnownHosts } from "../storage/known-hosts-store.ts";
import { Climb } from "./climb.ts";
import { FurtherPorts } from "./further-ports.ts";
import { locale } from "./locale.ts";
import { loginPrompts } from "./login-prompts.ts";
import type { FromWorker, PromptAnswer, ToWorker } from "./messages.ts";
import { Output } from "./output.ts";
import { Questions } from "./questions.ts";
import { browserClock, browserRandom, browserSocket, soon } from "./surroundings.ts";

type Post = (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;
type Connect = Extract<ToWorker, { type: "connect" }>;

const knownHosts = storedKnownHosts(new Database());

/** For a terminal: enough for a fast link, little enough that Ctrl+C is felt at once. */
const SHELL_WINDOW = 1024 * 1024;

export class HostedConnection {
  readonly #request: Connect;
  readonly #post: Post;
  readonly #windows: FurtherPorts;
  readonly #questions: Questions;
  readonly #climb: Climb;
  readonly #stop = new AbortController();
  readonly #output: Output;
  #size: TerminalSize;
  #connection: Connection | undefined;
  #session: Session | undefined;

  constructor(request: Connect, post: Post) {
    this.#request = request;
    const { connection, destination, embedder, trust } = request;
    this.#windows = new FurtherPorts(
      { type: "attached", connection, destination, relay: new URL(request.relay.url).host, embedder, pins: trust.pins },
      (prompt, answer) => {
        const taken = this.#questions.answer(prompt, answer);
        if (taken) post({ type: "prompt-over", connection, prompt, answered: true });
        return taken;
      },
    );
    this.#post = (message, transfer) => {
      post(message, transfer);
      this.#windows.tell(message);
    };
    this.#size = request.size;
    this.#output = new Output(
      (bytes) => {
        post({ type: "output", connection, view: request.view, chunks: [bytes] }, [bytes.buffer]);
      },
      soon,
      browserClock,
    );
    this.#questions = new Questions(connection, this.#post);
    this.#climb = new Climb(connection, this.#post, browserClock.now);
  }

  /** From the first rung to the end of the shell; posts `closed` last, exactly once, and never rejects. */
  async run(): Promise<void> {
    const { connection } = this.#request;
    const output = this.#output;
    try {
      this.#climb.begin("relay");
      this.#connection = await this.#connect();
      this.#post({ type: "logged-in", connection, method: this.#connection.method });
      if (!this.#connection.proved) {
        // Such a server may print a password question of its own into the terminal (PuTTY CVE-2021-36367).
        this.#notice(
          `${this.#request.destination.host} let you in without asking who you are. Type no password that its screen asks for.`,
        );
      }
      const session = await this.#connection.shell({
        size: this.#size,
        window: SHELL_WINDOW,
        environment: { LANG: locale(this.#request.language) },
      });
      this.#session = session;
      session.resize(this.#size);
      this.#climb.done("shell");
      for (let chunk = await session.read(); chunk !== null; chunk = await session.read()) output.push(chunk.bytes);
      output.flush();
      const exit = await session.exit;
      await this.#connection.close();
      this.#post({ type: "closed", connection, exit, failure: undefined });
    } catch (error) {
      output.flush();
      // A channel that dies with the connection knows less than the connection itself.
      const cause = (await this.#causeOfDeath()) ?? asSshError(error);
      await this.#connection?.close();
      // Whoever leaves a shell on purpose has not met a failure.
      const failure = this.#session && cause.code === "aborted" ? undefined : this.#failure(cause);
      this.#post({ type: "closed", connection, exit: undefined, failure });
    }
  }

  answer(prompt: number, answer: PromptAnswer): void {
    const { connection } = this.#request;
    if (this.#questions.answer(prompt, answer)) {
      this.#windows.tell({ type: "prompt-over", connection, prompt, answered: true });
    }
  }

  /** A window answers on this port, too. */
  attach(port: MessagePort): void {
    this.#windows.admit(port);
  }

  input(bytes: Uint8Array): void {
    this.#session?.write(bytes).catch(() => {}); // the end is told by `closed`
  }

  resize(size: TerminalSize): void {
    this.#size = size;
    this.#session?.resize(size);
  }

  painted(bytes: number, spent: readonly ArrayBuffer[]): void {
    this.#output.recycle(spent);
    this.#session?.credit(bytes);
  }

  /** Cancels a set-up; leaves an open connection politely. */
  close(): void {
    this.#stop.abort(aborted());
  }

  async #connect(): Promise<Connection> {
    const { connection, destination, legacy, relay, trust } = this.#request;
    const verifier = this.#verifier();
    const { host, port, user } = destination;
    const route = new URL(relay.url).origin.replace(/^ws/, "http");
    const log = (line: string) => this.#post({ type: "log", connection, line });
    log(`${user}@${formatTarget(destination)} by ${route}${legacy ? ", old algorithms allowed" : ""}`);
    return connect({
      target: { host, port },
      route,
      user,
      legacy,
      open: (signal) =>
        openRelayStream({
          url: relay.url,
          token: relay.token,
          grant: relay.grant,
          target: { host, port },
          socket: browserSocket,
          clock: browserClock,
          signal,
          progress: (state) => {
            if (state !== "answered") this.#climb.done(state === "reached" ? "relay" : "allowed");
            if (state !== "reached") return;
            // What the key exchange needs is loaded while the relay dials, and not before: computing keeps ten of us on one
            // machine from saying their first word in time, and the relay waits 5 s for it.
            void prefetchExchanges(DEFAULT_PREFERENCES.kex);
            void prefetchVerification();
          },
        }),
      ...(trust.alias === undefined ? {} : { alias: trust.alias }),
      hostKeys: verifier,
      hostKeysAnnounced: (keys, prove) => void verifier.announced(keys, prove),
      prompts: loginPrompts(this.#questions, (text) => this.#post({ type: "banner", connection, text })),
      random: browserRandom,
      clock: browserClock,
      signal: this.#stop.signal,
      milestone: (milestone) => this.#climb.done(milestone),
      facts: (facts) => this.#post({ type: "facts", connection, facts }),
      roundTrip: (milliseconds) => this.#post({ type: "round-trip", connection, milliseconds }),
      log,
    });
  }

  #verifier(): TrustingVerifier {
    return trustingVerifier({
      store: knownHosts,
      choices: this.#request.trust,
      ask: async (question, signal, claim) => {
        const answer = await this.#questions.ask(question, signal, claim);
        return answer.kind === "host-key" ? answer.verdict : "reject";
      },
      now: () => Date.now(),
      notice: (sentence) => this.#notice(sentence),
      trusted: (basis) => this.#post({ type: "trusted", connection: this.#request.connection, basis }),
    });
  }

  #notice(sentence: string): void {
    this.#post({ type: "notice", connection: this.#request.connection, sentence });
  }

  /** Why the connection ended, if it has. */
  async #causeOfDeath(): Promise<SshError | undefined> {
    return this.#connection && Promise.race([this.#connection.closed, Promise.resolve(undefined)]);
  }

  #failure(cause: SshError): Extract<FromWorker, { type: "closed" }>["failure"] {
    return {
      code: cause.code,
      message: cause.message,
      quoted: cause.quoted,
      step: this.#climb.at,
      changed: cause instanceof HostKeyChangedError ? cause.changed : undefined,
      disagreement: cause.disagreement,
    };
  }
}
