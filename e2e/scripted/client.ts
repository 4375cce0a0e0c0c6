// Our transport and handshake joined to a scripted server in memory, with everything they report kept for the test.

import type { Clock } from "../../client/bytes/clock.ts";
import { memoryPair, type PairOptions } from "../../client/bytes/memory.ts";
import type { Random } from "../../client/bytes/random.ts";
import type { ByteStream } from "../../client/bytes/stream.ts";
import { Writer } from "../../client/bytes/wire.ts";
import { DEFAULT_REKEY, type RekeyLimits } from "../../client/framing/rekey-policy.ts";
import { Transport } from "../../client/framing/transport.ts";
import { Handshake, type HostKeyProof } from "../../client/kex/handshake.ts";
import type { Negotiated } from "../../client/kex/negotiate.ts";
import { DEFAULT_PREFERENCES, type Preferences } from "../../client/kex/proposal.ts";
import { parsePublicKey } from "../../client/keys/public-key.ts";
import { verifySignature } from "../../client/keys/verify.ts";
import { manualClock } from "./clock.ts";
import { type ScriptedOptions, ScriptedServer } from "./server.ts";

export interface MeetOptions {
  readonly server?: ScriptedOptions;
  readonly preferences?: Partial<Preferences>;
  readonly rekey?: Partial<RekeyLimits>;
  readonly clock?: Clock;
  readonly pair?: PairOptions;
  /** Wraps the client's end of the stream. */
  readonly wrap?: (stream: ByteStream) => ByteStream;
  readonly trust?: (proof: HostKeyProof) => Promise<void>;
}

export interface Meeting {
  readonly transport: Transport;
  readonly handshake: Handshake;
  readonly server: ScriptedServer;
  readonly started: Promise<void>;
  /** The server's version line, once it came. */
  readonly identified: string[];
  /** Resolves after the first exchange; rejects with the cause if the connection ends before. */
  readonly secured: Promise<Negotiated>;
  /** What the scripted server thought was wrong with us; settles at its end. */
  readonly served: Promise<unknown>;
  /** Proofs that the person was asked about. */
  readonly asked: HostKeyProof[];
  /** How often keys were reported as secured. */
  readonly securedCount: () => number;
  /** Resolves once so many key exchanges are over on both sides. */
  readonly exchanged: (count: number) => Promise<void>;
  /** Payloads that came up, in order. */
  readonly connection: Uint8Array[];
  readonly login: Uint8Array[];
  readonly extensions: Uint8Array[];
  readonly debugs: string[];
  /** Data of the server's PONGs. */
  readonly pongs: Uint8Array[];
  /** Numbers of ours that the server did not know. */
  readonly unknown: number[];
  /** Resolves once so many payloads of the connection came up. */
  readonly untilConnection: (count: number) => Promise<void>;
}

const randomly: Random = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length));

/** A payload of the connection, unlike that of any other number. */
export const channelData = (n: number) => new Writer().byte(94).uint32(n).string(new Uint8Array(40).fill(n)).done();

/** False for a key that cannot even be read. */
export async function proved(proof: HostKeyProof): Promise<boolean> {
  try {
    const key = parsePublicKey(proof.hostKey);
    return await verifySignature(proof.algorithm, key, proof.signature, proof.exchangeHash);
  } catch {
    return false;
  }
}

/** Unless a test asks for others: hybrids cost ten times as much. */
const CHEAP_KEX = ["curve25519-sha256"];

export function meet(options: MeetOptions = {}): Meeting {
  const [ours, theirs] = memoryPair(options.pair);
  const server = new ScriptedServer(theirs, { kex: CHEAP_KEX, ...options.server });
  const served = server.run();
  const transport = new Transport({
    stream: options.wrap?.(ours) ?? ours,
    random: randomly,
    clock: options.clock ?? manualClock(),
    rekey: { ...DEFAULT_REKEY, ...options.rekey },
  });
  const asked: HostKeyProof[] = [];
  const connection: Uint8Array[] = [];
  const login: Uint8Array[] = [];
  const extensions: Uint8Array[] = [];
  const debugs: string[] = [];
  const pongs: Uint8Array[] = [];
  const unknown: number[] = [];
  const identified: string[] = [];
  let times = 0;
  let watchers: { count: number; resolve: () => void }[] = [];
  let settle: (negotiated: Negotiated) => void = () => {};
  const secured = new Promise<Negotiated>((resolve, reject) => {
    settle = resolve;
    transport.signal.addEventListener("abort", () => reject(transport.signal.reason));
  });
  secured.catch(() => {});
  const handshake = new Handshake(transport, {
    preferences: { ...DEFAULT_PREFERENCES, ...options.preferences },
    random: randomly,
    prove: proved,
    trust: async (proof) => {
      asked.push(proof);
      await options.trust?.(proof);
    },
    secured: (negotiated) => {
      times++;
      settle(negotiated);
    },
  });
  const started = transport.start(handshake, {
    identified: (text) => void identified.push(text),
    extensionInfo: (payload) => void extensions.push(payload.slice()),
    login: (payload) => {
      login.push(payload.slice());
      if (payload[0] === 52) transport.authenticated();
    },
    connection(payload) {
      connection.push(payload.slice());
      for (const watcher of watchers) if (connection.length >= watcher.count) watcher.resolve();
      watchers = watchers.filter(({ count }) => connection.length < count);
      return (payload[0] ?? 0) <= 100;
    },
    pong: (data) => void pongs.push(data.slice()),
    unimplemented: (number) => void unknown.push(number),
    heard: () => {},
    debug: (text) => void debugs.push(text),
  });
  started.catch(() => {});
  return {
    transport,
    handshake,
    server,
    started,
    identified,
    secured,
    served,
    asked,
    securedCount: () => times,
    async exchanged(count) {
      await server.untilExchanges(count);
      // Ours ends with the server's NEWKEYS, which is on its way.
      while (times < count && !transport.signal.aborted) await new Promise((resolve) => setImmediate(resolve));
    },
    connection,
    login,
    extensions,
    debugs,
    pongs,
    unknown,
    untilConnection: (count) =>
      new Promise((resolve) => {
        if (connection.length >= count) resolve();
        else watchers.push({ count, resolve });
      }),
  };
}

/** A meeting whose first exchange is over and whose login has succeeded: rekeys and channels are possible. */
export async function meetOpen(options: MeetOptions = {}): Promise<Meeting> {
  const meeting = meet(options);
  await meeting.secured;
  await meeting.exchanged(1);
  await meeting.server.send(Uint8Array.of(52));
  while (meeting.login.length === 0) await new Promise((resolve) => setImmediate(resolve));
  return meeting;
}
