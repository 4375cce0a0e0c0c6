import { x25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { describe, expect, it } from "vitest";
import { serverExchanges } from "../../e2e/scripted/exchange.ts";
import { concat, toHex } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import type { Random } from "../bytes/random.ts";
import { mpintFromBigEndian, Reader, Writer } from "../bytes/wire.ts";
import { x25519Pair } from "./curve25519.ts";
import { isPostQuantum, keyExchanges } from "./exchanges.ts";

const unhex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const random: Random = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length));
const HOST = Uint8Array.of(1, 2);
const SIGNATURE = Uint8Array.of(3);

const reply = (serverPublic: Uint8Array, number = 31) =>
  new Writer().byte(number).string(HOST).string(serverPublic).string(SIGNATURE).done();

function begin(name: string, source = random) {
  const exchange = keyExchanges[name]?.(source);
  if (!exchange) throw new Error(name);
  const start = exchange.start();
  const reader = new Reader(start);
  expect(reader.byte()).toBe(30);
  const clientPublic = reader.string();
  reader.end();
  return { exchange, clientPublic };
}

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
    return "accepted";
  } catch (error) {
    return error instanceof SshError ? error.code : String(error);
  }
}

describe.each(Object.keys(keyExchanges))("%s", (name) => {
  it("comes to the same secret as the server, with everything that is hashed as it was sent", async () => {
    const { exchange, clientPublic } = begin(name);
    const agreed = serverExchanges[name]?.(clientPublic, random);
    if (!agreed) throw new Error(name);
    const step = await exchange.step(reply(agreed.serverPublic));
    if (!("done" in step)) throw new Error("not done");
    expect(toHex(step.done.secret)).toBe(toHex(agreed.secret));
    expect(step.done.hostKey).toEqual(HOST);
    expect(step.done.signature).toEqual(SIGNATURE);
    expect(concat(...step.done.publicValues)).toEqual(
      new Writer().string(clientPublic).string(agreed.serverPublic).done(),
    );
  });

  it("has a fresh public value each time", () => {
    expect(toHex(begin(name).clientPublic)).not.toBe(toHex(begin(name).clientPublic));
  });

  it("takes one reply, and nothing but a reply", async () => {
    const { exchange, clientPublic } = begin(name);
    const { serverPublic } = serverExchanges[name]?.(clientPublic, random) ?? { serverPublic: new Uint8Array(0) };
    await exchange.step(reply(serverPublic));
    expect(await codeOf(() => exchange.step(reply(serverPublic)))).toBe("protocol");
    for (const payload of [reply(serverPublic, 32), Uint8Array.of(31), Uint8Array.of(...reply(serverPublic), 0)])
      expect(await codeOf(() => begin(name).exchange.step(payload))).toBe("protocol");
  });

  it("refuses a public value of any other length, and one of zeros", async () => {
    const { clientPublic } = begin(name);
    const { serverPublic } = serverExchanges[name]?.(clientPublic, random) ?? { serverPublic: new Uint8Array(0) };
    const wrong = [
      new Uint8Array(0),
      serverPublic.subarray(1),
      serverPublic.subarray(0, -1),
      concat(serverPublic, Uint8Array.of(0)),
      new Uint8Array(serverPublic.length),
    ];
    for (const value of wrong) expect(await codeOf(() => begin(name).exchange.step(reply(value)))).toBe("protocol");
  });
});

describe("X25519", () => {
  // RFC 7748 6.1, as its second party.
  it("computes the published values", () => {
    const own = unhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    const pair = x25519Pair(() => own.slice());
    expect(toHex(pair.publicValue)).toBe("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    const other = unhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    expect(toHex(pair.shared(other))).toBe("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  });

  // RFC 7748 5.2
  it.each([
    [
      "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
      "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
      "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    ],
    [
      "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
      "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
      "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    ],
  ])("of %s and %s is the published product", (scalar, point, product) => {
    expect(toHex(x25519Pair(() => unhex(scalar)).shared(unhex(point)))).toBe(product);
  });

  // Points of small order (RFC 7748 6.1 asks for the check; the list is that of its twist and curve).
  it.each([
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ])("refuses %s, which gives no secret", (point) => {
    expect(() => x25519Pair(random).shared(unhex(point))).toThrow(SshError);
  });

  it("loses the leading zero bytes of the secret, and keeps the number positive", async () => {
    const seen = { zero: false, high: false };
    for (let i = 0; i < 2000 && !(seen.zero && seen.high); i++) {
      const [own, server] = [random(32), random(32)];
      const shared = x25519.getSharedSecret(own, x25519.getPublicKey(server));
      const [first = 0] = shared;
      if ((first === 0 && seen.zero) || (first >= 128 && seen.high) || (first > 0 && first < 128)) continue;
      seen.zero ||= first === 0;
      seen.high ||= first >= 128;
      const { exchange } = begin("curve25519-sha256", () => own.slice());
      const step = await exchange.step(reply(x25519.getPublicKey(server)));
      if (!("done" in step)) throw new Error("not done");
      expect(step.done.secret).toEqual(new Writer().string(mpintFromBigEndian(shared)).done());
      expect(new Reader(step.done.secret).mpint()).toBe(BigInt(`0x${toHex(shared)}`));
    }
    expect(seen).toEqual({ zero: true, high: true });
  });
});

describe("NIST P-256", () => {
  const valid = p256.getPublicKey(p256.utils.randomSecretKey(random(48)), false);
  const offCurve = valid.slice();
  offCurve[64] = (offCurve[64] ?? 0) ^ 1;
  it.each([
    ["a point off the curve", offCurve],
    ["a compressed point", p256.Point.fromBytes(valid).toBytes(true)],
    ["the point at infinity", Uint8Array.of(0)],
    ["coordinates beyond the field", concat(Uint8Array.of(4), new Uint8Array(64).fill(255))],
    ["a hybrid form", concat(Uint8Array.of(6), valid.subarray(1))],
  ])("refuses %s", async (_what, point) => {
    expect(await codeOf(() => begin("ecdh-sha2-nistp256").exchange.step(reply(point)))).toBe("protocol");
  });
});

describe("the hybrid", () => {
  it("has ML-KEM's key in front of X25519's, and is told from the others", () => {
    expect(begin("mlkem768x25519-sha256").clientPublic).toHaveLength(1184 + 32);
    expect(Object.keys(keyExchanges).filter(isPostQuantum)).toEqual(["mlkem768x25519-sha256"]);
  });

  it("needs both halves: an X25519 half without a secret is refused", async () => {
    const { exchange, clientPublic } = begin("mlkem768x25519-sha256");
    const { serverPublic } = serverExchanges["mlkem768x25519-sha256"]?.(clientPublic, random) ?? {
      serverPublic: new Uint8Array(0),
    };
    const value = concat(serverPublic.subarray(0, 1088), new Uint8Array(32));
    expect(await codeOf(() => exchange.step(reply(value)))).toBe("protocol");
  });

  it("comes to another secret when the ciphertext was changed, and does not say so", async () => {
    const { exchange, clientPublic } = begin("mlkem768x25519-sha256");
    const agreed = serverExchanges["mlkem768x25519-sha256"]?.(clientPublic, random);
    if (!agreed) throw new Error("none");
    const changed = agreed.serverPublic.slice();
    changed[5] = (changed[5] ?? 0) ^ 1;
    const step = await exchange.step(reply(changed));
    if (!("done" in step)) throw new Error("not done");
    expect(step.done.secret).toHaveLength(agreed.secret.length);
    expect(toHex(step.done.secret)).not.toBe(toHex(agreed.secret));
  });
});
