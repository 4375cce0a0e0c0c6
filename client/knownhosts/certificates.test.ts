// What the verifier makes of a host certificate (security.md 7.5; pitfalls 51 and 52).

import { describe, expect, it } from "vitest";
import { ascii, concat } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { Writer } from "../bytes/wire.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { type CertificateFields, certificateOf, edKey } from "../keys/scripted-certificate.ts";
import { HostKeyChangedError } from "./changed.ts";
import { type Basis, type HostKeyClaim, type HostKeyQuestion, NO_CHOICES, type Verdict } from "./claim.ts";
import { formatEntry } from "./file.ts";
import { knowing, MemoryStore, rowOf } from "./memory-store.ts";
import { trustingVerifier } from "./verifier.ts";

const HOST = "db1.example.net";
const RELAY = "https://relay.example.net";
const [PLAIN, CA] = [1, 9];
const SECONDS = 1_790_000_000n;
const NOW = Number(SECONDS) * 1000 + 999;

const made = (fields: Partial<CertificateFields> = {}) => certificateOf({ key: edKey(PLAIN), signer: CA, ...fields });
const authority = (names = HOST, key = edKey(CA)) => `@cert-authority ${formatEntry(names, key)}`;
const revoked = (key: Uint8Array, names = HOST) => `@revoked ${formatEntry(names, key)}`;
const known = (key: Uint8Array, names = HOST) => formatEntry(names, key);

async function show(
  keyBlob: Uint8Array,
  lines: readonly string[],
  claim: Partial<HostKeyClaim> = {},
  answer?: Verdict,
) {
  const store = knowing("", ...lines);
  return { ...(await showTo(store, keyBlob, claim, answer)), store };
}

async function showTo(store: MemoryStore, keyBlob: Uint8Array, claim: Partial<HostKeyClaim> = {}, answer?: Verdict) {
  const questions: HostKeyQuestion[] = [];
  const trusted: Basis[] = [];
  const verifier = trustingVerifier({
    store,
    choices: NO_CHOICES,
    trusted: (basis) => trusted.push(basis),
    now: () => NOW,
    notice: () => {},
    ask: async (question) => {
      questions.push(question);
      return answer ?? "reject";
    },
  });
  const algorithm = "ssh-ed25519-cert-v01@openssh.com";
  const whole = { host: HOST, port: 22, route: RELAY, keyBlob, algorithm, ...claim };
  const outcome = await verifier.verify(whole, new AbortController().signal).catch((thrown: unknown) => thrown);
  return { outcome, questions, trusted };
}

const refusal = (words: string, quoted?: string) =>
  expect.objectContaining({ code: "host-key-certificate", message: expect.stringContaining(words), quoted });

describe("a certificate by a known authority", () => {
  it("is accepted in silence, and nothing is saved but when its authority was last seen", async () => {
    const { outcome, questions, trusted, store } = await show(made(), [authority()]);
    expect([outcome, questions]).toEqual(["accept", []]);
    expect(trusted).toEqual([{ kind: "certified", authority: fingerprint(edKey(CA)) }]);
    expect(store.texts.get("")).toBe(`${authority()}\n`);
    expect([...store.sightings.keys()]).toEqual([`|${HOST}|${fingerprint(edKey(CA))}`]);
  });

  it.each([
    ["a name with a wildcard", "*.example.net"],
    ["a question mark", "db?.example.net"],
    ["the name among others", `other.example.net,${HOST}`],
  ])("counts for an authority of %s", async (_, names) => {
    expect((await show(made(), [authority(names)])).outcome).toBe("accept");
  });

  it.each([
    ["a principal with a wildcard", made({ principals: ["*.example.net"] }), {}],
    ["one of several principals", made({ principals: ["web", HOST] }), {}],
    ["the name without its port", made(), { port: 2222 }],
    ["the name however it is written", made(), { host: "DB1.Example.NET." }],
    ["the alias of the host", made({ principals: ["alias"] }), { host: "db2.example.net", alias: "alias" }],
    ["the second in which it begins", made({ validAfter: SECONDS }), {}],
    ["its last second", made({ validBefore: SECONDS + 1n }), {}],
    ["extensions, which mean nothing for hosts", made({ extensions: ["permit-pty", ""] }), {}],
  ])("fits with %s", async (_, blob, claim) => {
    expect((await show(blob, [authority("*"), authority("[*]:2222")], claim)).outcome).toBe("accept");
  });

  it("is accepted where another plain key of the host is known", async () => {
    expect((await show(made(), [known(edKey(3)), authority()])).outcome).toBe("accept");
  });

  const dsa = new Writer().text("ssh-dss").string(ascii("p")).done();
  const sha1 = new Writer().text("ssh-rsa").string(new Uint8Array(256)).done();
  it.each<readonly [string, Uint8Array, unknown]>([
    ["for a user", made({ holder: 1 }), refusal("was made for a user")],
    ["that begins later", made({ validAfter: SECONDS + 1n }), refusal("not valid before 2026-09-21 14:13 UTC")],
    ["that has ended", made({ validBefore: SECONDS }), refusal("was valid until 2026-09-21 14:13 UTC")],
    ["that never begins", made({ validAfter: 2n ** 64n - 1n }), refusal("not valid before the end of time")],
    ["without principals", made({ principals: [] }), refusal("names no host")],
    ["for other hosts", made({ principals: ["a\u202e", "b"] }), refusal("is for other hosts", "a\ufffd, b")],
    ["for the name with its port", made({ principals: [`[${HOST}]:22`] }), refusal("for other hosts", `[${HOST}]:22`)],
    [
      "for the name in capitals, as OpenSSH",
      made({ principals: ["DB1.example.net"] }),
      refusal("other hosts", "DB1.example.net"),
    ],
    ["with an empty principal", made({ principals: [""] }), refusal("is for other hosts", "")],
    ["with a critical option", made({ criticalOptions: ["no-hosts", ""] }), refusal("sets conditions", "no-hosts")],
    ["signed with SHA-1", made({ signature: sha1 }), refusal("rsa-sha2-512", "ssh-rsa")],
    ["signed by DSA", made({ signature: dsa }), refusal("is signed by a method that is not accepted", "ssh-dss")],
    ["with a damaged signature", made({ signature: new Uint8Array(3) }), refusal("not accepted", "")],
    ["that was altered", altered(made()), refusal("it was altered")],
  ])("%s is refused in its own words", async (_, blob, expected) => {
    const { outcome, questions } = await show(blob, [authority()]);
    expect([outcome, questions]).toEqual([expected, []]);
  });

  it.each([
    ["for a user", made({ holder: 1 })],
    ["has ended", made({ validBefore: SECONDS })],
  ])("that is no good (%s) leaves a plain key that is known by itself as it is", async (_, blob) => {
    const { outcome, store } = await show(blob, [authority(), known(edKey(PLAIN))]);
    expect(outcome).toBe("accept");
    const key = { scope: "", name: HOST, keySha256: fingerprint(edKey(PLAIN)) };
    expect(store.sightings.get(rowOf(key))?.lastSeen).toBe(NOW);
  });

  it("by a key that we cannot use is refused, and says why", async () => {
    const odd = new Writer().text("sk-ssh-ed25519@openssh.com").string(new Uint8Array(32)).text("ssh:").done();
    const { outcome } = await show(made({ authority: odd }), [authority(HOST, odd)]);
    expect(outcome).toEqual(refusal("by an authority whose key cannot be used. This type of key is not supported"));
  });
});

/** With one bit of the nonce flipped. */
function altered(blob: Uint8Array): Uint8Array {
  const copy = blob.slice();
  copy[44] = (copy[44] ?? 0) ^ 1;
  return copy;
}

describe("a certificate by an authority that is not known for the host is its plain key", () => {
  it.each<readonly [string, readonly string[]]>([
    ["no authority", []],
    ["an authority of other hosts", [authority("*.example.com")]],
    ["another authority", [authority("*", edKey(8))]],
    ["an authority that excludes it", [authority(`*.example.net,!${HOST}`)]],
    ["its authority's key as a plain key of another host", [known(edKey(CA), "ca.example.net")]],
  ])("with %s: it is asked about, and saved plain", async (_, lines) => {
    const { outcome, questions, store } = await show(made(), lines, {}, "accept");
    expect(outcome).toBe("accept");
    expect(questions).toEqual([
      expect.objectContaining({ keyType: "ED25519", fingerprint: fingerprint(edKey(PLAIN)) }),
    ]);
    expect(store.texts.get("")).toContain(`${known(edKey(PLAIN))}\n`);
    expect(store.texts.get("")).not.toContain("cert-v01@");
  });

  it("which is accepted in silence when it is known", async () => {
    const { outcome, questions } = await show(made({ holder: 1 }), [known(edKey(PLAIN))]);
    expect([outcome, questions]).toEqual(["accept", []]);
  });

  it("which is as changed as any when another one is known", async () => {
    const { outcome } = await show(made(), [known(edKey(3))]);
    if (!(outcome instanceof HostKeyChangedError)) throw outcome;
    expect(outcome.changed.shown).toEqual({ keyType: "ED25519", fingerprint: fingerprint(edKey(PLAIN)) });
  });

  it("also where the authority's own key is known as the host's", async () => {
    expect((await show(made(), [known(edKey(CA))])).outcome).toBeInstanceOf(HostKeyChangedError);
  });
});

describe("a revocation wins over a certificate (pitfall 51)", () => {
  it.each<readonly [string, readonly string[]]>([
    ["of the authority", [authority(), revoked(edKey(CA))]],
    ["of the authority, where it is not known otherwise", [revoked(edKey(CA))]],
    ["of the authority, where the plain key is known", [known(edKey(PLAIN)), revoked(edKey(CA), "*")]],
    ["of the certified key", [authority(), revoked(edKey(PLAIN))]],
  ])("%s", async (_, lines) => {
    const { outcome, questions } = await show(made(), lines);
    expect([outcome, questions]).toEqual([expect.objectContaining({ code: "host-key-revoked" }), []]);
  });

  it("but not one for other hosts", async () => {
    expect((await show(made(), [authority(), revoked(edKey(CA), "web")])).outcome).toBe("accept");
  });
});

it("an authority's key vouches for no plain key, not even its own", async () => {
  const { outcome, questions } = await show(edKey(CA), [authority("*")], { algorithm: "ssh-ed25519" });
  expect([outcome, questions.length]).toEqual(["reject", 1]);
});

describe("a host that should have a certificate and shows a plain key", () => {
  const plain = { algorithm: "ssh-ed25519" };
  const changedBy = (ca: Uint8Array) =>
    expect.objectContaining({ kind: "authority", keyType: "ED25519", fingerprint: fingerprint(ca) });

  it.each<readonly [string, Uint8Array, string]>([
    ["no certificate", edKey(PLAIN), authority()],
    ["no certificate, where the authority is for this host among others", edKey(PLAIN), authority(`*.org,${HOST}`)],
    ["a certificate by somebody else", made({ signer: 8 }), authority()],
  ])("has changed if the authority is known for it by name: %s", async (_, blob, line) => {
    const { outcome, questions } = await show(blob, [line]);
    if (!(outcome instanceof HostKeyChangedError)) throw outcome;
    expect([outcome.changed.known, questions]).toEqual([[changedBy(edKey(CA))], []]);
    expect(outcome.changed.shown.fingerprint).toBe(fingerprint(edKey(PLAIN)));
  });

  it("has changed if it came with a certificate before, and says when", async () => {
    const store = knowing("", authority("*"));
    expect((await showTo(store, made())).outcome).toBe("accept");
    const { outcome } = await showTo(store, edKey(PLAIN), plain);
    if (!(outcome instanceof HostKeyChangedError)) throw outcome;
    expect(outcome.changed.known).toEqual([
      expect.objectContaining({ kind: "authority", firstSeen: NOW, lastSeen: NOW }),
    ]);
  });

  it("is asked about, with the authorities, where only a wildcard speaks of it", async () => {
    const { questions } = await show(edKey(PLAIN), [authority("*"), authority("*.com", edKey(8))], plain);
    expect(questions).toEqual([
      expect.objectContaining({ authorities: [fingerprint(edKey(CA))], certificate: undefined }),
    ]);
  });

  it("is accepted where that key is known by itself", async () => {
    expect((await show(edKey(PLAIN), [authority(), known(edKey(PLAIN))], plain)).outcome).toBe("accept");
  });

  it("is refused where nobody can tell whether it came with one before", async () => {
    const store = knowing("", authority("*"));
    store.broken.set("sighting", new Error("locked"));
    const { outcome, questions } = await showTo(store, edKey(PLAIN), plain, "accept");
    expect([outcome, questions]).toEqual([expect.objectContaining({ code: "trust-store" }), []]);
  });
});

it("a certificate by an unknown authority is shown beside the key, cleaned and bounded", async () => {
  const principals = ["a\u202e", ...Array.from({ length: 40 }, (_, i) => `host${i}`)];
  const blob = made({ principals, keyId: "key\u0000 of db1", serial: 77n, validAfter: SECONDS });
  const { certificate } = (await show(blob, [])).questions[0] ?? {};
  expect(certificate).toEqual({
    ...{ authority: fingerprint(edKey(CA)), keyId: "key\ufffd of db1", serial: "77" },
    ...{ validAfter: "2026-09-21 14:13 UTC", validBefore: "always" },
    principals: ["a\ufffd", ...principals.slice(1, 16)],
  });
});

it("a certificate that cannot be read is refused by name", async () => {
  const { outcome } = await show(concat(made(), Uint8Array.of(0)), [authority()]);
  expect(outcome).toBeInstanceOf(SshError);
  expect(outcome).toMatchObject({ code: "key-format" });
});

describe("what is known before the key exchange", () => {
  const verifier = (store: MemoryStore) =>
    trustingVerifier({
      ...{ store, choices: NO_CHOICES, now: () => NOW },
      ...{ notice: () => {}, trusted: () => {}, ask: async () => "reject" as const },
    });
  const target = { host: HOST, port: 22, route: RELAY };

  it("is the types of known keys, and whether an authority is known", async () => {
    const store = knowing("", known(edKey(1)), authority("*.example.net"));
    expect(await verifier(store).knownAlgorithms?.(target)).toEqual({
      keyTypes: ["ssh-ed25519"],
      authorities: true,
    });
    const other = { host: "web.example.org", port: 22, route: RELAY };
    expect(await verifier(store).knownAlgorithms?.(other)).toEqual({ keyTypes: [], authorities: false });
  });

  it("is an error with a store that cannot be read", async () => {
    const store = new MemoryStore();
    store.broken.set("read", new Error("broken"));
    await expect(verifier(store).knownAlgorithms?.(target)).rejects.toMatchObject({ code: "trust-store" });
  });
});
