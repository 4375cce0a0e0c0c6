// The facade: wires the engine's folders into one connection. It runs unchanged in a worker, a page and Node, over any
// byte stream; who is asked, what time it is and where randomness comes from is passed in.

import type { Target } from "../shared/target.ts";
import type { Clock } from "./bytes/clock.ts";
import { aborted, asSshError, SshError } from "./bytes/errors.ts";
import type { Random } from "./bytes/random.ts";
import type { ByteStream } from "./bytes/stream.ts";
import { MSG } from "./framing/numbers.ts";
import { DEFAULT_REKEY, type RekeyLimits, Transport } from "./framing/transport.ts";
import { isPostQuantum } from "./kex/exchanges.ts";
import { ExtensionInfo } from "./kex/ext-info.ts";
import { Handshake, type HostKeyProof } from "./kex/handshake.ts";
import type { Negotiated } from "./kex/negotiate.ts";
import { DEFAULT_PREFERENCES, type Preferences } from "./kex/proposal.ts";
import { fingerprint } from "./keys/fingerprint.ts";
import { type PublicKey, parsePublicKey } from "./keys/public-key.ts";
import { verifySignature } from "./keys/verify.ts";
import type { HostKeyVerifier } from "./knownhosts/claim.ts";
import { Login, type LoginResult } from "./login/login.ts";
import type { LoginPrompts } from "./login/prompt.ts";
import { Keepalive } from "./mux/keepalive.ts";
import { Multiplexer } from "./mux/multiplexer.ts";
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
  readonly preferences?: Partial<Preferences>;
  readonly rekey?: Partial<RekeyLimits>;
  readonly milestone?: (milestone: Milestone) => void;
  readonly facts?: (facts: Facts) => void;
  /** Round trip in milliseconds, now and then. */
  readonly roundTrip?: (milliseconds: number) => void;
  /** Lines for a log. Never a secret. */
  readonly log?: (line: string) => void;
}

/** What was agreed; a rekey may change it. */
export interface Facts {
  readonly serverIdentification: string;
  readonly kex: string;
  readonly postQuantum: boolean;
  readonly hostKeyAlgorithm: string;
  readonly hostKeyFingerprint: string;
  readonly cipher: string;
  /** "implicit" where the cipher authenticates by itself. */
  readonly mac: string;
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
  rekey(): void;
  /** Says goodbye and closes. */
  close(): Promise<void>;
  /** Settles when the connection is over, with the cause unless it was `close`. Never rejects. */
  readonly closed: Promise<SshError | undefined>;
}

/** Resolves once the user is logged in. Rejects with the first cause; everything is closed then. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  try {
    const stream = await openStream(options);
    options.milestone?.("answered");
    return await overStream(options, stream);
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

async function overStream(options: ConnectOptions, stream: ByteStream): Promise<Connection> {
  const { clock, random, signal, milestone = () => {} } = options;
  const log = bounded(options.log);
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
  const mux = new Multiplexer(transport, clock);
  let keepalive: Keepalive | undefined;
  let serverText = "";
  let hostKeyFingerprint = "";
  let facts: Facts | undefined;
  let lastAgreed = "";
  let secured: () => void = () => {};
  const firstExchange = new Promise<void>((resolve) => {
    secured = resolve;
  });

  const handshake = new Handshake(transport, {
    preferences: { ...DEFAULT_PREFERENCES, ...options.preferences },
    random,
    prove: (proof) => proveHostKey(proof),
    trust: async (proof) => {
      milestone("exchanged");
      hostKeyFingerprint = fingerprint(proof.hostKey);
      log(`host key ${proof.algorithm} ${hostKeyFingerprint}`);
      const { target, route } = options;
      const claim = { ...target, route, keyBlob: proof.hostKey, algorithm: proof.algorithm };
      const verdict = await options.hostKeys.verify(claim, transport.signal);
      // Anything but a plain yes is a no, whatever a broken verifier returns.
      if (verdict !== "accept" && verdict !== "accept-once")
        throw new SshError("host-key-rejected", "You did not trust the server's host key. Nothing was sent.");
      milestone("trusted");
    },
    secured: (negotiated) => {
      facts = toFacts(serverText, hostKeyFingerprint, negotiated);
      const agreed = `keys: ${negotiated.kex}, ${facts.cipher}, ${facts.mac}`;
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
    authenticated: () => transport.authenticated(),
    signal: transport.signal,
  });

  try {
    const started = transport.start(handshake, {
      identified: (text) => {
        serverText = text;
        log(`server: ${text}`);
        milestone("spoken");
      },
      extensionInfo: (payload) => extensions.receive(payload),
      login(payload) {
        if (payload[0] !== MSG.USERAUTH_BANNER) loginPatience.end();
        login.receive(payload);
      },
      connection: (payload) => mux.receive(payload),
      heard: () => keepalive?.heard(),
      debug: (text) => log(`debug: ${text}`),
    });
    await untilDeath(started, transport.signal);
    await untilDeath(firstExchange, transport.signal);
    const { method, proved } = await untilDeath(login.run(options.user, options.prompts), transport.signal);
    log(`logged in by ${method}`);
    milestone("authenticated");
    keepalive = new Keepalive(transport, clock, mux, {
      roundTrip: options.roundTrip ?? (() => {}),
      stalled: (stalled) => log(stalled ? "the server is silent" : "the server is back"),
    });
    return connection(transport, mux, () => facts, { method, proved });
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
      cancel = clock.after(LOGIN_ANSWER_MS, () =>
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
  facts: () => Facts | undefined,
  login: Pick<LoginResult, "method" | "proved">,
): Connection {
  return {
    get facts() {
      const agreed = facts();
      if (!agreed) throw new SshError("internal", "No key exchange has ended yet.");
      return agreed;
    },
    ...login,
    shell: (options) => openShell(mux, options),
    exec: (command, options) => execute(mux, command, options),
    rekey: () => transport.rekey(),
    close: () => transport.disconnect(),
    closed: transport.closed,
  };
}

async function proveHostKey({ hostKey, algorithm, signature, exchangeHash }: HostKeyProof): Promise<boolean> {
  return verifySignature(algorithm, readHostKey(hostKey), signature, exchangeHash);
}

/** A host key that is too short, damaged or of another kind is the server's fault, not one of a file the person gave. */
function readHostKey(blob: Uint8Array): PublicKey {
  try {
    return parsePublicKey(blob);
  } catch (error) {
    const { message, quoted } = asSshError(error);
    throw new SshError("host-key-unproved", `The server's host key cannot be used. ${message}`, {
      cause: error,
      ...(quoted === undefined ? {} : { quoted }),
    });
  }
}

/** The promise, or the cause of the connection's end, whichever comes first. */
function untilDeath<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const died = () => reject(signal.reason);
    if (signal.aborted) died();
    signal.addEventListener("abort", died, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", died));
  });
}

function toFacts(
  serverIdentification: string,
  hostKeyFingerprint: string,
  { kex, hostKey, incoming }: Negotiated,
): Facts {
  return {
    serverIdentification,
    kex,
    postQuantum: isPostQuantum(kex),
    hostKeyAlgorithm: hostKey,
    hostKeyFingerprint,
    cipher: incoming.cipher,
    mac: incoming.mac ?? "implicit",
  };
}
