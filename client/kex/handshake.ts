// Key exchanges, the first and all later ones, as one state machine (RFC 4253 7 and 9). Each state owns its data, and an
// exchange leaves nothing behind but the session id and the host key.

import { equal } from "../bytes/bytes.ts";
import { protocolError, SshError } from "../bytes/errors.ts";
import type { Random } from "../bytes/random.ts";
import { isPromise, type Maybe } from "../bytes/stream.ts";
import { cleanUtf8 } from "../bytes/text.ts";
import type { MacAlgorithm } from "../framing/cipher.ts";
import { compressions, type IncomingKeys, type OutgoingKeys } from "../framing/compression.ts";
import { OUR_IDENTIFICATION } from "../framing/identification.ts";
import { andThen } from "../framing/maybe.ts";
import { MSG } from "../framing/numbers.ts";
import type { Packet } from "../framing/reader.ts";
import { cipherSuites, macs } from "../framing/suites.ts";
import type { Exchanges, Transport } from "../framing/transport.ts";
import { deriveKeys, type KeySource } from "./derive.ts";
import type { ExchangeResult, KeyExchange } from "./exchange.ts";
import { keyExchanges } from "./exchanges.ts";
import { ourExtensionInfo } from "./ext-info.ts";
import { exchangeHash, type Transcript } from "./hash.ts";
import { type DirectionAlgorithms, type Negotiated, negotiate } from "./negotiate.ts";
import { KexInit, type Preferences, propose } from "./proposal.ts";

/** The claim of a server: "this key is mine, and I signed this hash with it". */
export interface HostKeyProof {
  /** Blob: a plain key or a certificate. */
  readonly hostKey: Uint8Array;
  /** As negotiated, e.g. `rsa-sha2-512`. */
  readonly algorithm: string;
  readonly signature: Uint8Array;
  readonly exchangeHash: Uint8Array;
}

export interface HandshakeOptions {
  readonly preferences: Preferences;
  readonly random: Random;
  /** Checks the signature over the exchange hash. Resolves to false, or throws, when it does not hold. */
  readonly prove: (proof: HostKeyProof) => Promise<boolean>;
  /** Is this proved key trusted? Asked once per connection, before our NEWKEYS. Rejects when it is not. */
  readonly trust: (proof: HostKeyProof) => Promise<void>;
  /** After the first exchange: both directions are under new keys. */
  readonly secured: (negotiated: Negotiated) => void;
}

type State =
  | { readonly at: "idle" }
  | { readonly at: "offered"; readonly ours: Uint8Array }
  | { readonly at: "exchanging"; readonly run: Run; readonly dropGuess: boolean }
  /** A person decides; theirs may come meanwhile, ours waits for the answer. */
  | { readonly at: "deciding"; readonly incoming: IncomingKeys; readonly negotiated: Negotiated }
  /** The same, and their NEWKEYS is here. */
  | { readonly at: "decidingLate"; readonly negotiated: Negotiated }
  /** Our NEWKEYS is out; theirs must come next. */
  | { readonly at: "switching"; readonly incoming: IncomingKeys; readonly negotiated: Negotiated };

interface Run {
  readonly exchange: KeyExchange;
  readonly negotiated: Negotiated;
  readonly transcript: Transcript;
}

export class Handshake implements Exchanges {
  readonly #transport: Transport;
  readonly #options: HandshakeOptions;
  #state: State = { at: "idle" };
  #serverIdentification: Uint8Array | undefined;
  #sessionId: Uint8Array | undefined;
  #hostKey: Uint8Array | undefined;
  #strict = false;

  constructor(transport: Transport, options: HandshakeOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  /** H of the first exchange; never changes. */
  get sessionId(): Uint8Array {
    if (!this.#sessionId) throw new SshError("internal", "The session id was asked for before the first key exchange.");
    return this.#sessionId;
  }

  /** The blob that was proved and accepted in the first exchange; undefined before. */
  get hostKey(): Uint8Array | undefined {
    return this.#hostKey;
  }

  identified(raw: Uint8Array): void {
    this.#serverIdentification = raw;
  }

  offer(): Uint8Array {
    const ours = propose(this.#options.preferences, this.#options.random(16), this.#sessionId === undefined);
    this.#state = { at: "offered", ours };
    return ours;
  }

  receive(packet: Packet): Maybe<void> {
    if (packet.number === MSG.KEXINIT) return this.#offered(packet);
    return packet.number === MSG.NEWKEYS ? this.#newKeys(packet) : this.#step(packet);
  }

  #offered({ sequence, payload }: Packet): Maybe<void> {
    const theirs = KexInit.decode(payload);
    const first = this.#sessionId === undefined;
    const negotiated = negotiate(this.#options.preferences, theirs, first ? undefined : this.#strict);
    if (first) this.#strict = negotiated.strict;
    if (first && this.#strict && sequence !== 0)
      throw protocolError("strict key exchange, and KEXINIT was not its first packet");
    this.#transport.exchangeRunning(this.#strict);
    if (this.#state.at !== "offered") throw protocolError("a key exchange inside another");
    const start = keyExchanges[negotiated.kex];
    if (!start) throw new SshError("internal", `No key exchange ${negotiated.kex}.`);
    const serverIdentification = this.#serverIdentification ?? new Uint8Array(0);
    const transcript: Transcript = {
      clientIdentification: OUR_IDENTIFICATION,
      serverIdentification,
      clientKexInit: this.#state.ours,
      serverKexInit: payload.slice(),
    };
    const exchange = start({
      random: this.#options.random,
      strength: strengthOf(negotiated),
      serverIdentification: cleanUtf8(serverIdentification, 255),
    });
    return andThen(exchange, (begun) => {
      this.#state = {
        at: "exchanging",
        run: { exchange: begun, negotiated, transcript },
        dropGuess: negotiated.dropGuess,
      };
      this.#transport.sendExchange(begun.start());
    });
  }

  async #step({ payload }: Packet): Promise<void> {
    const state = this.#state;
    if (state.at !== "exchanging") throw protocolError("a key exchange message outside a key exchange");
    if (state.dropGuess) {
      this.#state = { ...state, dropGuess: false };
      return;
    }
    const { exchange, negotiated, transcript } = state.run;
    const stepped = exchange.step(payload);
    const step = isPromise(stepped) ? await stepped : stepped;
    if ("send" in step) {
      this.#transport.sendExchange(step.send);
      return;
    }
    const { secret } = step.done;
    const H = exchangeHash(transcript, step.done);
    try {
      await this.#agree(H, step.done, negotiated);
    } finally {
      secret.fill(0);
    }
  }

  async #agree(
    H: Uint8Array,
    { hash, secret, hostKey, signature }: ExchangeResult,
    negotiated: Negotiated,
  ): Promise<void> {
    const proof = { hostKey: hostKey.slice(), algorithm: negotiated.hostKey, signature, exchangeHash: H };
    await this.#prove(proof);
    this.#sessionId ??= H;
    const source: KeySource = { hash, secret, exchangeHash: H, sessionId: this.#sessionId };
    // Both ciphers are made before NEWKEYS goes out: switching must not have to wait for anything.
    const [outgoing, incoming] = await Promise.all([
      outgoingKeys(source, negotiated.outgoing),
      incomingKeys(source, negotiated.incoming),
    ]);
    if (this.#hostKey !== undefined) {
      this.#transport.switchOutgoing(Uint8Array.of(MSG.NEWKEYS), outgoing, this.#strict);
      this.#state = { at: "switching", incoming, negotiated };
      return;
    }
    // Not waited for: what the server says meanwhile is read as far as it tells that it leaves, and no further.
    this.#state = { at: "deciding", incoming, negotiated };
    this.#transport.undecided(this.#decide(proof, outgoing, negotiated));
  }

  /** The first exchange: with the yes of whoever is asked our keys change, and whatever else was waiting for it begins. */
  async #decide(proof: HostKeyProof, outgoing: OutgoingKeys, negotiated: Negotiated): Promise<void> {
    await this.#options.trust(proof);
    if (this.#transport.signal.aborted) return; // the answer came after the end
    this.#hostKey = proof.hostKey;
    this.#transport.switchOutgoing(Uint8Array.of(MSG.NEWKEYS), outgoing, this.#strict);
    if (negotiated.takesExtensionInfo) this.#transport.sendExchange(ourExtensionInfo());
    if (this.#state.at === "deciding") this.#state = { ...this.#state, at: "switching" };
    else this.#ended(negotiated);
  }

  /** Signature first, question second: nobody is asked about a key whose owner did not prove to have it. */
  async #prove(proof: HostKeyProof): Promise<void> {
    if ((await this.#options.prove(proof)) !== true) {
      throw new SshError(
        "host-key-unproved",
        "The server could not prove that its host key is its own. Someone may be in between.",
      );
    }
    if (this.#hostKey !== undefined && !equal(this.#hostKey, proof.hostKey)) {
      throw new SshError("host-key-changed", "The server showed another host key in the middle of the connection.");
    }
  }

  #newKeys({ payload }: Packet): undefined {
    const state = this.#state;
    if ((state.at !== "switching" && state.at !== "deciding") || payload.length !== 1)
      throw protocolError("NEWKEYS that cannot come now");
    this.#transport.switchIncoming(state.incoming, this.#strict);
    if (state.at === "deciding") this.#state = { at: "decidingLate", negotiated: state.negotiated };
    else this.#ended(state.negotiated);
    return undefined;
  }

  #ended(negotiated: Negotiated): void {
    this.#state = { at: "idle" };
    this.#options.secured(negotiated);
  }
}

async function outgoingKeys(source: KeySource, algorithms: DirectionAlgorithms): Promise<OutgoingKeys> {
  const { suite, mac, lengths, compression } = lookUp(algorithms);
  const cipher = await suite.sealing(deriveKeys(source, "outgoing", lengths), mac);
  if (!compression) return { cipher, compression: undefined };
  return { cipher, compression: { stream: await compression.deflater(), delayed: compression.delayed } };
}

async function incomingKeys(source: KeySource, algorithms: DirectionAlgorithms): Promise<IncomingKeys> {
  const { suite, mac, lengths, compression } = lookUp(algorithms);
  const cipher = await suite.opening(deriveKeys(source, "incoming", lengths), mac);
  if (!compression) return { cipher, compression: undefined };
  return { cipher, compression: { stream: await compression.inflater(), delayed: compression.delayed } };
}

function lookUp({ cipher, mac: macName, compression: compressionName }: DirectionAlgorithms) {
  const suite = cipherSuites[cipher];
  const mac: MacAlgorithm | undefined = macName === undefined ? undefined : macs[macName];
  const compression = compressions[compressionName];
  if (!suite || (!suite.authenticated && !mac)) throw new SshError("internal", `No cipher ${cipher}.`);
  if (!compression && compressionName !== "none") throw new SshError("internal", `No compression ${compressionName}.`);
  return { suite, mac, compression, lengths: { key: suite.keyBytes, iv: suite.ivBytes, mac: mac?.keyBytes ?? 0 } };
}

/** The strongest of what the keys will be used for, in bits: the group must not be the weakest part (RFC 4419 3). */
function strengthOf({ outgoing, incoming }: Negotiated): number {
  return 8 * Math.max(...[outgoing, incoming].flatMap((algorithms) => Object.values(lookUp(algorithms).lengths)));
}
