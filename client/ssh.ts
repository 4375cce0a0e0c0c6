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
import { Handshake, type HostKeyProof } from "./kex/handshake.ts";
import { type Preferences, preferencesFor } from "./kex/proposal.ts";
import { fingerprint } from "./keys/fingerprint.ts";
import { readHostKey } from "./keys/host-key.ts";
import type { KeyRules, PublicKey } from "./keys/public-key.ts";
import { verifySignature } from "./keys/verify.ts";
import { preferredHostKeyAlgorithms } from "./knownhosts/algorithms.ts";
import type { HostKeyVerifier, KnownKeys } from "./knownhosts/claim.ts";
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
  /**
   * Once, where the server says which host keys it has: those that it proved to have, as blobs, the connection's own among
   * them. Nothing that it announced without proof is told.
   */
  readonly hostKeysProved?: (keys: readonly Uint8Array[]) => void;
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
    options.milestone?.("answered");
    return await overStream(options, stream, proposalFor(options, await known));
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
function knownKeys({ hostKeys, target, route, signal }: ConnectOptions): Promise<KnownKeys | undefined> {
  const known = hostKeys.knownAlgorithms?.(target, route) ?? Promise.resolve(undefined);
  return (signal ? untilAborted(known, signal) : known).catch(() => undefined);
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
    proved: options.hostKeysProved,
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
  let shown: ShownKey = { fingerprint: "", weakness: [] };
  let facts: Facts | undefined;
  let lastAgreed = "";
  let secured: () => void = () => {};
  const firstExchange = new Promise<void>((resolve) => {
    secured = resolve;
  });

  const handshake = new Handshake(transport, {
    preferences,
    random,
    async prove(proof) {
      const key = await shownKey(proof, rules);
      // Of the plain key, also where it comes in a certificate: that is what a person can compare.
      shown = {
        fingerprint: fingerprint(key.blob),
        weakness: key.kind === "rsa" && key.bits < 2048 ? [`RSA of ${key.bits} bits`] : [],
      };
      return verifySignature(proof.algorithm, key, proof.signature, proof.exchangeHash, rules);
    },
    trust: async (proof) => {
      milestone("exchanged");
      log(`host key ${proof.algorithm} ${shown.fingerprint}`);
      const { target, route } = options;
      const claim = { ...target, ...rules, route, keyBlob: proof.hostKey, algorithm: proof.algorithm };
      const verdict = await options.hostKeys.verify(claim, transport.signal);
      // Anything but a plain yes is a no, whatever a broken verifier returns.
      if (verdict !== "accept" && verdict !== "accept-once")
        throw new SshError("host-key-rejected", "You did not trust the server's host key. Nothing was sent.");
      milestone("trusted");
    },
    secured: (negotiated) => {
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
      secured();
    },
  });
  const loginPatience = patience(transport, clock);
  const login = new Login({
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
      return extensions.hostBound ? handshake.hostKey : undefined;
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
        login.receive(payload);
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
    await untilAborted(firstExchange, transport.signal);
    const { method, proved } = await untilAborted(login.run(options.user, options.prompts), transport.signal);
    log(`logged in by ${method}`);
    milestone("authenticated");
    keepalive = new Keepalive(transport, clock, mux, ping, {
      roundTrip: options.roundTrip ?? (() => {}),
      stalled: (stalled) => log(stalled ? "the server is silent" : "the server is back"),
    });
    return connection(transport, mux, keystrokes, () => facts, {
      method,
      proved,
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

/** A host key that is too short, damaged or of another kind is the server's fault, not one of a file the person gave. */
async function shownKey({ algorithm, hostKey }: HostKeyProof, rules: KeyRules): Promise<PublicKey> {
  try {
    return await readHostKey(algorithm, hostKey, rules);
  } catch (error) {
    const { code, message, quoted } = asSshError(error);
    if (code !== "key-format" && code !== "unsupported") throw error;
    throw new SshError("host-key-unproved", `The server's host key cannot be used. ${message}`, {
      cause: error,
      ...(quoted === undefined ? {} : { quoted }),
    });
  }
}
