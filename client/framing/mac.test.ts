import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ascii, concat, readUint32, toHex } from "../bytes/bytes.ts";
import { isPromise } from "../bytes/stream.ts";
import { toBigEndian } from "../bytes/wire.ts";
import { macs } from "./suites.ts";

/** RFC 4231 4.2 and 4.3, RFC 2202 3. The sequence number stands for the first four bytes of the text. */
const vectors = [
  {
    key: new Uint8Array(20).fill(0x0b),
    text: "Hi There",
    sha1: "b617318655057264e28bc0b6fb378c8ef146be00",
    sha256: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    sha512:
      "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
  },
  {
    key: ascii("Jefe"),
    text: "what do ya want for nothing?",
    sha1: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    sha512:
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
  },
];

describe.each(Object.entries(macs))("%s", (name, algorithm) => {
  const hash = name.includes("sha1") ? "sha1" : name.includes("256") ? "sha256" : "sha512";

  it.each(vectors)("computes the published value for $text", async (vector) => {
    const text = ascii(vector.text);
    const mac = await algorithm.keyed(vector.key);
    expect(toHex(await mac.compute(readUint32(text, 0), text.subarray(4)))).toBe(vector[hash]);
  });

  it("agrees with another implementation for every size around the switch to Web Crypto", async () => {
    const key = new Uint8Array(algorithm.keyBytes).fill(7);
    const mac = await algorithm.keyed(key);
    for (const size of [0, 1, 63, 64, 1023, 1024, 1025, 40000]) {
      const data = new Uint8Array(size).fill(size);
      const expected = createHmac(hash, key)
        .update(concat(toBigEndian(0xfffffffen, 4), data))
        .digest("hex");
      expect(toHex(await mac.compute(0xfffffffe, data)), `${size} bytes`).toBe(expected);
    }
  });

  it("answers at once for a small packet, and may be asked again before a big one is done", async () => {
    const mac = await algorithm.keyed(new Uint8Array(algorithm.keyBytes));
    const big = mac.compute(1, new Uint8Array(5000));
    const small = mac.compute(2, new Uint8Array(50));
    expect(isPromise(small)).toBe(false);
    expect(isPromise(big)).toBe(true);
    expect(await mac.compute(1, new Uint8Array(5000))).toEqual(await big);
  });

  it("names itself and the size of its tag", async () => {
    expect(algorithm.name).toBe(name);
    expect(algorithm.encryptThenMac).toBe(name.endsWith("-etm@openssh.com"));
    expect(await (await algorithm.keyed(new Uint8Array(algorithm.keyBytes))).compute(0, ascii("x"))).toHaveLength(
      algorithm.tagBytes,
    );
  });
});
