// What the verifier makes of a host certificate (security.md 7.5; pitfalls 51 and 52).

import { describe, expect, it } from "vitest";
import { ascii, concat } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { Writer } from "../bytes/wire.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { type CertificateFields, certificateOf, edKey } from "../keys/scripted-certificate.ts";
import { HostKeyChangedError } from "./changed.ts";
import type { HostKeyClaim, HostKeyQuestion, Verdict } from "./claim.ts";
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
  const questions: HostKeyQuestion[] = [];
  const verifier = trustingVerifier({
    store,
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
  return { outcome, questions, store };
}

const refusal = (words: string, quoted?: string) =>
  expect.objectContaining({ code: "host-key-certificate", message: expect.stringContaining(words), quoted });

describe("a certificate by a known authority", () => {
  it("is accepted in silence, and nothing is saved", async () => {
    const { outcome, questions, store } = await show(made(), [authority()]);
    expect([outcome, questions]).toEqual(["accept", []]);
    expect([store.texts.get(""), store.sightings.size]).toEqual([`${authority()}\n`, 0]);
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
    ["another authority", [authority(HOST, edKey(8))]],
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
  const { outcome, questions } = await show(edKey(CA), [authority()], { algorithm: "ssh-ed25519" });
  expect([outcome, questions.length]).toEqual(["reject", 1]);
});

it("a certificate that cannot be read is refused by name", async () => {
  const { outcome } = await show(concat(made(), Uint8Array.of(0)), [authority()]);
  expect(outcome).toBeInstanceOf(SshError);
  expect(outcome).toMatchObject({ code: "key-format" });
});

describe("what is known before the key exchange", () => {
  const verifier = (store: MemoryStore) =>
    trustingVerifier({ store, now: () => NOW, notice: () => {}, ask: async () => "reject" });
  const target = { host: HOST, port: 22 };

  it("is the types of known keys, and whether an authority is known", async () => {
    const store = knowing("", known(edKey(1)), authority("*.example.net"));
    expect(await verifier(store).knownAlgorithms?.(target, RELAY)).toEqual({
      keyTypes: ["ssh-ed25519"],
      authorities: true,
    });
    const other = { host: "web", port: 22 };
    expect(await verifier(store).knownAlgorithms?.(other, RELAY)).toEqual({ keyTypes: [], authorities: false });
  });

  it("is an error with a store that cannot be read", async () => {
    const store = new MemoryStore();
    store.broken.set("read", new Error("broken"));
    await expect(verifier(store).knownAlgorithms?.(target, RELAY)).rejects.toMatchObject({ code: "trust-store" });
  });
});
