// Whatever refuses a host key: the server, which can read all that we sent, has no SERVICE_REQUEST and no byte of a login, not
// even a user's name. One table of refusals, each held against the server's own transcript, and one of what is accepted.

import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Writer } from "../../client/bytes/wire.ts";
import { MSG } from "../../client/framing/numbers.ts";
import { fingerprint } from "../../client/keys/fingerprint.ts";
import { type CertificateFields, certificateOf, edKey } from "../../client/keys/scripted-certificate.ts";
import type { Verdict } from "../../client/knownhosts/claim.ts";
import { TEXT_LIMIT } from "../../client/knownhosts/file.ts";
import { DEFAULT_HOST_KEY } from "../scripted/server.ts";
import { rejection } from "./driving.ts";
import {
  AUTHORITY,
  another,
  authority,
  HOST,
  line,
  loginBytes,
  mine,
  OTHER,
  play,
  rsaKey,
  type Scene,
  SEED,
  showing,
} from "./scripted-visit.ts";

/** A certificate by an RSA authority that signs with SHA-1. */
function bySha1(): { readonly blob: Uint8Array; readonly authority: string } {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { n = "" } = publicKey.export({ format: "jwk" });
  const modulus = Buffer.concat([Uint8Array.of(0), Buffer.from(n, "base64url")]);
  const authority = new Writer()
    .text("ssh-rsa")
    .string(Uint8Array.of(1, 0, 1))
    .string(modulus)
    .done();
  const fields = { key: edKey(SEED), signer: AUTHORITY, principals: [HOST], authority };
  const unsigned = certificateOf({ ...fields, signature: new Uint8Array(0) });
  const signature = new Writer()
    .text("ssh-rsa")
    .string(sign("sha1", unsigned.subarray(0, -4), privateKey))
    .done();
  return {
    blob: certificateOf({ ...fields, signature }),
    authority: `@cert-authority * ${line(authority).slice(HOST.length + 1)}`,
  };
}
const sha1 = bySha1();

const now = BigInt(Math.floor(Date.now() / 1000));
const certified = (fields: Partial<CertificateFields>): Scene => ({ lines: [authority], server: showing(fields) });
const operator = (...lines: readonly string[]) => ({
  operator: { origin: "https://ssh.example.org", text: lines.join("\n") },
});
const pin = (source: "link" | "embedder", of: string) => ({ source, fingerprint: of });
const garbage = (value: unknown) => async () => value as Verdict;

const REFUSALS: readonly (readonly [why: string, scene: Scene, code: string, words: RegExp])[] = [
  ["the person says no", {}, "host-key-rejected", /did not trust/],
  ["the screen gives no answer that there is", { answer: garbage("yes") }, "host-key-rejected", /did not trust/],
  ["the screen gives nothing", { answer: garbage(undefined) }, "host-key-rejected", /did not trust/],
  ["the screen breaks", { answer: () => Promise.reject(new Error("no screen")) }, "internal", /./],
  ["the key changed", { lines: [line(edKey(OTHER))], answer: "accept" }, "host-key-changed", /changed/],
  ["a key of another type is known", { lines: [line(rsaKey)], answer: "accept" }, "host-key-changed", /changed/],
  [
    "a wildcard knows another key",
    { lines: [line(edKey(OTHER), "*")], answer: "accept" },
    "host-key-changed",
    /changed/,
  ],
  [
    "the key is revoked",
    { lines: [`@revoked * ${line(edKey(SEED)).slice(HOST.length + 1)}`] },
    "host-key-revoked",
    /revoked/,
  ],
  [
    "the key is known and revoked",
    { lines: [line(edKey(SEED)), `@revoked ${line(edKey(SEED))}`] },
    "host-key-revoked",
    /revoked/,
  ],
  [
    "a known host comes without its certificate",
    { lines: [`@cert-authority ${line(edKey(AUTHORITY))}`], answer: "accept" },
    "host-key-changed",
    /changed/,
  ],
  [
    "nothing is known, in strict mode",
    { choices: { mode: "strict" }, answer: "accept" },
    "host-key-unknown",
    /only known hosts/,
  ],
  [
    "nothing is known, in strict mode, whatever was answered before",
    { choices: { mode: "strict", earlier: { fingerprint: mine, verdict: "accept" } } },
    "host-key-unknown",
    /only known hosts/,
  ],
  [
    "the key changed, in accept-new mode",
    { lines: [line(edKey(OTHER))], choices: { mode: "accept-new" } },
    "host-key-changed",
    /changed/,
  ],
  [
    "the answer before was for another key",
    { choices: { earlier: { fingerprint: another, verdict: "accept" } } },
    "host-key-rejected",
    /did not trust/,
  ],
  [
    "the replacement before was for another key",
    { lines: [line(rsaKey)], choices: { earlier: { fingerprint: another, verdict: "replace" } } },
    "host-key-changed",
    /changed/,
  ],
  [
    "an answer before replaces nothing",
    { lines: [line(rsaKey)], choices: { earlier: { fingerprint: mine, verdict: "accept" } } },
    "host-key-changed",
    /changed/,
  ],
  [
    "the link expects another key",
    { choices: { pins: [pin("link", another)] }, answer: "accept" },
    "host-key-pin",
    /the link told you/,
  ],
  [
    "the link expects another key than the known one",
    { lines: [line(edKey(SEED))], choices: { pins: [pin("link", another)] } },
    "host-key-pin",
    /the link told you/,
  ],
  [
    "the page around expects another key",
    { choices: { pins: [pin("embedder", another)] }, answer: "accept" },
    "host-key-pin",
    /the page around/,
  ],
  [
    "the link agrees and the page around does not",
    { choices: { pins: [pin("link", mine), pin("embedder", another)] }, answer: "accept" },
    "host-key-pin",
    /the page around/,
  ],
  [
    "the link agrees, and the key is revoked",
    { lines: [`@revoked ${line(edKey(SEED))}`], choices: { pins: [pin("link", mine)] } },
    "host-key-revoked",
    /revoked/,
  ],
  [
    "the link agrees, and another key is known",
    { lines: [line(edKey(OTHER))], choices: { pins: [pin("link", mine)] } },
    "host-key-changed",
    /changed/,
  ],
  [
    "the operator knows another key",
    { choices: operator(line(edKey(OTHER))), answer: "accept" },
    "host-key-pin",
    /ssh\.example\.org vouches for/,
  ],
  [
    "the operator revokes the key",
    { lines: [line(edKey(SEED))], choices: operator(`@revoked ${line(edKey(SEED))}`) },
    "host-key-revoked",
    /revoked by https:\/\/ssh\.example\.org/,
  ],
  [
    "the operator vouches, and the key is revoked",
    { lines: [`@revoked ${line(edKey(SEED))}`], choices: operator(line(edKey(SEED))) },
    "host-key-revoked",
    /revoked/,
  ],
  [
    "the operator vouches, and another key is saved",
    { lines: [line(edKey(OTHER))], choices: operator(line(edKey(SEED))) },
    "host-key-changed",
    /changed/,
  ],
  [
    "the operator's file is no file",
    { choices: operator("#".repeat(TEXT_LIMIT + 1)), answer: "accept" },
    "trust-store",
    /vouches for could not be used/,
  ],
  [
    "the operator's authority made a bad certificate",
    { choices: operator(authority), server: showing({ principals: [] }), answer: "accept" },
    "host-key-certificate",
    /names no host/,
  ],
  ["the known hosts cannot be read", { broken: "read", answer: "accept" }, "trust-store", /could not be read/],
  [
    "the known hosts are larger than they may be",
    { lines: ["#".repeat(TEXT_LIMIT)], answer: "accept" },
    "trust-store",
    /larger than 10 MiB/,
  ],
  ["the certificate has ended", certified({ validBefore: now - 60n }), "host-key-certificate", /was valid until/],
  [
    "the certificate is of tomorrow",
    certified({ validAfter: now + 86_400n }),
    "host-key-certificate",
    /not valid before/,
  ],
  [
    "the certificate is for others",
    certified({ principals: ["db2.example.net"] }),
    "host-key-certificate",
    /for other hosts/,
  ],
  ["the certificate is for nobody", certified({ principals: [] }), "host-key-certificate", /names no host/],
  ["the certificate is a user's", certified({ holder: 1 }), "host-key-certificate", /made for a user/],
  [
    "the certificate sets conditions",
    certified({ criticalOptions: ["force-command", ""] }),
    "host-key-certificate",
    /conditions/,
  ],
  [
    "the certificate was altered",
    certified({ signer: OTHER, authority: edKey(AUTHORITY) }),
    "host-key-certificate",
    /altered/,
  ],
  [
    "the certificate is signed with SHA-1",
    { lines: [sha1.authority], server: { ...showing({}), hostKey: () => ({ ...DEFAULT_HOST_KEY, blob: sha1.blob }) } },
    "host-key-certificate",
    /not accepted/,
  ],
  [
    "its authority is revoked",
    { lines: [authority, `@revoked ${line(edKey(AUTHORITY), "*")}`], server: showing({}) },
    "host-key-revoked",
    /authority/,
  ],
  [
    "its authority is a certificate itself",
    certified({ authority: certificateOf({ key: edKey(AUTHORITY), signer: OTHER }) }),
    "host-key-unproved",
    /cannot be used/,
  ],
  [
    "the key in the certificate is revoked",
    { lines: [authority, `@revoked ${line(edKey(SEED), "*")}`], server: showing({}) },
    "host-key-revoked",
    /revoked/,
  ],
  [
    "the signature over the exchange is not the key's",
    { lines: [line(edKey(OTHER))], server: { hostKey: () => ({ ...DEFAULT_HOST_KEY, blob: edKey(OTHER) }) } },
    "host-key-unproved",
    /./,
  ],
];

describe("a host key is refused, and the server has no byte of a login", () => {
  it.each(REFUSALS)("when %s", async (_, scene, code, words) => {
    const { connecting, server, who } = play(scene);
    expect(await rejection(connecting)).toMatchObject({ code, message: expect.stringMatching(words) });
    await server.ended;
    expect(server.received.length).toBeGreaterThan(1);
    expect(loginBytes(server)).toEqual([]);
    expect(who.bases).toEqual([]);
  });
});

const ACCEPTED: readonly (readonly [why: string, scene: Scene, basis: object])[] = [
  ["the person says yes", { answer: "accept" }, { kind: "asked", saved: true }],
  ["the person says yes for once", { answer: "accept-once" }, { kind: "asked", saved: false }],
  ["the key is known", { lines: [line(edKey(SEED))] }, { kind: "known" }],
  ["the key is known, in strict mode", { lines: [line(edKey(SEED))], choices: { mode: "strict" } }, { kind: "known" }],
  ["new hosts are accepted", { choices: { mode: "accept-new" } }, { kind: "new", saved: true }],
  ["it has a good certificate", certified({}), { kind: "certified", authority: fingerprint(edKey(AUTHORITY)) }],
  [
    "its certificate is bad, and its key known",
    { ...certified({ principals: [] }), lines: [authority, line(edKey(SEED))] },
    { kind: "known" },
  ],
  [
    "the link agrees, and the person too",
    { choices: { pins: [pin("link", mine)] }, answer: "accept" },
    { kind: "asked", saved: true },
  ],
  [
    "the operator vouches",
    { choices: operator(line(edKey(SEED))) },
    { kind: "vouched", origin: "https://ssh.example.org" },
  ],
  [
    "it was accepted before",
    { choices: { earlier: { fingerprint: mine, verdict: "accept" } } },
    { kind: "asked", saved: true },
  ],
  [
    "it was compared before",
    { lines: [line(edKey(OTHER))], choices: { earlier: { fingerprint: mine, verdict: "replace" } } },
    { kind: "asked", saved: true },
  ],
  [
    "the store cannot be written, and it is said",
    { broken: "edit", answer: "accept" },
    { kind: "asked", saved: false },
  ],
];

describe("a host key is accepted, and only then is there a login", () => {
  it.each(ACCEPTED)("when %s", async (_, scene, basis) => {
    const { connecting, server, who } = play(scene);
    const connection = await connecting;
    expect(loginBytes(server)).toEqual([MSG.SERVICE_REQUEST, MSG.USERAUTH_REQUEST]);
    expect(who.bases).toEqual([basis]);
    if (scene.broken !== undefined) expect(who.notices).toEqual([expect.stringMatching(/for this connection only/)]);
    await connection.close();
  });

  it("nothing but the person's answer saves a key that is asked about", async () => {
    const { connecting, who } = play({ choices: operator(line(edKey(SEED))) });
    await (await connecting).close();
    expect(who.store.texts.get("")).toBe("\n");
    expect(who.store.sightings.size).toBe(0);
  });
});
