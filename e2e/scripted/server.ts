// A small SSH server over any ByteStream, for tests: well-behaved by default, and able to do the wrong thing at any point.
// It is made of the client's own codec and ciphers with the directions swapped; what it received is kept for the test.

import { ascii, concat } from "../../client/bytes/bytes.ts";
import type { Random } from "../../client/bytes/random.ts";
import type { ByteStream, Maybe } from "../../client/bytes/stream.ts";
import { Writer } from "../../client/bytes/wire.ts";
import type { SealingCipher } from "../../client/framing/cipher.ts";
import type { IncomingKeys, OutgoingKeys } from "../../client/framing/compression.ts";
import { IdentificationReader } from "../../client/framing/identification.ts";
import { MSG } from "../../client/framing/numbers.ts";
import { padPacket } from "../../client/framing/padding.ts";
import { plainSealing } from "../../client/framing/plain.ts";
import { type Packet, PacketReader } from "../../client/framing/reader.ts";
import type { KeySource } from "../../client/kex/derive.ts";
import { exchangeHash, type Transcript } from "../../client/kex/hash.ts";
import { DEFAULT_PREFERENCES, KexInit, STRICT_SERVER } from "../../client/kex/proposal.ts";
import { agree, cipherOf, compressionOf } from "./agreement.ts";
import { ed25519HostKey, type HostKey, type ServerExchange, serverExchanges } from "./exchange.ts";
import { type LoginScript, type Program, Services } from "./services.ts";

export interface Reply {
  readonly hostKey: Uint8Array;
  readonly serverPublic: Uint8Array;
  readonly signature: Uint8Array;
}

/** All optional: without any, the server does everything right, lets anybody in, and echoes a command's text. */
export interface ScriptedOptions {
  readonly random?: Random;
  /** What is sent instead of the version line, line ends included; the last line is hashed. */
  readonly greeting?: string;
  /** Changed between exchanges, it is another machine after a rekey. */
  readonly hostKey?: () => HostKey;
  readonly kex?: readonly string[];
  readonly hostKeyAlgorithms?: readonly string[];
  readonly cipher?: readonly string[];
  readonly mac?: readonly string[];
  /** `none` by default. */
  readonly compression?: readonly string[];
  /** Offers strict key exchange; true by default. */
  readonly strict?: boolean;
  /** RFC 8308 extensions, sent right after the first NEWKEYS; none by default. */
  readonly extensions?: Readonly<Record<string, string>>;
  readonly firstKexPacketFollows?: boolean;
  /** The last word on each KEXINIT. */
  readonly proposal?: (honest: KexInit, first: boolean) => KexInit;
  readonly login?: LoginScript;
  readonly program?: Program;
  /** The last word on every payload that is about to be sent: what goes out instead, in order. */
  readonly outgoing?: (payload: Uint8Array, server: ScriptedServer) => readonly Uint8Array[];
  /** The last word on the key exchange reply. */
  readonly reply?: (honest: Reply) => Reply;
  /** What the server believes was said: changes the hash it signs. */
  readonly transcript?: (honest: Transcript) => Transcript;
  /** Sees every packet first; `proceed` does what the server would have done. */
  readonly incoming?: (packet: Packet, proceed: () => Promise<void>, server: ScriptedServer) => Maybe<void>;
}

const HOST_SEED = new Uint8Array(32).fill(7);
export const DEFAULT_HOST_KEY = ed25519HostKey(HOST_SEED);

const randomly: Random = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length));

export class ScriptedServer {
  /** Every packet the client sent, in order, payloads copied. */
  readonly received: Packet[] = [];
  /** The session id once there is one. */
  sessionId: Uint8Array | undefined;
  /** Key exchanges that the client has ended with its NEWKEYS. */
  exchanges = 0;
  /** Sequence number of the next packet; set it to send a wrong one. */
  sequence = 0;
  readonly services: Services;
  /** Resolves once the stream is over and all that came on it was received. */
  readonly ended: Promise<void>;
  readonly #stream: ByteStream;
  readonly #options: ScriptedOptions;
  readonly #random: Random;
  readonly #reader = new PacketReader();
  #sealing: SealingCipher = plainSealing();
  #compression: OutgoingKeys["compression"];
  #nextOutgoing: OutgoingKeys | undefined;
  #nextIncoming: IncomingKeys | undefined;
  #authenticated = false;
  #chain: Promise<void> = Promise.resolve();
  #ours: Uint8Array | undefined;
  #exchanging: ServerExchange | undefined;
  #theirs: Uint8Array | undefined;
  #identifications: readonly [client: Uint8Array, server: Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];
  #strict = false;
  #held: Uint8Array[] = [];
  #watchers: (() => void)[] = [];
  #ended = false;
  #end: () => void = () => {};

  constructor(stream: ByteStream, options: ScriptedOptions = {}) {
    this.#stream = stream;
    this.#options = options;
    this.#random = options.random ?? randomly;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.services = new Services((payload) => this.send(payload), options.login ?? { none: true }, options.program);
  }

  /** Serves until the stream ends. Resolves with what was wrong with the client, if anything was. */
  async run(): Promise<unknown> {
    try {
      const greeting = this.#options.greeting ?? "SSH-2.0-Scripted_1\r\n";
      this.sendBytes(new TextEncoder().encode(greeting));
      this.rekey();
      const lines = new IdentificationReader();
      for (let found: ReturnType<typeof lines.push>; !found; ) {
        const chunk = await this.#stream.read();
        if (chunk === null) return undefined;
        found = lines.push(chunk);
        if (!found) continue;
        const own = greeting.replace(/\r?\n$/, "").replace(/^[\s\S]*\n/, "");
        this.#identifications = [found.identification.raw, new TextEncoder().encode(own)];
        this.#reader.push(found.rest);
      }
      await this.#reader.run(
        () => this.#stream.read(),
        (packet) => this.#deliver(packet),
      );
      return undefined;
    } catch (error) {
      return error;
    } finally {
      this.#ended = true;
      this.#stream.close();
      this.services.end();
      this.#wake();
      this.#end();
    }
  }

  /** Sends a payload as a server does: `outgoing` may change it, and what RFC 4253 7.1 forbids waits for a key exchange. */
  send(payload: Uint8Array): Promise<void> {
    if (this.#ours && (payload[0] === MSG.SERVICE_ACCEPT || (payload[0] ?? 0) > MSG.KEX_LAST)) {
      this.#held.push(payload);
      return this.#chain;
    }
    for (const changed of this.#options.outgoing?.(payload, this) ?? [payload]) {
      void this.sendNow(changed);
      if (changed[0] === MSG.NEWKEYS) this.#switchOutgoing();
    }
    return this.#chain;
  }

  /** Sends any payload at once, whatever the state. */
  sendNow(payload: Uint8Array): Promise<void> {
    return this.#write(this.#seal(payload));
  }

  /** What goes over the wire for a payload. */
  #seal(payload: Uint8Array): Maybe<readonly Uint8Array[]> {
    const { layout } = this.#sealing;
    const begun = this.#compression && (this.#authenticated || !this.#compression.delayed);
    const packed = begun ? (this.#compression?.stream.deflate(payload) ?? payload) : payload;
    const sealed = this.#sealing.seal(this.sequence, padPacket(packed, layout, this.#random));
    this.sequence = (this.sequence + 1) >>> 0;
    if (payload[0] === MSG.USERAUTH_SUCCESS) {
      this.#authenticated = true;
      this.#reader.authenticated();
    }
    return sealed;
  }

  /** Sends a packet of which one bit was changed on the way. Counted from the front, from the back where it is negative. */
  sendFlipped(payload: Uint8Array, bit: number): Promise<void> {
    const altered = Promise.resolve(this.#seal(payload)).then((parts) => {
      const bytes = concat(...parts);
      const at = bit < 0 ? bytes.length * 8 + bit : bit;
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
      return [bytes];
    });
    return this.#write(altered);
  }

  /** Sends bytes that are no packet. */
  sendBytes(bytes: Uint8Array): Promise<void> {
    return this.#write([bytes]);
  }

  /** Begins a key exchange, unless one is running. */
  rekey(): void {
    if (this.#ours) return;
    const { kex, hostKeyAlgorithms, cipher, mac, compression = ["none"] } = this.#options;
    const { strict = true, firstKexPacketFollows = false } = this.#options;
    const first = this.sessionId === undefined;
    const names = [...(kex ?? DEFAULT_PREFERENCES.kex), ...(first && strict ? [STRICT_SERVER] : [])];
    const honest: KexInit = {
      cookie: this.#random(16),
      kex: names,
      hostKey: hostKeyAlgorithms ?? ["ssh-ed25519"],
      cipherClientToServer: cipher ?? DEFAULT_PREFERENCES.cipher,
      cipherServerToClient: cipher ?? DEFAULT_PREFERENCES.cipher,
      macClientToServer: mac ?? DEFAULT_PREFERENCES.mac,
      macServerToClient: mac ?? DEFAULT_PREFERENCES.mac,
      compressionClientToServer: compression,
      compressionServerToClient: compression,
      languageClientToServer: [],
      languageServerToClient: [],
      firstKexPacketFollows,
      reserved: 0,
    };
    const payload = KexInit.encode(this.#options.proposal?.(honest, first) ?? honest);
    void this.send(payload);
    this.#ours = payload;
  }

  /** Ends the stream both ways, once everything sent is out. */
  async hangUp(): Promise<void> {
    await this.#chain;
    this.#stream.close();
  }

  /** The `count`th message of this number, as soon as it has arrived. Rejects if the stream ends first. */
  async until(number: number, count = 1): Promise<Packet> {
    for (;;) {
      const found = this.received.filter((packet) => packet.number === number)[count - 1];
      if (found) return found;
      await this.#change(`message ${number} number ${count}`);
    }
  }

  /** The first payload of the client's of which this is true, as soon as it has arrived. */
  async untilOne(is: (payload: Uint8Array) => boolean): Promise<Packet> {
    for (;;) {
      const found = this.received.find(({ payload }) => is(payload));
      if (found) return found;
      await this.#change("a certain payload");
    }
  }

  /** Waits until so many key exchanges are over on both sides' word. */
  async untilExchanges(count: number): Promise<void> {
    while (this.exchanges < count) await this.#change(`key exchange ${count}`);
  }

  #change(awaited: string): Promise<void> {
    if (this.#ended) return Promise.reject(new Error(`the stream ended before ${awaited}`));
    return new Promise((resolve) => this.#watchers.push(resolve));
  }

  #wake(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const wake of watchers) wake();
  }

  #write(parts: Maybe<readonly Uint8Array[]>): Promise<void> {
    const written = this.#chain.then(async () => this.#stream.write(concat(...(await parts))));
    // A client that has gone is what many tests are about.
    this.#chain = written.catch(() => {});
    return this.#chain;
  }

  async #deliver(packet: Packet): Promise<void> {
    const kept = { ...packet, payload: packet.payload.slice() };
    this.received.push(kept);
    const proceed = () => this.#proceed(kept);
    await (this.#options.incoming ? this.#options.incoming(kept, proceed, this) : proceed());
    this.#wake();
  }

  async #proceed({ number, payload }: Packet): Promise<void> {
    if (number === MSG.KEXINIT) {
      this.rekey();
      this.#theirs = payload;
    } else if (number >= MSG.KEX_FIRST && number <= MSG.KEX_LAST) await this.#exchange(payload);
    else if (number === MSG.NEWKEYS) this.#switchIncoming();
    else if (number >= MSG.SERVICE_REQUEST) await this.services.receive(payload);
  }

  async #exchange(payload: Uint8Array): Promise<void> {
    const [ours, theirs] = [this.#ours, this.#theirs];
    if (!ours || !theirs) throw new Error("the client's key exchange came too early");
    const { agreement, strict } = agree(ours, theirs);
    if (this.sessionId === undefined) this.#strict = strict;
    this.#exchanging ??= serverExchanges[agreement.kex]?.(this.#random);
    if (!this.#exchanging) throw new Error(`no key exchange ${agreement.kex}`);
    const step = this.#exchanging.step(payload);
    if ("send" in step) {
      void this.send(step.send);
      return;
    }
    this.#exchanging = undefined;
    const { hash, publicValues, secret, replyNumber } = step;
    const key = this.#options.hostKey?.() ?? DEFAULT_HOST_KEY;
    const honest: Transcript = {
      clientIdentification: this.#identifications[0],
      serverIdentification: this.#identifications[1],
      clientKexInit: theirs,
      serverKexInit: ours,
    };
    const H = exchangeHash(this.#options.transcript?.(honest) ?? honest, {
      hostKey: key.blob,
      signature: new Uint8Array(0),
      secret,
      publicValues,
      hash,
    });
    const reply: Reply = { hostKey: key.blob, serverPublic: step.serverPublic, signature: key.sign(H) };
    const { hostKey, serverPublic, signature } = this.#options.reply?.(reply) ?? reply;
    this.sessionId ??= H;
    const source: KeySource = { hash, secret, exchangeHash: H, sessionId: this.sessionId };
    const { toClient, toServer } = agreement;
    this.#nextOutgoing = {
      cipher: await cipherOf(source, "incoming", toClient).sealing(),
      compression: await compressionOf(toClient.compression, "deflater"),
    };
    this.#nextIncoming = {
      cipher: await cipherOf(source, "outgoing", toServer).opening(),
      compression: await compressionOf(toServer.compression, "inflater"),
    };
    void this.send(new Writer().byte(replyNumber).string(hostKey).string(serverPublic).string(signature).done());
    void this.send(Uint8Array.of(MSG.NEWKEYS));
  }

  #switchOutgoing(): void {
    if (!this.#nextOutgoing) return;
    this.#sealing = this.#nextOutgoing.cipher;
    this.#compression = this.#nextOutgoing.compression;
    this.#nextOutgoing = undefined;
    if (this.#strict) this.sequence = 0;
    const { extensions } = this.#options;
    if (extensions && this.exchanges === 0) void this.send(extensionInfo(extensions));
    // The next exchange can begin only when the client has ended this one, but what waited may go.
    this.#ours = undefined;
    for (const payload of this.#held.splice(0)) void this.send(payload);
  }

  #switchIncoming(): void {
    if (!this.#nextIncoming) throw new Error("the client's NEWKEYS came too early");
    this.#reader.switchKeys(this.#nextIncoming, this.#strict);
    this.#nextIncoming = undefined;
    this.exchanges++;
  }
}

/** RFC 8308 2.3 */
export function extensionInfo(extensions: Readonly<Record<string, string>>): Uint8Array {
  const entries = Object.entries(extensions);
  const writer = new Writer().byte(MSG.EXT_INFO).uint32(entries.length);
  for (const [name, value] of entries) writer.text(name).string(ascii(value));
  return writer.done();
}
