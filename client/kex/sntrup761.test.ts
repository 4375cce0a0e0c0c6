import { createCipheriv } from "node:crypto";
import { sha256 } from "@noble/hashes/sha2.js";
import { describe, expect, it, vi } from "vitest";
import { concat, toHex } from "../bytes/bytes.ts";
import type { Random } from "../bytes/random.ts";
import { CIPHERTEXT_BYTES, decapsulate, encapsulate, keygen, PUBLIC_KEY_BYTES } from "./sntrup761.ts";

// Cold lattices take their time on a busy machine.
vi.setConfig({ testTimeout: 20_000 });

const random: Random = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length));
const digest = (bytes: Uint8Array) => toHex(sha256(bytes));

/**
 * NIST's generator for known answers: CTR_DRBG with AES-256 and no derivation function (SP 800-90A 10.2.1). The round 3
 * submission draws the 761 words of a polynomial one by one, and each draw ends with an update.
 */
function nistRandom(seed: string): Random {
  let key: Uint8Array = new Uint8Array(32);
  let counter: Uint8Array = new Uint8Array(16);
  const block = (): Uint8Array => {
    counter = counter.slice();
    for (let i = 15; i >= 0; i--) {
      counter[i] = (counter[i] ?? 0) + 1;
      if (counter[i] !== 0) break;
    }
    return createCipheriv("aes-256-ecb", key, null).update(counter);
  };
  const update = (data?: Uint8Array) => {
    const fresh = concat(block(), block(), block()).map((byte, i) => byte ^ (data?.[i] ?? 0));
    [key, counter] = [fresh.subarray(0, 32), fresh.subarray(32)];
  };
  update(Uint8Array.from(Buffer.from(seed, "hex")));
  const draw = (length: number): Uint8Array => {
    const blocks = Array.from({ length: Math.ceil(length / 16) }, block);
    update();
    return concat(...blocks).slice(0, length);
  };
  return (length) => (length === 4 * 761 ? concat(...Array.from({ length: 761 }, () => draw(4))) : draw(length));
}

// kat_kem.rsp of the round 3 submission of NTRU Prime to NIST (kem/sntrup761), the long values as their SHA-256. The first
// and the second are also the test vectors of draft-josefsson-ntruprime-streamlined.
const VECTORS = [
  {
    count: 0,
    seed: "061550234d158c5ec95595fe04ef7a25767f2e24cc2bc479d09d86dc9abcfde7056a8c266f9ef97ed08541dbd2e1ffa1",
    publicKey: "d1736cf321592955c718fa191ef5b1137dd7593ff3b18d5ed733ac96e7d65ce9",
    secretKey: "8f8f45cef184cc93e387edc54720102e7f95247ec052ad8440d65c932d4f973d",
    cipherText: "beec3df6e2d1d64eb7fa4c95605ff32aff38ab0e23ff79ff61bbc9832c31e885",
    sharedSecret: "344ca5e25f6da5ea95e4a695b1c5446eca9859334532e4a9537669f012c743a2",
  },
  {
    count: 1,
    seed: "d81c4d8d734fcbfbeade3d3f8a039faa2a2c9957e835ad55b22e75bf57bb556ac81adde6aeeb4a5a875c3bfcadfa958f",
    publicKey: "0957045d6d7f8863107eaec76158bb99c9e2db4b623ca4cb8a32dc14a0abddc8",
    secretKey: "243b86261ba6aca015d41da37f87efd5b94ac391ebba936c579f39cc295f7f0a",
    cipherText: "033ae13a0c75c54cc47a14cbfcab8f88ab9e2995528e00a71514e5ef6e3d3bd0",
    sharedSecret: "16c15126f734e51268ba916ce3b39a72e171ae79b8c2b6a68b34ab0dc5621b7e",
  },
  {
    count: 2,
    seed: "64335bf29e5de62842c941766ba129b0643b5e7121ca26cfc190ec7dc3543830557fdd5c03cf123a456d48efea43c868",
    publicKey: "1663fe0ec75a0ed7f8264ac32d04bfb57cb55037e312f615767c0c611aa4e3c7",
    secretKey: "00669f57eec17b0d7939fbaf8c1210844be5a62ca02d0c4dc1252e28dc874493",
    cipherText: "4299de674a2b5da524bdc75891d440f00502a2cf443cf54d0162a912dbcff9ba",
    sharedSecret: "2df903b31750990d079674136656b106a3ab2277653efdab150f1e39881f1907",
  },
  {
    count: 57,
    seed: "4142237070c216bcbe245a39bd9220533c97651d84832b26727855ad994a0760c52b9319ad404693e4248b8c5ff324b3",
    publicKey: "6d99cc571593ea8bbebdc018e54f0df2db593c6455a53b5800d400f7e6c83caf",
    secretKey: "3ded21092c431af4a81c20547f2b99ac24bf9ad5c7cc3496fbcd7c11b3e6a91b",
    cipherText: "d17f93f436a3b243a52c371fb9d32c7693f290236efd6df7a5c3d5df2a4a90af",
    sharedSecret: "c8c822577db11ae4b1bfc03268971517fc5c4ea38b65ac47e9d598045eea8a7a",
  },
  {
    count: 99,
    seed: "2a6f7386b815366f572aeb6c79e272cc21b7095fe09575f18072c9d677da23bc9c8a4bc393b7524604d299bedd260c8b",
    publicKey: "98d04087532a9031a91f8469b689dd639d2bfb85776990cf22f8c01642d02b89",
    secretKey: "adc61f85266b9d91218dd8430bcd446ebcb12ea10e280b5d3342aa95dbccb89f",
    cipherText: "baf4fea17438bdf0239fb8bb4ba72199915e4cd783f9c72246876107d2d18bb1",
    sharedSecret: "340215a19202f739a9feb6978575a980ea23b6c19c2bd152694b4d223f0ee51b",
  },
];

describe("Streamlined NTRU Prime 761", () => {
  it.each(VECTORS)("gives the published values of count $count", (vector) => {
    const drawn = nistRandom(vector.seed);
    const { publicKey, secretKey } = keygen(drawn);
    expect(digest(publicKey)).toBe(vector.publicKey);
    expect(digest(secretKey)).toBe(vector.secretKey);
    const { cipherText, sharedSecret } = encapsulate(publicKey, drawn);
    expect(digest(cipherText)).toBe(vector.cipherText);
    expect(toHex(sharedSecret)).toBe(vector.sharedSecret);
    expect(toHex(decapsulate(cipherText, secretKey))).toBe(vector.sharedSecret);
  });

  it("has the lengths of the specification, and both sides agree", () => {
    for (let i = 0; i < 5; i++) {
      const { publicKey, secretKey } = keygen(random);
      expect([publicKey.length, secretKey.length, PUBLIC_KEY_BYTES]).toEqual([1158, 1763, 1158]);
      const { cipherText, sharedSecret } = encapsulate(publicKey, random);
      expect([cipherText.length, sharedSecret.length, CIPHERTEXT_BYTES]).toEqual([1039, 32, 1039]);
      expect(toHex(decapsulate(cipherText, secretKey))).toBe(toHex(sharedSecret));
    }
  });

  it("answers every wrong ciphertext with a secret, always the same one, that is not the right one", () => {
    const { publicKey, secretKey } = keygen(random);
    const { cipherText, sharedSecret } = encapsulate(publicKey, random);
    const wrong: Uint8Array[] = [0, 500, 1006, 1007, 1038].flatMap((at) =>
      [1, 128].map((bit) => cipherText.map((byte, i) => (i === at ? byte ^ bit : byte))),
    );
    wrong.push(new Uint8Array(1039), new Uint8Array(1039).fill(255), random(1039));
    const secrets = new Set([toHex(sharedSecret)]);
    for (const changed of wrong) {
      const secret = decapsulate(changed, secretKey);
      expect(secret).toHaveLength(32);
      expect(toHex(decapsulate(changed, secretKey))).toBe(toHex(secret));
      secrets.add(toHex(secret));
    }
    expect(secrets.size).toBe(1 + wrong.length);
  });

  it("takes any bytes for a public key, as a hostile client may send them, and refuses wrong lengths", () => {
    for (const key of [new Uint8Array(1158), new Uint8Array(1158).fill(255), random(1158)])
      expect(encapsulate(key, random).cipherText).toHaveLength(1039);
    const { secretKey } = keygen(random);
    expect(() => encapsulate(new Uint8Array(1157), random)).toThrow(RangeError);
    expect(() => decapsulate(new Uint8Array(1040), secretKey)).toThrow(RangeError);
    expect(() => decapsulate(new Uint8Array(1039), secretKey.subarray(1))).toThrow(RangeError);
  });

  it("draws g again until it can be divided by", () => {
    // The least word gives the coefficient -1, the greatest 1, one in the middle 0: a first g that is zero, then a random one.
    const draws: number[] = [];
    const source: Random = (length) => {
      draws.push(length);
      const words = new Uint32Array(length / 4).fill(1 << 29);
      return draws.length === 1 ? new Uint8Array(words.buffer) : random(length);
    };
    const { publicKey, secretKey } = keygen(source);
    expect(draws.length).toBeGreaterThanOrEqual(4);
    const { cipherText, sharedSecret } = encapsulate(publicKey, random);
    expect(toHex(decapsulate(cipherText, secretKey))).toBe(toHex(sharedSecret));
  });
});
