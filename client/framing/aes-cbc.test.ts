import { describe, expect, it } from "vitest";
import { concat, toHex } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { toBigEndian } from "../bytes/wire.ts";
import { aes128Cbc, aes192Cbc, aes256Cbc } from "./aes-cbc.ts";
import { aes128Ctr } from "./aes-ctr.ts";
import type { CipherSuite, DirectionKeys, MacAlgorithm } from "./cipher.ts";
import { hmacSha256, hmacSha256Etm } from "./mac.ts";
import { MAX_PACKET, padPacket } from "./padding.ts";
import { PacketReader } from "./reader.ts";

const hex = (text: string) => toBigEndian(BigInt(`0x${text}`), text.length / 2);
const PLAIN =
  "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

/** NIST SP 800-38A F.2, whose plain text stands for packets. */
const vectors: readonly { suite: CipherSuite; key: string; sealed: string }[] = [
  {
    suite: aes128Cbc,
    key: "2b7e151628aed2a6abf7158809cf4f3c",
    sealed:
      "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7",
  },
  {
    suite: aes192Cbc,
    key: "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
    sealed:
      "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd",
  },
  {
    suite: aes256Cbc,
    key: "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
    sealed:
      "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b",
  },
];

const keys = (): DirectionKeys => ({
  key: new Uint8Array(16).fill(1),
  iv: new Uint8Array(16).fill(2),
  mac: new Uint8Array(32).fill(3),
});

describe("AES-CBC", () => {
  it.each(vectors)("$suite.name chains packets as published for one text", async ({ suite, key, sealed }) => {
    const published = { key: hex(key), iv: hex("000102030405060708090a0b0c0d0e0f"), mac: new Uint8Array(32) };
    const sealing = await suite.sealing(published, hmacSha256);
    const [text, whole] = [hex(PLAIN), hex(sealed)];
    const [one = whole] = await sealing.seal(0, text.slice(0, 16));
    const [two = whole] = await sealing.seal(1, text.slice(16));
    expect(toHex(concat(one, two))).toBe(sealed);
  });

  it("reads the length out of the first block as often as it is asked, until the record is opened", async () => {
    const sealing = await aes128Cbc.sealing(keys(), hmacSha256);
    const opening = await aes128Cbc.opening(keys(), hmacSha256);
    for (const length of [28, 44]) {
      const packet = concat(toBigEndian(BigInt(length), 4), new Uint8Array(length).fill(9));
      const record = concat(...(await sealing.seal(0, packet)));
      expect(opening.length(0, record.subarray(0, 16))).toBe(length);
      expect(opening.length(0, record.subarray(0, 16))).toBe(length);
      await opening.open(0, record);
    }
  });

  it("decrypts nothing before the MAC holds in the encrypt-then-MAC form", async () => {
    const sealing = await aes128Cbc.sealing(keys(), hmacSha256Etm);
    const opening = await aes128Cbc.opening(keys(), hmacSha256Etm);
    const record = concat(
      ...(await sealing.seal(0, concat(toBigEndian(32n, 4), Uint8Array.of(4), new Uint8Array(31)))),
    );
    record[10] = (record[10] ?? 0) ^ 1;
    const before = record.slice();
    expect(() => opening.open(0, record)).toThrow();
    expect(record).toEqual(before);
  });

  it("asks for a MAC", async () => {
    await expect(aes128Cbc.sealing(keys(), undefined)).rejects.toThrow(TypeError);
    await expect(aes128Cbc.opening(keys(), undefined)).rejects.toThrow(TypeError);
  });
});

/** Feeds bytes of 1 KiB each without end, and tells how many had been asked for when the reader gave up, and why. */
async function givesUpAfter(suite: CipherSuite, mac: MacAlgorithm, first: Uint8Array) {
  const reader = new PacketReader();
  reader.switchKeys({ cipher: await suite.opening(keys(), mac), compression: undefined }, false);
  reader.oneAtATime = false;
  let fed = first.length;
  reader.push(first);
  const read = async () => {
    fed += 1024;
    return new Uint8Array(1024).fill(0x33);
  };
  const error = await reader.run(read, () => {}).catch((thrown: unknown) => thrown);
  return { fed, error };
}

/** The longest packet with its length and MAC, in the kilobytes that were read. */
const longest = (first: number, tag: number) => first + 1024 * Math.ceil((4 + MAX_PACKET + tag - first) / 1024);

describe("an altered packet under AES-CBC with encrypt-and-MAC (CVE-2008-5161, pitfall 13)", () => {
  /** A first block that is deciphered to the length given: what an attacker hopes for when he puts in a block of another packet. */
  async function headOf(length: number): Promise<Uint8Array> {
    const sealing = await aes128Cbc.sealing(keys(), hmacSha256);
    const packet = concat(toBigEndian(BigInt(length), 4), new Uint8Array(28).fill(5));
    return (await sealing.seal(0, packet))[0]?.slice(0, 16) ?? packet;
  }

  it.each([0, 1, 12, 28, 1004, 33_004, MAX_PACKET - 4, MAX_PACKET, MAX_PACKET + 1, 2 ** 31, 2 ** 32 - 1])(
    "whose length reads %i ends the connection where any other does, and with the same words",
    async (length) => {
      const { fed, error } = await givesUpAfter(aes128Cbc, hmacSha256, await headOf(length));
      expect(error).toBeInstanceOf(SshError);
      expect(error).toMatchObject({ code: "integrity" });
      expect(fed).toBe(longest(16, 32));
    },
  );

  it("counts what had arrived behind it already", async () => {
    const first = concat(await headOf(28), new Uint8Array(100_000).fill(0x33));
    expect((await givesUpAfter(aes128Cbc, hmacSha256, first)).fed).toBe(longest(first.length, 32));
  });

  it("ends it at once where nothing more comes", async () => {
    const reader = new PacketReader();
    reader.switchKeys({ cipher: await aes128Cbc.opening(keys(), hmacSha256), compression: undefined }, false);
    reader.push(await headOf(3));
    const error = await reader
      .run(
        async () => null,
        () => {},
      )
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "integrity" });
  });

  it("ends it at once in the other mode and the other form, where the length gives nothing away", async () => {
    for (const [suite, mac] of [
      [aes128Ctr, hmacSha256],
      [aes128Cbc, hmacSha256Etm],
    ] as const) {
      const sealing = await suite.sealing(keys(), mac);
      const packet = padPacket(new Uint8Array(100), sealing.layout, (length) => new Uint8Array(length));
      const record = concat(...(await sealing.seal(0, packet)));
      record[record.length - 1] = (record.at(-1) ?? 0) ^ 1;
      expect(await givesUpAfter(suite, mac, record)).toMatchObject({
        fed: record.length,
        error: { code: "integrity" },
      });
    }
  });
});
