import { createDiffieHellmanGroup, createECDH } from "node:crypto";
import { x25519 } from "@noble/curves/ed25519.js";
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Agreed, serverExchanges } from "../../e2e/scripted/exchange.ts";
import { concat, toHex } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import type { Random } from "../bytes/random.ts";
import { fromBigEndian, mpintBytes, mpintFromBigEndian, Reader, toBigEndian, Writer } from "../bytes/wire.ts";
import { x25519Pair } from "./curve25519.ts";
import type { ExchangeResult, KeyExchange } from "./exchange.ts";
import { isPostQuantum, keyExchanges, prefetchExchanges } from "./exchanges.ts";
import { group1, group14, group16, group18 } from "./groups.ts";
import { mlkem768x25519 } from "./mlkem768x25519.ts";
import { power } from "./modp.ts";
import { DEFAULT_PREFERENCES, LEGACY } from "./proposal.ts";
import { sntrup761x25519 } from "./sntrup761x25519.ts";

// Groups of 8192 bits and cold lattices take their time on a busy machine.
vi.setConfig({ testTimeout: 20_000 });

const unhex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const random: Random = (length) => globalThis.crypto.getRandomValues(new Uint8Array(length));
const HOST = Uint8Array.of(1, 2);
const SIGNATURE = Uint8Array.of(3);
const NAMES = Object.keys(keyExchanges);
const isDh = (name: string) => name.startsWith("diffie-hellman");

async function begin(name: string, source = random): Promise<KeyExchange> {
  const exchange = await keyExchanges[name]?.({
    random: source,
    strength: 112,
    serverIdentification: "SSH-2.0-Scripted_1",
  });
  if (!exchange) throw new Error(name);
  return exchange;
}

interface Met {
  readonly exchange: KeyExchange;
  /** Our messages, in order. */
  readonly said: readonly Uint8Array[];
  readonly agreed: Agreed;
  /** The server's last message, with this value or the honest one. */
  reply(serverPublic?: Uint8Array, number?: number): Uint8Array;
}

/** Our half, up to where it waits for the server's last message. */
async function opened(name: string, source = random) {
  const exchange = await begin(name, source);
  const start = exchange.start();
  const chosen = name.includes("exchange") ? serverExchanges[name]?.(random).step(start) : undefined;
  const step = chosen && "send" in chosen ? await exchange.step(chosen.send) : { send: start };
  const init = "send" in step ? step.send : new Uint8Array(0);
  const reply = (serverPublic: Uint8Array) =>
    new Writer()
      .byte(chosen ? 33 : 31)
      .string(HOST)
      .string(serverPublic)
      .string(SIGNATURE)
      .done();
  return { exchange, init, reply };
}

/** Both halves up to the server's last message, which is not delivered yet. */
async function meet(name: string, source = random): Promise<Met> {
  const exchange = await begin(name, source);
  const server = serverExchanges[name]?.(random);
  if (!server) throw new Error(name);
  const said = [exchange.start()];
  for (;;) {
    const step = server.step(said.at(-1) ?? new Uint8Array(0));
    if ("send" in step) {
      const ours = await exchange.step(step.send);
      if (!("send" in ours)) throw new Error("done too early");
      said.push(ours.send);
      continue;
    }
    const reply = (serverPublic = step.serverPublic, number = step.replyNumber) =>
      new Writer().byte(number).string(HOST).string(serverPublic).string(SIGNATURE).done();
    return { exchange, said, agreed: step, reply };
  }
}

async function finish(exchange: KeyExchange, reply: Uint8Array): Promise<ExchangeResult> {
  const step = await exchange.step(reply);
  if (!("done" in step)) throw new Error("not done");
  return step.done;
}

/** The string or number in an INIT message. */
const initValue = (init: Uint8Array | undefined) => new Reader(init ?? new Uint8Array(0), 1).string();

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
    return "accepted";
  } catch (error) {
    return error instanceof SshError ? error.code : String(error);
  }
}

/** What becomes of this value of the server's, in a fresh exchange. */
const judged = async (name: string, serverPublic: Uint8Array) => {
  const { exchange, reply } = await opened(name);
  return codeOf(() => exchange.step(reply(serverPublic)));
};

it("everything that is offered is there, and nothing else", () => {
  expect(NAMES).toEqual(expect.arrayContaining([...DEFAULT_PREFERENCES.kex]));
  expect(NAMES.slice(-3)).toEqual(LEGACY.kex);
  expect(Object.keys(serverExchanges)).toEqual(NAMES);
});

it("only the hybrids are told as withstanding a quantum computer", () => {
  expect(NAMES.filter(isPostQuantum)).toEqual([
    "mlkem768x25519-sha256",
    "sntrup761x25519-sha512",
    "sntrup761x25519-sha512@openssh.com",
  ]);
});

describe.each(NAMES)("%s", (name) => {
  it("comes to the same secret as the server, with everything that is hashed as it was sent", async () => {
    const { exchange, agreed, reply } = await meet(name);
    const done = await finish(exchange, reply());
    expect(toHex(done.secret)).toBe(toHex(agreed.secret));
    expect(done.hostKey).toEqual(HOST);
    expect(done.signature).toEqual(SIGNATURE);
    expect(toHex(concat(...done.publicValues))).toBe(toHex(concat(...agreed.publicValues)));
    expect(toHex(done.hash(HOST))).toBe(toHex(agreed.hash(HOST)));
  });

  it("has a fresh public value each time", async () => {
    const [one, two] = [await opened(name), await opened(name)];
    expect(initValue(one.init).length).toBeGreaterThan(30);
    expect(toHex(one.init)).not.toBe(toHex(two.init));
  });

  it("takes one reply, and nothing but a reply", async () => {
    const { exchange, reply, agreed } = await meet(name);
    await exchange.step(reply());
    expect(await codeOf(() => exchange.step(reply()))).toBe("protocol");
    const wrong = [reply(agreed.serverPublic, 36), Uint8Array.of(agreed.replyNumber), Uint8Array.of(...reply(), 0)];
    for (const payload of wrong) {
      const fresh = await opened(name);
      expect(await codeOf(() => fresh.exchange.step(payload))).toBe("protocol");
    }
  });
});

describe.each(NAMES.filter((name) => !isDh(name)))("%s", (name) => {
  it("refuses a public value of any other length, and one of zeros (R-KEX-8)", async () => {
    const { serverPublic } = (await meet(name)).agreed;
    const wrong = [
      new Uint8Array(0),
      serverPublic.subarray(1),
      serverPublic.subarray(0, -1),
      concat(serverPublic, Uint8Array.of(0)),
      new Uint8Array(serverPublic.length),
    ];
    for (const value of wrong) expect(await judged(name, value)).toBe("protocol");
  });
});

describe.each(NAMES.filter(isDh))("%s", (name) => {
  it("refuses numbers outside the group, and those that give the secret away (R-KEX-8)", async () => {
    const { p } = name.includes("group1-")
      ? group1
      : name.includes("16")
        ? group16
        : name.includes("18")
          ? group18
          : group14;
    const wrong = [0n, 1n, 2n, 3n, 7n, 1n << 700n, p - 1n, p, p + 1n].map(mpintBytes);
    wrong.push(Uint8Array.of(0x80), Uint8Array.of(0, 0x7f), Uint8Array.of(0), new Uint8Array(300));
    for (const value of wrong) expect(await judged(name, value), toHex(value)).toBe("protocol");
    // Four bits are enough.
    expect(await judged(name, mpintBytes(15n))).toBe("accepted");
  });
});

describe("against another implementation", () => {
  it.each([
    ["ecdh-sha2-nistp256", "prime256v1"],
    ["ecdh-sha2-nistp384", "secp384r1"],
    ["ecdh-sha2-nistp521", "secp521r1"],
  ])("%s has OpenSSL's secret, whatever it begins with (pitfall 14)", async (name, curve) => {
    for (let i = 0; i < 4; i++) {
      const exchange = await begin(name);
      const server = createECDH(curve);
      const serverPublic = server.generateKeys();
      const shared = server.computeSecret(initValue(exchange.start()));
      const { secret } = await finish(
        exchange,
        new Writer().byte(31).string(HOST).string(serverPublic).string(SIGNATURE).done(),
      );
      expect(new Reader(secret).mpint()).toBe(fromBigEndian(shared));
      expect(toHex(secret)).toBe(toHex(new Writer().mpint(fromBigEndian(shared)).done()));
    }
  });

  it.each([
    ["diffie-hellman-group1-sha1", "modp2"],
    ["diffie-hellman-group14-sha256", "modp14"],
    ["diffie-hellman-group16-sha512", "modp16"],
    ["diffie-hellman-group18-sha512", "modp18"],
  ])("%s has OpenSSL's secret", async (name, group) => {
    const exchange = await begin(name);
    const server = createDiffieHellmanGroup(group);
    const serverPublic = mpintFromBigEndian(server.generateKeys());
    const shared = server.computeSecret(initValue(exchange.start()));
    const { secret } = await finish(
      exchange,
      new Writer().byte(31).string(HOST).string(serverPublic).string(SIGNATURE).done(),
    );
    expect(new Reader(secret).mpint()).toBe(fromBigEndian(shared));
  });
});

describe("a Diffie-Hellman secret (pitfall 14)", () => {
  const { p } = group1;
  const q = (p - 1n) / 2n;
  // An odd exponent has an inverse modulo q: for any square K there is an f that leads to it.
  const exponent = concat(Uint8Array.of(0x40), new Uint8Array(62).fill(0x5a), Uint8Array.of(1));
  const leadingTo = (K: bigint) => power(K, power(fromBigEndian(exponent), q - 2n, q), p);
  const root = (1n << 400n) + 12345n;

  it.each([
    ["with leading zero bytes", root ** 2n],
    ["of a few bytes", 0x1234n ** 2n],
    ["with its high bit set", p - 1n - ((1n << 1000n) - 1n)],
  ])("%s is hashed in its shortest form, and positive", async (_what, wanted) => {
    // The third is taken as it is if it is a square, else its neighbours are.
    let K = wanted;
    while (power(K, q, p) !== 1n) K--;
    const exchange = await begin("diffie-hellman-group1-sha1", () => exponent.slice());
    const payload = new Writer().byte(31).string(HOST).mpint(leadingTo(K)).string(SIGNATURE).done();
    const { secret } = await finish(exchange, payload);
    const hex = K.toString(16);
    const even = hex.length % 2 ? `0${hex}` : hex;
    const body = /^[89a-f]/.test(even) ? `00${even}` : even;
    expect(toHex(secret)).toBe((body.length / 2).toString(16).padStart(8, "0") + body);
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

  // Found by trying: with these two numbers the secret begins with 00 23, and with b0.
  it.each([
    ["with a leading zero byte", 131, "00"],
    ["with its high bit set", 4, "b0"],
  ])("%s, the secret is hashed in its shortest form, and positive (pitfall 14)", async (_what, second, begins) => {
    const [own, server] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    server.set([second, 0], 1);
    const shared = x25519.getSharedSecret(own, x25519.getPublicKey(server));
    expect(toHex(shared.subarray(0, 1))).toBe(begins);
    const exchange = await begin("curve25519-sha256", () => own.slice());
    const serverPublic = x25519.getPublicKey(server);
    const payload = new Writer().byte(31).string(HOST).string(serverPublic).string(SIGNATURE).done();
    const { secret } = await finish(exchange, payload);
    const stripped = shared.subarray(begins === "00" ? 1 : 0);
    expect(secret).toEqual(new Writer().string(concat(new Uint8Array(begins === "00" ? 0 : 1), stripped)).done());
    expect(new Reader(secret).mpint()).toBe(fromBigEndian(shared));
  });
});

describe.each([
  ["ecdh-sha2-nistp256", p256],
  ["ecdh-sha2-nistp384", p384],
  ["ecdh-sha2-nistp521", p521],
] as const)("%s (R-KEX-8)", (name, curve) => {
  const valid = curve.getPublicKey(curve.utils.randomSecretKey(), false);
  const bytes = (valid.length - 1) / 2;
  const offCurve = valid.slice();
  offCurve[2 * bytes] = (offCurve[2 * bytes] ?? 0) ^ 1;
  const foreign = name === "ecdh-sha2-nistp256" ? p384 : p256;
  const other = foreign.getPublicKey(foreign.utils.randomSecretKey(), false);
  it.each([
    ["a point off the curve", offCurve],
    ["a compressed point", curve.Point.fromBytes(valid).toBytes(true)],
    ["the point at infinity", Uint8Array.of(0)],
    ["the point at infinity, written out", concat(Uint8Array.of(4), new Uint8Array(2 * bytes))],
    ["coordinates beyond the field", concat(Uint8Array.of(4), new Uint8Array(2 * bytes).fill(255))],
    [
      "a coordinate that is the field's order",
      concat(Uint8Array.of(4), toBigEndian(curve.Point.Fp.ORDER, bytes), valid.subarray(1 + bytes)),
    ],
    ["a hybrid form", concat(Uint8Array.of(6), valid.subarray(1))],
    ["a point of another curve", other],
  ])("refuses %s", async (_what, point) => {
    expect(await judged(name, point)).toBe("protocol");
  });
});

describe.each([
  ["mlkem768x25519-sha256", 1184, 1088, 32],
  ["sntrup761x25519-sha512", 1158, 1039, 64],
] as const)("the hybrid %s", (name, keyBytes, ciphertextBytes, hashBytes) => {
  it("has the lattice's key in front of X25519's, and a string for a secret", async () => {
    const { said, exchange, reply } = await meet(name);
    expect(initValue(said[0])).toHaveLength(keyBytes + 32);
    expect(new Reader((await finish(exchange, reply())).secret).string()).toHaveLength(hashBytes);
  });

  it("needs both halves: an X25519 half without a secret is refused (R-KEX-8)", async () => {
    const { agreed } = await meet(name);
    const value = concat(agreed.serverPublic.subarray(0, ciphertextBytes), new Uint8Array(32));
    expect(await judged(name, value)).toBe("protocol");
  });

  it("comes to another secret when the ciphertext was changed, and does not say so", async () => {
    const { exchange, agreed, reply } = await meet(name);
    const changed = agreed.serverPublic.slice();
    changed[5] = (changed[5] ?? 0) ^ 1;
    const { secret } = await finish(exchange, reply(changed));
    expect(secret).toHaveLength(agreed.secret.length);
    expect(toHex(secret)).not.toBe(toHex(agreed.secret));
  });
});

describe("fetching ahead", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.doUnmock("./dh.ts");
    vi.doUnmock("./sntrup761x25519.ts");
    vi.resetModules();
  });

  it("rehearses the slow ones among the names, once each", async () => {
    const rehearsals = [vi.spyOn(mlkem768x25519, "rehearse"), vi.spyOn(sntrup761x25519, "rehearse")];
    await prefetchExchanges(["curve25519-sha256"]);
    for (const rehearse of rehearsals) expect(rehearse).not.toHaveBeenCalled();
    await prefetchExchanges(
      DEFAULT_PREFERENCES.kex.concat("sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com"),
    );
    for (const rehearse of rehearsals) expect(rehearse).toHaveBeenCalledTimes(1);
  });

  it("a rehearsal is for the first time only", async () => {
    const { hybridWithX25519 } = await import("./hybrid.ts");
    const keygen = vi.fn(() => ({ publicKey: Uint8Array.of(1), secretKey: Uint8Array.of(2) }));
    const kem = { ciphertextBytes: 1, keygen, decapsulate: () => Uint8Array.of(3) };
    const hybrid = hybridWithX25519(kem, (data) => data);
    hybrid.rehearse();
    hybrid.rehearse();
    expect(keygen).toHaveBeenCalledTimes(1);
  });

  it("keeps quiet where a part cannot be loaded; the exchange that needs it then says so", async () => {
    vi.resetModules();
    for (const part of ["./dh.ts", "./sntrup761x25519.ts"])
      vi.doMock(part, () => {
        throw new Error("Failed to fetch dynamically imported module");
      });
    const fresh = await import("./exchanges.ts");
    await fresh.prefetchExchanges(["sntrup761x25519-sha512"]);
    const context = { random, strength: 128, serverIdentification: "" };
    for (const name of ["sntrup761x25519-sha512", "diffie-hellman-group14-sha256"])
      await expect(fresh.keyExchanges[name]?.(context)).rejects.toMatchObject({
        code: "not-loaded",
        message: expect.stringContaining("Reload the page"),
      });
  });
});
