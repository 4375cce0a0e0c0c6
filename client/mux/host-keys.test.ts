import { describe, expect, it } from "vitest";
import { ed25519HostKey } from "../../e2e/scripted/exchange.ts";
import { ascii } from "../bytes/bytes.ts";
import { Writer } from "../bytes/wire.ts";
import { GlobalRequest, RequestFailure, RequestSuccess } from "./connection-messages.ts";
import { HostKeys } from "./host-keys.ts";
import { ScriptedPeer, turns } from "./scripted-peer.ts";

const SESSION_ID = ascii("the session id of 32 bytes......");
const keyOf = (n: number) => ed25519HostKey(new Uint8Array(32).fill(n));
const [OWN, SECOND, THIRD] = [keyOf(1), keyOf(2), keyOf(3)];

const blobs = (...keys: readonly { readonly blob: Uint8Array }[]): Uint8Array => {
  const writer = new Writer();
  for (const { blob } of keys) writer.string(blob);
  return writer.done();
};

/** OpenSSH PROTOCOL 2.5, built here field by field. */
const proofOf = (key: typeof OWN, sessionId = SESSION_ID, name = "hostkeys-prove-00@openssh.com") =>
  key.sign(new Writer().text(name).string(sessionId).string(key.blob).done());

const answer = (...signatures: readonly Uint8Array[]): Uint8Array => {
  const writer = new Writer();
  for (const signature of signatures) writer.string(signature);
  return RequestSuccess.encode({ data: writer.done() });
};

function scene() {
  const peer = new ScriptedPeer();
  const proved: (readonly Uint8Array[])[] = [];
  const log: string[] = [];
  const hostKeys = new HostKeys(() => peer.mux, {
    sessionId: () => SESSION_ID,
    hostKey: () => OWN.blob,
    announced: (keys, prove) =>
      void prove(keys).then((good) => {
        if (good.length > 0) proved.push(good);
      }),
    log: (line) => log.push(line),
  });
  /** Signatures are checked by Web Crypto, in its own time. */
  const judged = async () => {
    while (proved.length + log.length === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    peer,
    proved,
    log,
    judged,
    announce: (data: Uint8Array) => hostKeys.requested("hostkeys-00@openssh.com", data),
  };
}

describe("the server's host keys", () => {
  it("asks for no proof that nobody wants to know of, and still hears no second announcement", () => {
    const peer = new ScriptedPeer();
    const quiet = new HostKeys(() => peer.mux, {
      sessionId: () => SESSION_ID,
      hostKey: () => OWN.blob,
      announced: undefined,
      log: () => {},
    });
    expect(quiet.requested("hostkeys-00@openssh.com", blobs(OWN, SECOND))).toBe(true);
    expect(peer.payloads).toEqual([]);
    expect(() => quiet.requested("hostkeys-00@openssh.com", blobs(OWN))).toThrow(/twice/);
  });

  it("asks for proof of every key but the connection's own, and tells of all that are proved", async () => {
    const { peer, proved, judged, announce } = scene();
    expect(announce(blobs(SECOND, OWN, THIRD))).toBe(true);
    const request = GlobalRequest.decode(peer.payloads[0] ?? new Uint8Array(0));
    expect(request).toEqual({
      name: "hostkeys-prove-00@openssh.com",
      wantReply: true,
      data: blobs(SECOND, THIRD),
    });
    peer.say(answer(proofOf(SECOND), proofOf(THIRD)));
    await judged();
    expect(proved).toEqual([[SECOND.blob, OWN.blob, THIRD.blob]]);
  });

  it("asks nothing where there is nothing to prove", async () => {
    const { peer, proved, announce } = scene();
    announce(blobs(OWN));
    await turns();
    expect([peer.payloads.length, proved]).toEqual([0, [[OWN.blob]]]);
  });

  it.each<[string, Uint8Array]>([
    ["a signature of another key", answer(proofOf(SECOND), proofOf(SECOND))],
    ["a signature for another session", answer(proofOf(SECOND), proofOf(THIRD, new Uint8Array(32)))],
    ["a signature over another name", answer(proofOf(SECOND), proofOf(THIRD, SESSION_ID, "hostkeys-00@openssh.com"))],
    ["too few signatures", answer(proofOf(SECOND))],
    ["too many signatures", answer(proofOf(SECOND), proofOf(THIRD), proofOf(THIRD))],
    ["signatures in another order", answer(proofOf(THIRD), proofOf(SECOND))],
    [
      "a signature by another algorithm's name",
      answer(proofOf(SECOND), new Writer().text("ssh-rsa").string(new Uint8Array(64)).done()),
    ],
    ["no signature at all", answer(new Uint8Array(0), new Uint8Array(0))],
    ["bytes that are none", RequestSuccess.encode({ data: Uint8Array.of(0, 0, 1) })],
    ["a refusal", RequestFailure.encode({})],
  ])("believes none of them with %s", async (_what, reply) => {
    const { peer, proved, log, judged, announce } = scene();
    announce(blobs(SECOND, OWN, THIRD));
    peer.say(reply);
    await judged();
    expect(proved).toEqual([]);
    expect(log).toHaveLength(1);
    expect(peer.failure).toBeUndefined();
  });

  it("skips what it does not understand: unknown kinds, certificates, damaged keys", async () => {
    const { peer, proved, judged, announce } = scene();
    const odd = [
      new Writer().text("ssh-new").string(new Uint8Array(32)).done(),
      new Writer().text("ssh-ed25519-cert-v01@openssh.com").string(new Uint8Array(32)).done(),
      new Writer().text("ssh-ed25519").string(new Uint8Array(31)).done(),
      new Uint8Array(0),
      new Uint8Array(100_000),
    ].map((blob) => ({ blob }));
    announce(blobs(...odd, OWN, SECOND));
    peer.say(answer(proofOf(SECOND)));
    await judged();
    expect(proved).toEqual([[OWN.blob, SECOND.blob]]);
  });

  it("asks nothing of a server that announces a key twice", async () => {
    const { peer, proved, log, announce } = scene();
    announce(blobs(OWN, SECOND, SECOND));
    await turns();
    expect([peer.payloads.length, proved, log.length]).toEqual([0, [], 1]);
  });

  it("breaks with a server that announces twice, without end, or damaged", () => {
    const { announce } = scene();
    announce(blobs(OWN));
    expect(() => announce(blobs(OWN))).toThrow(/twice/);
    const many = Array.from({ length: 33 }, (_, n) => keyOf(n + 10));
    expect(() => scene().announce(blobs(...many))).toThrow(/without end/);
    expect(() => scene().announce(blobs(OWN).subarray(0, 10))).toThrow(/longer than its message/);
  });

  it("knows no other request, and forgets the question when the connection dies", async () => {
    const { peer, proved, announce } = scene();
    const hostKeys = new HostKeys(() => peer.mux, {
      sessionId: () => SESSION_ID,
      hostKey: () => undefined,
      announced: () => {},
      log: () => {},
    });
    expect(hostKeys.requested("keepalive@openssh.com", new Uint8Array(0))).toBe(false);
    announce(blobs(SECOND));
    peer.die();
    await turns();
    expect(proved).toEqual([]);
  });
});
