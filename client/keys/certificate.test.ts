// Certificates with flaws are ours, good ones are OpenSSH's: its test suite's and ssh-keygen's, which also says what is in them.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testdataFor } from "../../e2e/testdata.ts";
import { fromBase64 } from "../bytes/base64.ts";
import { ascii, concat } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { Writer } from "../bytes/wire.ts";
import { type Certificate, isSigned, parseCertificate } from "./certificate.ts";
import { fingerprint } from "./fingerprint.ts";
import { readHostKey } from "./host-key.ts";
import { parsePublicKey } from "./public-key.ts";
import { type CertificateFields, certificateOf, edKey } from "./scripted-certificate.ts";

const CA = 9;
const made = (fields: Partial<CertificateFields> = {}) => certificateOf({ key: edKey(1), signer: CA, ...fields });
const keyFormat = expect.objectContaining({ name: "SshError", code: "key-format" });

describe("parseCertificate", () => {
  it("reads every field", () => {
    const blob = made({
      serial: 2n ** 63n + 1n,
      principals: ["db1", "*.example.net"],
      validAfter: 10n,
      validBefore: 2n ** 64n - 2n,
      criticalOptions: ["force-command", "x"],
      extensions: ["a", "", "b", "y"],
    });
    expect(parseCertificate(blob)).toEqual({
      blob,
      type: "ssh-ed25519-cert-v01@openssh.com",
      key: parsePublicKey(edKey(1)),
      holder: "host",
      serial: 2n ** 63n + 1n,
      keyId: "the key of a host",
      principals: ["db1", "*.example.net"],
      validAfter: 10n,
      validBefore: 2n ** 64n - 2n,
      criticalOptions: [{ name: "force-command", data: ascii("x") }],
      extensions: [
        { name: "a", data: new Uint8Array(0) },
        { name: "b", data: ascii("y") },
      ],
      authority: edKey(CA),
      signature: blob.subarray(-83),
      signed: blob.subarray(0, -87),
    });
  });

  it("cleans the authority's words that a person may be shown", () => {
    expect(parseCertificate(made({ keyId: "a\u001b[31m\u202eb" })).keyId).toBe("a\ufffd[31m\ufffdb");
  });

  it("keeps its own copy of the bytes", () => {
    const blob = made();
    const certificate = parseCertificate(blob);
    blob.fill(0);
    expect(certificate).toEqual(parseCertificate(made()));
  });

  it.each<readonly [string, Partial<CertificateFields>]>([
    ["a byte after its end", { more: Uint8Array.of(0) }],
    ["a holder that is neither host nor user", { holder: 3 }],
    ["an option without a value", { criticalOptions: ["force-command"] }],
    ["an option twice", { extensions: ["a", "", "a", ""] }],
    ["options out of order", { extensions: ["b", "", "a", ""] }],
    ["more principals than OpenSSH reads", { principals: Array.from({ length: 257 }, (_, i) => `h${i}`) }],
    ["no authority", { authority: new Uint8Array(0) }],
    ["an authority that is itself a certificate (pitfall 52)", { authority: made() }],
    ["a key that is not one", { key: new Writer().text("ssh-ed25519").string(new Uint8Array(31)).done() }],
    ["more bytes than any certificate has", { keyId: "x".repeat(40_000) }],
  ])("refuses one with %s", (_, fields) => {
    expect(() => parseCertificate(made(fields))).toThrow(keyFormat);
  });

  it.each([
    ["a plain key", edKey(1)],
    ["a certificate of a type that we do not use", made({ type: "sk-ssh-ed25519-cert-v01@openssh.com" })],
    ["one of the old format", made({ type: "ssh-rsa-cert-v00@openssh.com" })],
    ["a certificate of a certificate's type", made({ type: "ssh-ed25519-cert-v01@openssh.com-cert-v01@openssh.com" })],
    ["a name that every object has", made({ type: "constructor-cert-v01@openssh.com" })],
  ])("does not support %s", (_, blob) => {
    expect(() => parseCertificate(blob)).toThrow(expect.objectContaining({ code: "unsupported" }));
  });

  it("refuses an RSA key of 1024 bits inside it, and reads it where old algorithms are allowed", () => {
    const short = new Writer()
      .text("ssh-rsa")
      .mpint(65_537n)
      .mpint(2n ** 1023n + 1n)
      .done();
    expect(() => parseCertificate(made({ key: short }), { legacy: false })).toThrow(/allow old algorithms/);
    expect(parseCertificate(made({ key: short }), { legacy: true }).key.bits).toBe(1024);
  });

  it("names an error at every cut, and lies about nothing with any bit flipped", async () => {
    const blob = made({ principals: ["a", "b"], extensions: ["a", "", "b", "y"] });
    for (let length = 0; length < blob.length; length++) {
      expect(() => parseCertificate(blob.subarray(0, length)), `${length} bytes`).toThrow(SshError);
    }
    for (let bit = 0; bit < blob.length * 8; bit += 7) {
      const flipped = blob.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await holds(flipped), `bit ${bit}`).toBe(false);
    }
  });

  it("throws nothing but an SshError on noise", () => {
    const type = fc
      .constantFrom("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256")
      .map((name) => `${name}-cert-v01@openssh.com`);
    fc.assert(
      fc.property(type, fc.array(fc.uint8Array({ maxLength: 40 })), (name, strings) => {
        const writer = new Writer().text(name);
        for (const bytes of strings) writer.string(bytes);
        expect(() => parseCertificate(writer.done())).toThrow(SshError);
      }),
    );
  });
});

/** False also for one that cannot be read at all. */
async function holds(blob: Uint8Array): Promise<boolean> {
  let certificate: Certificate;
  try {
    certificate = parseCertificate(blob);
    return await isSigned(certificate);
  } catch (error) {
    if (error instanceof SshError) return false;
    throw error;
  }
}

describe("the authority's signature", () => {
  it("holds, and not by another authority's name", async () => {
    expect(await holds(made())).toBe(true);
    expect(await holds(made({ authority: edKey(CA + 1) }))).toBe(false);
  });

  it.each(["ssh-ed25519-cert-v01@openssh.com", "ssh-dss", "ssh-rsa", ""])(
    "under the name %j does not count",
    async (name) => {
      const good = parseCertificate(made()).signature.subarray(4 + 11);
      const signature = concat(new Writer().text(name).done(), good);
      expect(await holds(made({ signature }))).toBe(false);
      expect(await isSigned(parseCertificate(made({ signature })), { legacy: true })).toBe(false);
    },
  );

  it("that is empty or cut does not count", async () => {
    expect(await holds(made({ signature: new Uint8Array(0) }))).toBe(false);
    expect(await holds(made({ signature: parseCertificate(made()).signature.subarray(0, -1) }))).toBe(false);
  });

  it("by a key that is not supported says so", async () => {
    const dsa = new Writer().text("ssh-dss").mpint(5n).done();
    const certificate = parseCertificate(made({ authority: dsa }));
    await expect(isSigned(certificate)).rejects.toMatchObject({ code: "unsupported" });
  });
});

describe("readHostKey", () => {
  const rsa = new Writer()
    .text("ssh-rsa")
    .mpint(65_537n)
    .mpint(2n ** 2047n + 1n)
    .done();

  it.each([
    ["ssh-ed25519", edKey(1), edKey(1)],
    ["ssh-ed25519-cert-v01@openssh.com", made(), edKey(1)],
    ["rsa-sha2-512", rsa, rsa],
    ["rsa-sha2-256", rsa, rsa],
    ["rsa-sha2-512-cert-v01@openssh.com", made({ key: rsa }), rsa],
    ["rsa-sha2-256-cert-v01@openssh.com", made({ key: rsa }), rsa],
  ])("finds the plain key that signs with %s", async (algorithm, blob, plain) => {
    expect((await readHostKey(algorithm, blob, {})).blob).toEqual(plain);
  });

  it.each([
    ["a certificate where a plain key was agreed on", "ssh-ed25519", made()],
    ["a plain key where a certificate was agreed on", "ssh-ed25519-cert-v01@openssh.com", edKey(1)],
    ["a certificate of another type", "ecdsa-sha2-nistp256-cert-v01@openssh.com", made()],
    ["a key of another type", "ecdsa-sha2-nistp256", edKey(1)],
    ["another curve than agreed (pitfall 15)", "ecdsa-sha2-nistp384", new Writer().text("ecdsa-sha2-nistp256").done()],
    ["nothing", "ssh-ed25519", new Uint8Array(0)],
  ])("refuses %s", async (_, algorithm, blob) => {
    await expect(readHostKey(algorithm, blob, {})).rejects.toEqual(keyFormat);
  });
});

/** What `ssh-keygen -L` prints, in our words. */
function listing({
  type,
  holder,
  key,
  authority,
  keyId,
  serial,
  principals,
  criticalOptions,
  extensions,
}: Certificate) {
  return {
    type: `${type} ${holder}`,
    key: fingerprint(key.blob),
    authority: fingerprint(authority),
    keyId,
    serial: `${serial}`,
    principals,
    options: criticalOptions.map(({ name }) => name),
    extensions: extensions.map(({ name }) => name),
  };
}

function listed(file: string) {
  const text = execFileSync("ssh-keygen", ["-L", "-f", file], { encoding: "utf8", env: { ...process.env, TZ: "UTC" } });
  const line = (name: string) => new RegExp(`^ +${name}: (.*)$`, "m").exec(text)?.[1]?.trim() ?? "";
  const list = (name: string) => {
    const [, found = ""] = new RegExp(`^ +${name}: *\\n((?: {16,}.*\\n?)*)`, "m").exec(text) ?? [];
    return found
      .split("\n")
      .map((entry) => entry.trim().split(" ")[0] ?? "")
      .filter((entry) => entry !== "");
  };
  return {
    type: line("Type").replace(/ certificate$/, ""),
    key: /SHA256:\S+/.exec(line("Public key"))?.[0],
    authority: /SHA256:\S+/.exec(line("Signing CA"))?.[0],
    keyId: line("Key ID").replaceAll('"', ""),
    serial: line("Serial"),
    principals: list("Principals"),
    options: list("Critical Options"),
    extensions: list("Extensions"),
  };
}

const blobIn = (file: string) => fromBase64(readFileSync(file, "utf8").split(" ")[1] ?? "") ?? new Uint8Array(0);

describe("certificates of OpenSSH's test suite", () => {
  const folder = testdataFor("certificates of OpenSSH's test suite");
  if (!folder) return;
  const keys = join(folder, "openssh-keys");
  const names = readdirSync(keys).filter((name) => /^(ecdsa|ed25519|rsa)_1.*-cert\.pub$/.test(name));

  it.each(names)("%s says what ssh-keygen says, and its signature holds", async (name) => {
    const file = join(keys, name);
    const rules = { legacy: true }; // the RSA keys among them have 1024 bits
    const certificate = parseCertificate(blobIn(file), rules);
    expect(listing(certificate)).toEqual(listed(file));
    expect(await isSigned(certificate, rules)).toBe(true);
  });
  it("all of them were found", () => expect(names.length).toBe(5));

  it("one signed with SHA-1 holds only where old algorithms are allowed", async () => {
    const certificate = parseCertificate(blobIn(join(keys, "rsa_1_sha1-cert.pub")), { legacy: true });
    expect([await isSigned(certificate, { legacy: true }), await isSigned(certificate, { legacy: false })]).toEqual([
      true,
      false,
    ]);
  });

  it("every cut of them names an error", () => {
    for (const name of names) {
      const blob = blobIn(join(keys, name));
      for (let length = 0; length < blob.length; length++) {
        expect(() => parseCertificate(blob.subarray(0, length), { legacy: true })).toThrow(SshError);
      }
    }
  });
});

describe("certificates of ssh-keygen", () => {
  const folder = mkdtempSync(join(tmpdir(), "periwinkle-certificates-"));
  const keygen = (...flags: string[]) => execFileSync("ssh-keygen", ["-q", ...flags], { cwd: folder });
  const KINDS = {
    ed25519: ["ed25519"],
    p256: ["ecdsa", "-b", "256"],
    p384: ["ecdsa", "-b", "384"],
    p521: ["ecdsa", "-b", "521"],
    rsa: ["rsa", "-b", "2048"],
  };
  const kinds = Object.keys(KINDS);
  beforeAll(() => {
    for (const [name, flags] of Object.entries(KINDS)) keygen("-t", ...flags, "-N", "", "-f", name);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(kinds.flatMap((key) => kinds.map((authority) => [key, authority] as const)))(
    "a %s key by a %s authority is read as ssh-keygen reads it, and its signature holds",
    async (key, authority) => {
      const file = join(folder, `${key}-by-${authority}.pub`);
      writeFileSync(file, readFileSync(join(folder, `${key}.pub`)));
      keygen(
        "-s",
        authority,
        "-I",
        "id",
        "-h",
        "-n",
        "a.example,*.b.example",
        "-z",
        "42",
        "-V",
        "20200101:20400101",
        file,
      );
      const signedFile = file.replace(/\.pub$/, "-cert.pub");
      const certificate = parseCertificate(blobIn(signedFile));
      expect(listing(certificate)).toEqual(listed(signedFile));
      expect(await isSigned(certificate)).toBe(true);
      const other = parseCertificate(blobIn(signedFile));
      other.signed[40] = (other.signed[40] ?? 0) ^ 1; // in the nonce
      expect(await isSigned(other)).toBe(false);
    },
  );
});
