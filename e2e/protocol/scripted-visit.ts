// The engine and the scripted server, which can read all that we sent, up to the question whether this is the host that was meant.

import { memoryPair } from "../../client/bytes/memory.ts";
import { Writer } from "../../client/bytes/wire.ts";
import { MSG } from "../../client/framing/numbers.ts";
import { fingerprint } from "../../client/keys/fingerprint.ts";
import { type CertificateFields, certificateOf, edKey } from "../../client/keys/scripted-certificate.ts";
import type { TrustChoices, Verdict } from "../../client/knownhosts/claim.ts";
import { formatEntry } from "../../client/knownhosts/file.ts";
import { knowing, type MemoryStore } from "../../client/knownhosts/memory-store.ts";
import type { TrustingVerifierOptions } from "../../client/knownhosts/verifier.ts";
import { connect } from "../../client/ssh.ts";
import { answering, nodeClock, nodeRandom } from "../node-surroundings.ts";
import { DEFAULT_HOST_KEY, type ScriptedOptions, ScriptedServer } from "../scripted/server.ts";
import { type Visitor, visitor } from "./visitor.ts";

export const HOST = "db1.example.net";
/** The scripted server's own key, which other seeds are not. */
export const SEED = 7;
export const [AUTHORITY, OTHER] = [9, 8];
export const mine = fingerprint(edKey(SEED));
export const another = fingerprint(edKey(OTHER));
export const line = (key: Uint8Array, hosts = HOST): string => formatEntry(hosts, key);
export const authority = `@cert-authority *.example.net ${line(edKey(AUTHORITY)).slice(HOST.length + 1)}`;
export const rsaKey = new Writer()
  .text("ssh-rsa")
  .string(Uint8Array.of(1, 0, 1))
  .string(new Uint8Array(257).fill(1))
  .done();

export interface Scene {
  readonly lines?: readonly string[];
  readonly choices?: Partial<TrustChoices>;
  readonly answer?: Verdict | TrustingVerifierOptions["ask"];
  readonly server?: ScriptedOptions;
  readonly broken?: Parameters<MemoryStore["broken"]["set"]>[0];
}

export interface Played {
  readonly server: ScriptedServer;
  readonly who: Visitor;
  readonly connecting: ReturnType<typeof connect>;
  readonly abort: AbortController;
  /** Bytes that we have taken from the stream so far. */
  taken(): number;
}

export function play({ lines = [], choices = {}, answer = "reject", server: script = {}, broken }: Scene): Played {
  const [ours, theirs] = memoryPair();
  const server = new ScriptedServer(theirs, { kex: ["curve25519-sha256"], ...script });
  void server.run();
  const store = knowing("", ...lines);
  if (broken !== undefined) store.broken.set(broken, new Error("the disk is on fire"));
  const who = visitor({ store, choices, answer });
  const abort = new AbortController();
  let taken = 0;
  const read = async () => {
    const chunk = await ours.read();
    taken += chunk?.length ?? 0;
    return chunk;
  };
  const connecting = connect({
    ...{ target: { host: HOST, port: 22 }, route: "https://relay.example.net", user: "alice" },
    ...{ random: nodeRandom, clock: nodeClock, prompts: answering({}), signal: abort.signal },
    open: async () => ({ ...ours, read }),
    ...who.options(),
  });
  connecting.catch(() => {}); // some are looked at later
  return { server, who, connecting, abort, taken: () => taken };
}

/** Numbers of the client's messages that belong to a service or a login. */
export const loginBytes = (server: ScriptedServer): readonly number[] =>
  server.received.map(({ number }) => number).filter((number) => number === MSG.SERVICE_REQUEST || number >= 50);

/** The server shows a certificate for its key; what it signs with is that key. */
export function showing(fields: Partial<CertificateFields>): ScriptedOptions {
  const blob = certificateOf({ key: edKey(SEED), signer: AUTHORITY, principals: [HOST], ...fields });
  return {
    hostKeyAlgorithms: ["ssh-ed25519-cert-v01@openssh.com"],
    hostKey: () => ({ ...DEFAULT_HOST_KEY, blob }),
  };
}

/** A question that stays open until the test answers. */
export function asking(scene: Omit<Scene, "answer"> = {}) {
  let answer: (verdict: Verdict) => void = () => {};
  let opened: (signal: AbortSignal) => void = () => {};
  const open = new Promise<AbortSignal>((resolve) => {
    opened = resolve;
  });
  const played = play({
    ...scene,
    answer: (_, signal) =>
      new Promise((resolve) => {
        answer = resolve;
        opened(signal);
      }),
  });
  return { ...played, open, answer: (verdict: Verdict) => answer(verdict) };
}
