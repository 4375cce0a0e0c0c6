import { describe, expect, it } from "vitest";
import { encryptBlock, expandKey, initialState, words } from "./blowfish.ts";
import { piFraction } from "./pi.ts";

const fromHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
const hexWords = (block: Int32Array) => [...block].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");

describe("the digits of pi", () => {
  it.each([
    [32, "243f6a88"],
    [128, "243f6a8885a308d313198a2e03707344"],
    // Not a multiple of a byte: 13 bits of 0010 0100 0011 1...
    [13, "487"],
  ])("the first %i bits are right", (bits, hex) => {
    expect(piFraction(bits).toString(16)).toBe(hex);
  });

  it("more digits begin with the same ones", () => {
    expect(piFraction(5000) >> 1000n).toBe(piFraction(4000));
  });
});

describe("Blowfish", () => {
  it("begins and ends its state with the published words", () => {
    const state = initialState();
    expect(state.length).toBe(18 + 1024);
    expect(hexWords(state.subarray(0, 2))).toBe("243f6a8885a308d3");
    expect(hexWords(state.subarray(17, 20))).toBe("8979fb1bd1310ba698dfb5ac");
    expect(hexWords(state.subarray(-2))).toBe("578fdfe33ac372e6");
  });

  it("hands out a fresh state each time", () => {
    initialState().fill(0);
    expect(hexWords(initialState().subarray(0, 1))).toBe("243f6a88");
  });

  // The vectors that B. Schneier published with the cipher (by E. Young).
  it.each([
    ["0000000000000000", "0000000000000000", "4ef997456198dd78"],
    ["ffffffffffffffff", "ffffffffffffffff", "51866fd5b85ecb8a"],
    ["3000000000000000", "1000000000000001", "7d856f9a613063f2"],
    ["1111111111111111", "1111111111111111", "2466dd878b963c9d"],
    ["fedcba9876543210", "0123456789abcdef", "0aceab0fc6a0a28d"],
    ["7ca110454a1a6e57", "01a1d6d039776742", "59c68245eb05282b"],
  ])("under %s makes %s to %s", (key, plain, expected) => {
    const state = initialState();
    expandKey(state, words(fromHex(key)));
    const block = words(fromHex(plain));
    encryptBlock(state, block, 0);
    expect(hexWords(block)).toBe(expected);
  });

  it("with a salt of zeros is the key schedule without one", () => {
    const [salted, plain] = [initialState(), initialState()];
    const key = words(fromHex("0123456789abcdef"));
    expandKey(salted, key, new Int32Array(16));
    expandKey(plain, key);
    expect(salted).toEqual(plain);
  });
});
