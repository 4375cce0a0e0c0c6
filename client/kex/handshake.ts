// Key exchanges, the first and all later ones, as one state machine (RFC 4253 7 and 9). Each state owns its data, and an
// exchange leaves nothing behind but the session id and the host key.

import { equal } from "../bytes/bytes.ts";
import { protocolError, SshError } from "../bytes/errors.ts";
import type { Random } from "../bytes/random.ts";
import { isPromise } from "../bytes/stream.ts";
import type { MacAlgorithm, OpeningCipher, SealingCipher } from "../framing/cipher.ts";
import { OUR_IDENTIFICATION } from "../framing/identification.ts";
import { MSG } from "../framing/numbers.ts";
import type { Packet } from "../framing/reader.ts";
import { cipherSuites, macs } from "../framing/suites.ts";
import type { Exchanges, Transport } from "../framing/transport.ts";
import { deriveKeys, type KeySource } from "./derive.ts";
import type { ExchangeResult, KeyExchange } from "./exchange.ts";
import { keyExchanges } from "./exchanges.ts";
import { exchangeHash, type Transcript } from "./hash.ts";
import { type DirectionAlgorithms, type Negotiated, negotiate } from "./negotiate.ts";
import { KexInit, type Preferences, propose } from "./proposal.ts";

/** The claim of a server: "this key is mine, and I signed this hash with it". */
export interface HostKeyProof {
  readonly hostKey: Uint8Array;
  /** The negotiated algorithm. */
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
  /** Our NEWKEYS is out; theirs must come next. */
  | { readonly at: "switching"; readonly opening: OpeningCipher; readonly negotiated: Negotiated };

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

  identified(raw: Uint8Array): void {
    this.#serverIdentification = raw;
  }

  offer(): Uint8Array {
    const ours = propose(this.#options.preferences, this.#options.random(16), this.#sessionId === undefined);
    this.#state = { at: "offered", ours };
    return ours;
  }

  receive(packet: Packet): Promise<void> | undefined {
    if (packet.number === MSG.KEXINIT) {
      this.#offered(packet);
      return undefined;
    }
    return packet.number === MSG.NEWKEYS ? this.#newKeys(packet) : this.#step(packet);
  }

  #offered({ sequence, payload }: Packet): void {
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
    const exchange = start(this.#options.random);
    const transcript: Transcript = {
      clientIdentification: OUR_IDENTIFICATION,
      serverIdentification: this.#serverIdentification ?? new Uint8Array(0),
      clientKexInit: this.#state.ours,
      serverKexInit: payload.slice(),
    };
    this.#state = { at: "exchanging", run: { exchange, negotiated, transcript }, dropGuess: negotiated.dropGuess };
    this.#transport.sendExchange(exchange.start());
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
    await this.#prove({ hostKey: hostKey.slice(), algorithm: negotiated.hostKey, signature, exchangeHash: H });
    this.#sessionId ??= H;
    const source: KeySource = { hash, secret, exchangeHash: H, sessionId: this.#sessionId };
    // Both ciphers are made before NEWKEYS goes out: switching must not have to wait for anything.
    const [sealing, opening] = await Promise.all([
      sealingCipher(source, negotiated.outgoing),
      openingCipher(source, negotiated.incoming),
    ]);
    this.#transport.switchOutgoing(Uint8Array.of(MSG.NEWKEYS), sealing, this.#strict);
    this.#state = { at: "switching", opening, negotiated };
  }

  /** Signature first, question second: nobody is asked about a key whose owner did not prove to have it. */
  async #prove(proof: HostKeyProof): Promise<void> {
    if ((await this.#options.prove(proof)) !== true) {
      throw new SshError(
        "host-key-unproved",
        "The server could not prove that its host key is its own. Someone may be in between.",
      );
    }
    if (this.#hostKey === undefined) {
      await this.#options.trust(proof);
      this.#hostKey = proof.hostKey;
    } else if (!equal(this.#hostKey, proof.hostKey)) {
      throw new SshError("host-key-changed", "The server showed another host key in the middle of the connection.");
    }
  }

  #newKeys({ payload }: Packet): undefined {
    const state = this.#state;
    if (state.at !== "switching" || payload.length !== 1) throw protocolError("NEWKEYS that cannot come now");
    this.#transport.switchIncoming(state.opening, this.#strict);
    this.#state = { at: "idle" };
    this.#options.secured(state.negotiated);
    return undefined;
  }
}

async function sealingCipher(source: KeySource, algorithms: DirectionAlgorithms): Promise<SealingCipher> {
  const { suite, mac, lengths } = lookUp(algorithms);
  return suite.sealing(deriveKeys(source, "outgoing", lengths), mac);
}

async function openingCipher(source: KeySource, algorithms: DirectionAlgorithms): Promise<OpeningCipher> {
  const { suite, mac, lengths } = lookUp(algorithms);
  return suite.opening(deriveKeys(source, "incoming", lengths), mac);
}

function lookUp({ cipher, mac: macName }: DirectionAlgorithms) {
  const suite = cipherSuites[cipher];
  const mac: MacAlgorithm | undefined = macName === undefined ? undefined : macs[macName];
  if (!suite || (!suite.authenticated && !mac)) throw new SshError("internal", `No cipher ${cipher}.`);
  return { suite, mac, lengths: { key: suite.keyBytes, iv: suite.ivBytes, mac: mac?.keyBytes ?? 0 } };
}
