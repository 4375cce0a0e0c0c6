// The facade: wires the engine's folders into one connection. It runs unchanged in a worker, a page and Node, over any
// byte stream; who is asked, what time it is and where randomness comes from is passed in.

import type { Target } from "../shared/target.ts";
import type { Clock } from "./bytes/clock.ts";
import { deadline } from "./bytes/deadline.ts";
import { aborted, asSshError, SshError } from "./bytes/errors.ts";
import type { Random } from "./bytes/random.ts";
import type { ByteStream } from "./bytes/stream.ts";
import { isOpenSsh } from "./framing/identification.ts";
import { MSG } from "./framing/numbers.ts";
import { DEFAULT_REKEY, type RekeyLimits } from "./framing/rekey-policy.ts";
import { Transport } from "./framing/transport.ts";
import { ExtensionInfo } from "./kex/ext-info.ts";
import { type Facts, factsOf, type ShownKey } from "./kex/facts.ts";
import { Handshake } from "./kex/handshake.ts";
import { type Preferences, preferencesFor } from "./kex/proposal.ts";
import { preferredHostKeyAlgorithms } from "./knownhosts/algorithms.ts";
import type { HostKeyPlace, HostKeyVerifier, KnownKeys } from "./knownhosts/claim.ts";
import type { ProveHostKeys } from "./knownhosts/rotation.ts";
import { ProvedHostKey, VerifiedHostKey } from "./knownhosts/verified.ts";
import { Login } from "./login/login.ts";
import type { LoginPrompts } from "./login/prompt.ts";
import { untilAborted } from "./login/until-aborted.ts";
import { HostKeys } from "./mux/host-keys.ts";
import { Keepalive } from "./mux/keepalive.ts";
import { Keystrokes } from "./mux/keystrokes.ts";
import { Multiplexer } from "./mux/multiplexer.ts";
import { Ping } from "./mux/ping.ts";
import { type ExecuteOptions, execute, openShell, type Session, type ShellOptions } from "./mux/session.ts";

/** How far a connection has come; each is reported once, when it is reached. */
export type Milestone = "answered" | "spoken" | "exchanged" | "trusted" | "authenticated";

export interface ConnectOptions {
  /** Host and port as they were asked for: what trust is bound to. */
  readonly target: Target;
  /** How the bytes get there: the relay's origin, or "direct". */
  readonly route: string;
  readonly user: string;
  /** HostKeyAlias: the name under which the host's keys are looked up and saved, in place of host and port. */
  readonly alias?: string;
  /** Opens the stream; gives up when `signal` aborts meanwhile. */
  readonly open: (signal: AbortSignal) => Promise<ByteStream>;
  readonly hostKeys: HostKeyVerifier;
  readonly prompts: LoginPrompts;
  readonly random: Random;
  readonly clock: Clock;
  /** Ends the set-up, or later the connection, at any moment. */
  readonly signal?: AbortSignal;
  /** Take old algorithms too (kex/proposal.ts), behind all others: for hosts that a person has allowed it for. */
  readonly legacy?: boolean;
  readonly preferences?: Partial<Preferences>;
  readonly rekey?: Partial<RekeyLimits>;
  readonly milestone?: (milestone: Milestone) => void;
  readonly facts?: (facts: Facts) => void;
  /** Round trip in milliseconds, now and then. */
  readonly roundTrip?: (milliseconds: number) => void;
  /** Once, where the server says after the login which host keys it has, as blobs. None is to be believed unless `prove` gives it back. */
  readonly hostKeysAnnounced?: (keys: readonly Uint8Array[], prove: ProveHostKeys) => void;
  /** Lines for a log. Never a secret. */
  readonly log?: (line: string) => void;
}

export interface Connection {
  readonly facts: Facts;
  /** How the user proved who they are: "none", "password", "publickey", ... */
  readonly method: string;
  /** False when the server let the user in without any proof of who they are. */
  readonly proved: boolean;
  shell(options: ShellOptions): Promise<Session>;
  /** Runs a command in a channel of its own; the connection lives on. */
  exec(command: string, options?: ExecuteOptions): Promise<Session>;
  /**
   * Locks the connection to the sessions it has: whoever gets hold of it later cannot open another. OpenSSH's servers hold
   * us to it; others are not told, for some hang up on what they do not know.
   */
  noMoreSessions(): void;
  rekey(): void;
  /** Says goodbye and closes. */
  close(): Promise<void>;
  /** Settles when the connection is over, with the cause unless it was `close`. Never rejects. */
  readonly closed: Promise<SshError | undefined>;
}

/** Resolves once the user is logged in. Rejects with the first cause; everything is closed then. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  try {
    const known = knownKeys(options);
    const stream = await openStream(options);
    try {
      options.milestone?.("answered");
      return await overStream(options, stream, proposalFor(options, await known));
    } catch (error) {
      stream.close(asSshError(error)); // it is closed already where the transport has begun
      throw error;
    }
  } catch (error) {
    throw asSshError(error);
  }
}

/** What is passed to `open` ends with the opening: later it is ours to leave, with a goodbye before the stream closes. */
async function openStream({ open, signal }: ConnectOptions): Promise<ByteStream> {
  if (signal?.aborted) throw aborted(signal.reason);
  const opening = new AbortController();
  const giveUp = () => opening.abort(aborted(signal?.reason));
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    return await open(opening.signal);
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}

/** What is known of the host decides the order of the host key algorithms. A store that fails refuses later, when asked. */
async function knownKeys({ hostKeys, signal, ...options }: ConnectOptions): Promise<KnownKeys | undefined> {
  try {
    const known = hostKeys.knownAlgorithms?.(placeOf(options)) ?? Promise.resolve(undefined);
    return await (signal ? untilAborted(known, signal) : known);
  } catch {
    return undefined;
  }
}

function placeOf({ target, alias, route }: Pick<ConnectOptions, "target" | "alias" | "route">): HostKeyPlace {
  return { ...target, ...(alias === undefined ? {} : { alias }), route };
}

function proposalFor({ legacy = false, preferences }: ConnectOptions, known: KnownKeys | undefined): Preferences {
  const defaults = preferencesFor(legacy);
  const hostKey = known ? preferredHostKeyAlgorithms(defaults.hostKey, known) : defaults.hostKey;
  return { ...defaults, hostKey, ...preferences };
}

async function overStream(options: ConnectOptions, stream: ByteStream, preferences: Preferences): Promise<Connection> {
  const { clock, random, signal, milestone = () => {} } = options;
  const log = bounded(options.log);
  const rules = { legacy: options.legacy ?? false };
  if (signal?.aborted) {
    const cause = aborted(signal.reason);
    stream.close(cause);
    throw cause;
  }
  const transport = new Transport({ stream, random, clock, rekey: { ...DEFAULT_REKEY, ...options.rekey } });
  const leave = () => void transport.disconnect(aborted(signal?.reason));
  signal?.addEventListener("abort", leave, { once: true });
  void transport.closed.then(() => signal?.removeEventListener("abort", leave));

  const extensions = new ExtensionInfo();
  const ping = new Ping((data) => transport.ping(data), random, clock);
  const keystrokes = new Keystrokes(clock, random, ping);
  const serverKeys: HostKeys = new HostKeys(() => mux, {
    sessionId: () => handshake.sessionId,
    hostKey: () => handshake.hostKey,
    announced: options.hostKeysAnnounced,
    log,
  });
  const mux = new Multiplexer(transport, clock, {
    requested(name, data) {
      const announced = serverKeys.requested(name, data);
      // OpenSSH sends its keys right behind SUCCESS, as a segment of its own, and its system holds back the opening of our
      // channel until that is acknowledged: 40 ms, unless something of ours carries the acknowledgement (RFC 1122 4.2.3.2).
      if (announced) keepalive?.begin();
      return announced;
    },
  });
  let keepalive: Keepalive | undefined;
  let serverText = "";
  let proved: ProvedHostKey | undefined;
  let hostKey: VerifiedHostKey | undefined;
  let login: Login | undefined;
  let shown: ShownKey = { fingerprint: "", weakness: [] };
  let facts: Facts | undefined;
  let lastAgreed = "";
  let secured: (login: Login) => void = () => {};
  const firstExchange = new Promise<Login>((resolve) => {
    secured = resolve;
  });

  const handshake = new Handshake(transport, {
    preferences,
    random,
    async prove(proof) {
      proved = await ProvedHostKey.prove(proof, rules);
      return proved !== undefined;
    },
    trust: async () => {
      if (!proved) throw new SshError("internal", "A host key was to be trusted before it was proved.");
      const { algorithm, fingerprint, key } = proved;
      shown = { fingerprint, weakness: key.kind === "rsa" && key.bits < 2048 ? [`RSA of ${key.bits} bits`] : [] };
      milestone("exchanged");
      log(`host key ${algorithm} ${fingerprint}`);
      const { signal } = transport;
      hostKey = await VerifiedHostKey.decide(proved, placeOf(options), options.hostKeys, { ...rules, signal });
      milestone("trusted");
    },
    secured: (negotiated) => {
      login ??= loginOn(hostKey);
      if (!facts) extensions.offeredInAuth = negotiated.takesExtensionInfo; // the marker counts in the first exchange only
      facts = factsOf(serverText, shown, negotiated);
      const { outgoing, incoming } = facts;
      const agreed = `keys: ${[negotiated.kex, ...Object.values(outgoing), ...Object.values(incoming)].join(", ")}`;
      // A rekey that changes nothing is nobody's business, and a server may rekey as often as it likes.
      if (agreed !== lastAgreed) {
        lastAgreed = agreed;
        log(agreed);
        options.facts?.(facts);
      }
      secured(login);
    },
  });
  const loginPatience = patience(transport, clock);
  const loginOn = (verified: VerifiedHostKey | undefined): Login =>
    new Login(verified, {
      send(payload) {
        loginPatience.begin();
        return transport.send(payload);
      },
      get sessionId() {
        return handshake.sessionId;
      },
      get serverSignatureAlgorithms() {
        return extensions.signatureAlgorithms;
      },
      get hostBoundTo() {
        return extensions.hostBound ? verified?.blob : undefined;
      },
      authenticated() {
        ping.available = extensions.ping;
        transport.authenticated();
      },
      signal: transport.signal,
    });

  try {
    const started = transport.start(handshake, {
      identified: (text) => {
        serverText = text;
        log(`server: ${text}`);
        milestone("spoken");
      },
      extensionInfo: (payload, first) => extensions.receive(payload, first),
      login(payload) {
        extensions.loginMessage(payload[0] ?? 0);
        if (payload[0] !== MSG.USERAUTH_BANNER) loginPatience.end();
        login?.receive(payload); // the gate lets nothing through that comes before it
      },
      connection: (payload) => mux.receive(payload),
      pong: (data) => ping.pong(data),
      unimplemented(number) {
        log(`the server does not know message ${number}`);
        if (number === MSG.PING) ping.unknown();
      },
      heard: () => keepalive?.heard(),
      debug: (text) => log(`debug: ${text}`),
    });
    await untilAborted(started, transport.signal);
    const begun = await untilAborted(firstExchange, transport.signal);
    const result = await untilAborted(begun.run(options.user, options.prompts), transport.signal);
    const { method } = result;
    log(`logged in by ${method}`);
    milestone("authenticated");
    keepalive = new Keepalive(transport, clock, mux, ping, {
      roundTrip: options.roundTrip ?? (() => {}),
      stalled: (stalled) => log(stalled ? "the server is silent" : "the server is back"),
    });
    return connection(transport, mux, keystrokes, () => facts, {
      method,
      proved: result.proved,
      noMoreSessions: () => mux.lockSessions(isOpenSsh(serverText)),
    });
  } catch (error) {
    const cause = asSshError(error);
    if (cause.code === "aborted") void transport.disconnect(cause);
    else transport.fail(cause);
    await transport.closed; // a goodbye is still on its way
    throw transport.signal.reason ?? cause;
  }
}

/** For each of the server's answers; longer than it waits itself for a push on somebody's telephone. */
const LOGIN_ANSWER_MS = 180_000;

/** A wait for the server's answer in the login. Keepalive begins only after it, so somebody else has to watch. */
function patience(transport: Transport, clock: Clock): { begin(): void; end(): void } {
  let cancel: () => void = () => {};
  const end = () => cancel();
  transport.signal.addEventListener("abort", end, { once: true });
  return {
    begin() {
      cancel();
      cancel = deadline(clock, LOGIN_ANSWER_MS, () =>
        transport.fail(new SshError("timeout", "The server did not answer the login in time. Try again.")),
      );
    },
    end,
  };
}

/** A log is read by a person; a server that makes us write it without end makes us write no more. */
const LOG_LINES = 400;

function bounded(log: ((line: string) => void) | undefined): (line: string) => void {
  let left = LOG_LINES;
  return (line) => {
    if (left-- > 0) log?.(line);
  };
}

function connection(
  transport: Transport,
  mux: Multiplexer,
  keystrokes: Keystrokes,
  facts: () => Facts | undefined,
  rest: Pick<Connection, "method" | "proved" | "noMoreSessions">,
): Connection {
  return {
    get facts() {
      const agreed = facts();
      if (!agreed) throw new SshError("internal", "No key exchange has ended yet.");
      return agreed;
    },
    ...rest,
    shell: (options) => openShell(mux, options, keystrokes),
    exec: (command, options) => execute(mux, command, options, keystrokes),
    rekey: () => transport.rekey(),
    close: () => transport.disconnect(),
    closed: transport.closed,
  };
}
