// Against the real ssh-keygen: it makes the keys, draws the pictures, signs and judges our signatures.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromBase64, toBase64 } from "../bytes/base64.ts";
import { ascii, concat } from "../bytes/bytes.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { Reader, Writer } from "../bytes/wire.ts";
import { fingerprint, parseFingerprint } from "./fingerprint.ts";
import { openPrivateKey, readPrivateKey } from "./openssh-private.ts";
import { parsePublicKey, parsePublicKeyLine } from "./public-key.ts";
import { randomart } from "./randomart.ts";
import type { Signer } from "./signer.ts";
import { verifySignature } from "./verify.ts";

const folder = mkdtempSync(join(tmpdir(), "periwinkle-keys-"));
const file = (name: string) => join(folder, name);
const work = { yieldNow: async () => {} };
const MESSAGE = encodeUtf8("a message of no importance");

const TYPES = [
  { name: "ed25519", flags: ["-t", "ed25519"], label: "ED25519", algorithms: ["ssh-ed25519"] },
  { name: "p256", flags: ["-t", "ecdsa", "-b", "256"], label: "ECDSA", algorithms: ["ecdsa-sha2-nistp256"] },
  { name: "p384", flags: ["-t", "ecdsa", "-b", "384"], label: "ECDSA", algorithms: ["ecdsa-sha2-nistp384"] },
  { name: "p521", flags: ["-t", "ecdsa", "-b", "521"], label: "ECDSA", algorithms: ["ecdsa-sha2-nistp521"] },
  { name: "rsa", flags: ["-t", "rsa", "-b", "2048"], label: "RSA", algorithms: ["rsa-sha2-512", "rsa-sha2-256"] },
];

const CIPHERS = [
  "aes128-ctr",
  "aes192-ctr",
  "aes256-ctr",
  "aes128-cbc",
  "aes192-cbc",
  "aes256-cbc",
  "aes128-gcm@openssh.com",
  "aes256-gcm@openssh.com",
  "chacha20-poly1305@openssh.com",
];

function keygen(flags: readonly string[], input?: Uint8Array): string {
  return execFileSync("ssh-keygen", flags, { cwd: folder, encoding: "utf8", input, stdio: ["pipe", "pipe", "pipe"] });
}

/** A locked copy of an existing key. */
function lockedCopy(name: string, copy: string, passphrase: string, flags: readonly string[]): Uint8Array {
  writeFileSync(file(copy), readFileSync(file(name)), { mode: 0o600 });
  keygen(["-q", "-p", "-f", copy, "-P", "", "-N", passphrase, ...flags]);
  return readFileSync(file(copy));
}

const publicHalf = (name: string) => parsePublicKeyLine(readFileSync(file(`${name}.pub`), "utf8"));
const plainSigner = (name: string) => readPrivateKey(readFileSync(file(name)), undefined, work);

beforeAll(() => {
  for (const { name, flags } of TYPES) keygen(["-q", ...flags, "-N", "", "-C", `key ${name}`, "-f", name]);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(TYPES)("a plain $name key of ssh-keygen", ({ name, label, algorithms }) => {
  it("is read, with its comment and its public half", async () => {
    const signer = await plainSigner(name);
    const { key, comment } = publicHalf(name);
    expect(comment).toBe(`key ${name}`);
    expect(signer).toMatchObject({ comment, keyType: key.type, algorithms, publicKey: key.blob });
    expect(key.label).toBe(label);
  });

  it("has the fingerprint, the size and the picture that ssh-keygen prints", () => {
    const [line = "", ...picture] = keygen(["-lv", "-f", `${name}.pub`])
      .trimEnd()
      .split("\n");
    const { key } = publicHalf(name);
    expect(line).toBe(`${key.bits} ${fingerprint(key.blob)} key ${name} (${key.label})`);
    expect(randomart(key.blob)).toBe(picture.join("\n"));
    expect(parseFingerprint(line)).toBe(fingerprint(key.blob));
  });

  it("makes signatures that our verify and ssh-keygen accept, and neither once the message changed", async () => {
    const signer = await plainSigner(name);
    for (const algorithm of algorithms) {
      const signature = await signer.sign(algorithm, MESSAGE);
      const key = parsePublicKey(signer.publicKey);
      expect(await verifySignature(algorithm, key, signature, MESSAGE)).toBe(true);
      expect(await verifySignature(algorithm, key, signature, concat(MESSAGE, ascii(".")))).toBe(false);
      writeFileSync(file(`${name}.sig`), await sshsig(signer, algorithm));
      const judge = (message: Uint8Array) =>
        keygen(["-Y", "check-novalidate", "-n", "test", "-s", `${name}.sig`], message);
      expect(judge(MESSAGE)).toContain("Good");
      expect(() => judge(ascii("another message"))).toThrow();
    }
  });

  it("signs inside ssh-keygen what our verify accepts", async () => {
    const armored = keygen(["-Y", "sign", "-f", name, "-n", "test"], MESSAGE);
    const { algorithm, signature, signed } = readSshsig(armored);
    expect(await verifySignature(algorithm, publicHalf(name).key, signature, signed)).toBe(true);
  });

  it("is read when locked with a passphrase, and refused with a wrong or without one", async () => {
    const text = lockedCopy(name, `${name}.locked`, "sch\u00f6n geheim", ["-a", "3"]);
    const reading = await openPrivateKey(text);
    expect(reading).toMatchObject({ kind: "locked", publicKey: { blob: publicHalf(name).key.blob } });
    const signer = await readPrivateKey(text, encodeUtf8("sch\u00f6n geheim"), work);
    expect(signer.comment).toBe(`key ${name}`);
    await expect(readPrivateKey(text, encodeUtf8("wrong"), work)).rejects.toMatchObject({ code: "key-passphrase" });
    await expect(readPrivateKey(text, undefined, work)).rejects.toMatchObject({ code: "key-passphrase" });
  });
});

describe.each(CIPHERS)("a key locked with %s", (cipher) => {
  it.each([1, 4])("is unlocked after %i rounds, also at a second attempt", async (rounds) => {
    const text = lockedCopy("ed25519", `${cipher}.${rounds}`, "secret", ["-Z", cipher, "-a", `${rounds}`]);
    const reading = await openPrivateKey(text);
    if (reading.kind !== "locked") throw new Error("not locked");
    await expect(reading.unlock(ascii("Secret"), work)).rejects.toMatchObject({ code: "key-passphrase" });
    const signer = await reading.unlock(ascii("secret"), work);
    const signature = await signer.sign("ssh-ed25519", MESSAGE);
    expect(await verifySignature("ssh-ed25519", publicHalf("ed25519").key, signature, MESSAGE)).toBe(true);
  });
});

describe("randomart", () => {
  it("is what ssh-keygen draws for forty Ed25519 and twenty ECDSA keys", () => {
    const blobs = [
      ...Array.from({ length: 40 }, (_, i) => {
        const point = ed25519.getPublicKey(sha512(Uint8Array.of(i)).subarray(0, 32));
        return new Writer().text("ssh-ed25519").string(point).done();
      }),
      ...Array.from({ length: 20 }, (_, i) => {
        const point = p256.getPublicKey(sha512(Uint8Array.of(i)).subarray(0, 32), false);
        return new Writer().text("ecdsa-sha2-nistp256").text("nistp256").string(point).done();
      }),
    ];
    const lines = blobs.map((blob) => `${new Reader(blob).text()} ${toBase64(blob)} x\n`);
    writeFileSync(file("many.pub"), lines.join(""));
    const drawn = keygen(["-lv", "-f", "many.pub"]).replace(/^\d+ SHA256.*\n/gm, "");
    expect(blobs.map((blob) => `${randomart(blob)}\n`).join("")).toBe(drawn);
  });
});

describe("other formats", () => {
  it.each([
    ["rsa", "PEM"],
    ["rsa", "PKCS8"],
    ["p256", "PEM"],
    ["p256", "PKCS8"],
  ])("a %s key in %s form is refused with advice, and readable once the advice was followed", async (name, format) => {
    const copy = `${name}.${format}`;
    writeFileSync(file(copy), readFileSync(file(name)), { mode: 0o600 });
    keygen(["-q", "-p", "-m", format, "-f", copy, "-P", "", "-N", ""]);
    const refusal = expect(readPrivateKey(readFileSync(file(copy)), undefined, work)).rejects;
    await refusal.toMatchObject({ code: "unsupported", message: expect.stringContaining("ssh-keygen -p -f FILE") });
    keygen(["-q", "-p", "-f", copy, "-P", "", "-N", ""]);
    const signer = await readPrivateKey(readFileSync(file(copy)), undefined, work);
    expect(signer.publicKey).toEqual(publicHalf(name).key.blob);
  });

  it.each(["RFC4716", "PKCS8", "PEM"])("a public key exported as %s is called the public half", async (format) => {
    const text = ascii(keygen(["-e", "-m", format, "-f", "rsa.pub"]));
    const refusal = expect(readPrivateKey(text, undefined, work)).rejects;
    await refusal.toMatchObject({ code: "key-format", message: expect.stringContaining("public half") });
  });

  it("a .pub file is called the public half", async () => {
    const refusal = expect(readPrivateKey(readFileSync(file("p256.pub")), undefined, work)).rejects;
    await refusal.toMatchObject({ code: "key-format", message: expect.stringContaining("public half") });
  });
});

/** OpenSSH's PROTOCOL.sshsig: what is signed, for the namespace "test". */
function signedPart(message: Uint8Array): Uint8Array {
  return new Writer().bytes(ascii("SSHSIG")).text("test").text("").text("sha512").string(sha512(message)).done();
}

async function sshsig(signer: Signer, algorithm: string): Promise<string> {
  const signature = await signer.sign(algorithm, signedPart(MESSAGE));
  const header = new Writer().bytes(ascii("SSHSIG")).uint32(1).string(signer.publicKey);
  const body = header.text("test").text("").text("sha512").string(signature).done();
  const lines = toBase64(body).match(/.{1,70}/g) ?? [];
  return ["-----BEGIN SSH SIGNATURE-----", ...lines, "-----END SSH SIGNATURE-----", ""].join("\n");
}

function readSshsig(armored: string): { algorithm: string; signature: Uint8Array; signed: Uint8Array } {
  const reader = new Reader(fromBase64(armored.replace(/-----[A-Z ]+-----|\s/g, "")) ?? new Uint8Array(0), 6 + 4);
  for (let i = 0; i < 4; i++) reader.string();
  const signature = reader.string();
  return { algorithm: new Reader(signature).text(), signature, signed: signedPart(MESSAGE) };
}
