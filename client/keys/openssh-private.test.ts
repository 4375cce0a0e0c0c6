// Files made field by field, so that each of them can be wrong alone. Real ones are read in ssh-keygen.test.ts.

import { generateKeyPairSync } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { beforeAll, describe, expect, it } from "vitest";
import { toBase64 } from "../bytes/base64.ts";
import { ascii, concat } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { fromBigEndian, Writer } from "../bytes/wire.ts";
import { bcryptPbkdf } from "./bcrypt-pbkdf.ts";
import { KEY_CIPHERS } from "./key-cipher.ts";
import { openPrivateKey, readPrivateKey } from "./openssh-private.ts";

const work = { yieldNow: async () => {} };
const SEED = new Uint8Array(32).fill(3);
const POINT = ed25519.getPublicKey(SEED);
const PUBLIC = new Writer().text("ssh-ed25519").string(POINT).done();
const CHECK = Uint8Array.of(1, 2, 3, 4);
const SALT = new Uint8Array(16).fill(9);

const secretFields = (comment = encodeUtf8("ann")) =>
  new Writer().text("ssh-ed25519").string(POINT).string(concat(SEED, POINT)).string(comment).done();

/** Check numbers, fields, and padding 1, 2, 3 ... to the block. */
function padded(fields: Uint8Array, block = 8): Uint8Array {
  const body = concat(CHECK, CHECK, fields);
  const missing = (block - (body.length % block)) % block;
  return concat(
    body,
    Uint8Array.from({ length: missing }, (_, i) => i + 1),
  );
}

interface Frame {
  magic?: string;
  cipher?: string;
  kdf?: string;
  options?: Uint8Array;
  count?: number;
  publicKey?: Uint8Array;
  body?: Uint8Array;
  after?: Uint8Array;
}
function file(frame: Frame = {}): Uint8Array {
  const writer = new Writer().bytes(ascii(frame.magic ?? "openssh-key-v1\0"));
  writer.text(frame.cipher ?? "none").text(frame.kdf ?? "none");
  writer.string(frame.options ?? new Uint8Array(0)).uint32(frame.count ?? 1);
  writer.string(frame.publicKey ?? PUBLIC).string(frame.body ?? padded(secretFields()));
  return armored(writer.bytes(frame.after ?? new Uint8Array(0)).done());
}
const armored = (bytes: Uint8Array) =>
  ascii(`-----BEGIN OPENSSH PRIVATE KEY-----\n${toBase64(bytes)}\n-----END OPENSSH PRIVATE KEY-----\n`);

const bcryptOptions = (rounds: number, salt = SALT) => new Writer().string(salt).uint32(rounds).done();
const read = (text: Uint8Array) => readPrivateKey(text, undefined, work);
const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

describe("an unlocked key file", () => {
  it("is read", async () => {
    expect(await read(file())).toMatchObject({ keyType: "ssh-ed25519", comment: "ann", publicKey: PUBLIC });
    expect(await openPrivateKey(file())).toMatchObject({ kind: "ready" });
  });

  it("is read with any passphrase, which it does not need", async () => {
    expect(await readPrivateKey(file(), ascii("unneeded"), work)).toMatchObject({ comment: "ann" });
  });

  it("has its comment cleaned and cut", async () => {
    const comment = encodeUtf8(`\u001b[2J\u202e${"x".repeat(1000)}`);
    const signer = await read(file({ body: padded(secretFields(comment)) }));
    expect(signer.comment).toMatch(/^\ufffd\[2J\ufffdx{100,200}\u2026$/);
  });

  const edFields = (type: string, point: Uint8Array, secret: Uint8Array) =>
    padded(new Writer().text(type).string(point).string(secret).text("").done());
  const otherSeed = new Uint8Array(32).fill(4);
  const otherPoint = ed25519.getPublicKey(otherSeed);
  const longPadding = concat(padded(secretFields()), Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9));
  it.each<readonly [string, Frame]>([
    ["another magic", { magic: "openssh-key-v2\0" }],
    ["no key", { count: 0 }],
    ["two keys", { count: 2 }],
    ["4 billion keys", { count: 0xffffffff }],
    ["a damaged public key", { publicKey: PUBLIC.subarray(1) }],
    ["another public key", { publicKey: new Writer().text("ssh-ed25519").string(otherPoint).done() }],
    [
      "a public key of another type",
      {
        publicKey: new Writer()
          .text("ecdsa-sha2-nistp256")
          .text("nistp256")
          .string(p256.getPublicKey(SEED, false))
          .done(),
      },
    ],
    ["no private half", { body: new Uint8Array(0) }],
    ["a private half of 8 bytes", { body: concat(CHECK, CHECK) }],
    ["a private half that fills no block", { body: padded(secretFields()).subarray(0, -1) }],
    ["check numbers that differ", { body: flip(padded(secretFields()), 5) }],
    ["padding that is not 1, 2, 3", { body: flip(padded(secretFields()), padded(secretFields()).length - 1) }],
    ["padding that goes on otherwise", { body: longPadding }],
    ["bytes after its end", { after: Uint8Array.of(0) }],
    ["another type inside", { body: edFields("ssh-rsa", POINT, concat(SEED, POINT)) }],
    ["another point inside", { body: edFields("ssh-ed25519", otherPoint, concat(otherSeed, otherPoint)) }],
    ["another seed", { body: edFields("ssh-ed25519", POINT, concat(otherSeed, POINT)) }],
    ["another point behind its seed", { body: edFields("ssh-ed25519", POINT, concat(SEED, otherPoint)) }],
    ["a seed alone", { body: edFields("ssh-ed25519", POINT, SEED) }],
  ])("with %s is refused", async (_, frame) => {
    await expect(read(file(frame))).rejects.toMatchObject({ code: "key-format" });
  });

  it("cut at any place is refused", async () => {
    const whole = Buffer.from(Buffer.from(file()).toString().split("\n")[1] ?? "", "base64");
    for (let length = 0; length < whole.length; length++) {
      await expect(read(armored(whole.subarray(0, length)))).rejects.toMatchObject({ code: "key-format" });
    }
  });

  it("with any bit flipped is refused, or differs in nothing but its comment or check numbers", async () => {
    const whole = Buffer.from(Buffer.from(file()).toString().split("\n")[1] ?? "", "base64");
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      const flipped = Uint8Array.from(whole);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const outcome = await read(armored(flipped)).catch((error: unknown) => error);
      if (outcome instanceof SshError) expect(["key-format", "unsupported"]).toContain(outcome.code);
      else expect(outcome).toMatchObject({ publicKey: PUBLIC, algorithms: ["ssh-ed25519"] });
    }
  });

  it("of an RSA or ECDSA key whose secret was changed is refused", async () => {
    const ecPublic = new Writer()
      .text("ecdsa-sha2-nistp256")
      .text("nistp256")
      .string(p256.getPublicKey(SEED, false))
      .done();
    const ec = (scalar: bigint) =>
      file({ publicKey: ecPublic, body: padded(concat(ecPublic, new Writer().mpint(scalar).text("").done())) });
    const scalar = fromBigEndian(SEED);
    expect(await read(ec(scalar))).toMatchObject({ keyType: "ecdsa-sha2-nistp256" });
    for (const wrong of [0n, scalar + 1n, scalar + p256.Point.Fn.ORDER, 2n ** 4000n]) {
      await expect(read(ec(wrong))).rejects.toMatchObject({ code: "key-format" });
    }

    const jwk = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
    const number = (text: string | undefined) => fromBigEndian(Buffer.from(text ?? "", "base64url"));
    const [n, e, d] = [number(jwk.n), number(jwk.e), number(jwk.d)];
    const [inverse, p, q] = [number(jwk.qi), number(jwk.p), number(jwk.q)];
    const rsa = (...secret: readonly bigint[]) => {
      const fields = new Writer().text("ssh-rsa").mpint(n).mpint(e);
      for (const value of secret) fields.mpint(value);
      const publicKey = new Writer().text("ssh-rsa").mpint(e).mpint(n).done();
      return file({ publicKey, body: padded(fields.text("").done()) });
    };
    expect(await read(rsa(d, inverse, p, q))).toMatchObject({ keyType: "ssh-rsa" });
    for (const wrong of [
      [d + 2n, inverse, p, q],
      [d + (p - 1n) * (q - 1n), inverse, p, q],
      [d, inverse + 1n, p, q],
      [d, inverse + p, p, q],
      [d, inverse, q, p],
      [d, inverse, n, 1n],
      [d, inverse, 1n, n],
      [d, inverse, p, 0n],
      [d, inverse, p + 2n, q],
    ]) {
      await expect(read(rsa(...wrong))).rejects.toMatchObject({ code: "key-format" });
    }
  });
});

describe("a locked key file", () => {
  const cipher = KEY_CIPHERS.get("aes256-ctr");
  let body = new Uint8Array(0);
  const locked = (frame: Frame = {}) =>
    file({ cipher: "aes256-ctr", kdf: "bcrypt", options: bcryptOptions(1), body, ...frame });
  beforeAll(async () => {
    const derived = await bcryptPbkdf(ascii("secret"), SALT, 1, 48, work);
    // Counter mode opens what it closes.
    const key = cipher?.open(
      derived.subarray(0, 32),
      derived.subarray(32),
      padded(secretFields(), 16),
      new Uint8Array(0),
    );
    body = Uint8Array.from(key ?? []);
  });
  const unlock = (text: Uint8Array) => readPrivateKey(text, ascii("secret"), work);

  it("is unlocked", async () => {
    expect(await unlock(locked())).toMatchObject({ publicKey: PUBLIC, comment: "ann" });
  });

  it.each([
    ["no passphrase", undefined],
    ["an empty passphrase", new Uint8Array(0)],
    ["a wrong passphrase", ascii("Secret")],
  ])("with %s asks for the right one", async (_, passphrase) => {
    await expect(readPrivateKey(locked(), passphrase, work)).rejects.toMatchObject({ code: "key-passphrase" });
  });

  it("whose check numbers fit and whose rest does not is called damaged, not wrongly unlocked", async () => {
    for (const at of [8, 20, 60, 120, body.length - 1]) {
      await expect(unlock(locked({ body: flip(body, at) }))).rejects.toMatchObject({ code: "key-format" });
    }
  });

  it.each<readonly [string, Frame, string]>([
    ["a cipher we do not have", { cipher: "3des-cbc" }, "unsupported"],
    ["another derivation", { kdf: "argon2" }, "unsupported"],
    ["no derivation", { kdf: "none", options: new Uint8Array(0) }, "unsupported"],
    ["2049 rounds", { options: bcryptOptions(2049) }, "unsupported"],
    ["4 billion rounds", { options: bcryptOptions(0xffffffff) }, "unsupported"],
    ["no rounds", { options: bcryptOptions(0) }, "key-format"],
    ["no salt", { options: bcryptOptions(1, new Uint8Array(0)) }, "key-format"],
    ["an endless salt", { options: bcryptOptions(1, new Uint8Array(65)) }, "key-format"],
    ["no options", { options: new Uint8Array(0) }, "key-format"],
    ["bytes after its options", { options: concat(bcryptOptions(1), Uint8Array.of(0)) }, "key-format"],
    ["no tag where one belongs", { cipher: "aes256-gcm@openssh.com" }, "key-format"],
    ["a tag where none belongs", { after: new Uint8Array(16) }, "key-format"],
    ["a body that fills no block", { body: new Uint8Array(40) }, "key-format"],
  ])("with %s is refused before any slow work", async (_, frame, code) => {
    const noWork = { yieldNow: () => Promise.reject(new Error("slow work began")) };
    await expect(readPrivateKey(locked(frame), ascii("secret"), noWork)).rejects.toMatchObject({ code });
  });

  it("says how to lower its rounds", async () => {
    const refusal = expect(unlock(locked({ options: bcryptOptions(5000) }))).rejects;
    await refusal.toMatchObject({ message: expect.stringMatching(/5000 rounds.*2048.*ssh-keygen -p -a 100/) });
  });

  it("stops unlocking when it is cancelled", async () => {
    const controller = new AbortController();
    const yieldNow = async () => controller.abort();
    const text = locked({ options: bcryptOptions(2048) });
    const unlocking = readPrivateKey(text, ascii("secret"), { yieldNow, signal: controller.signal });
    await expect(unlocking).rejects.toMatchObject({ code: "aborted" });
    const early = readPrivateKey(locked(), ascii("secret"), { ...work, signal: controller.signal });
    await expect(early).rejects.toMatchObject({ code: "aborted" });
  });
});
