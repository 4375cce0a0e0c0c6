import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { channelData, meet, meetOpen } from "../../e2e/scripted/client.ts";
import { ed25519HostKey } from "../../e2e/scripted/exchange.ts";
import { DEFAULT_HOST_KEY, extensionInfo, type ScriptedOptions } from "../../e2e/scripted/server.ts";
import { equal } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { intoSingleBytes } from "../bytes/memory.ts";
import { Writer } from "../bytes/wire.ts";
import { compressions } from "../framing/compression.ts";
import { cipherSuites, macs } from "../framing/suites.ts";
import { Debug, Ignore, Unimplemented } from "../framing/transport-messages.ts";
import { keyExchanges } from "./exchanges.ts";
import { DEFAULT_PREFERENCES } from "./proposal.ts";

const IGNORE = Ignore.encode({ data: new Uint8Array(3) });
const DEBUG = Debug.encode({ alwaysDisplay: true, text: "hm", language: "" });
const UNIMPLEMENTED = Unimplemented.encode({ sequence: 0 });
const EXT_INFO = extensionInfo({ "server-sig-algs": "ssh-ed25519" });
const NEWKEYS = Uint8Array.of(21);

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "fulfilled",
    (error: unknown) => (error instanceof SshError ? error.code : String(error)),
  );

const PLAIN = { kex: "curve25519-sha256", cipher: "aes256-gcm@openssh.com", mac: "implicit", compression: "none" };
const combinations = [
  ...Object.keys(keyExchanges).map((kex) => ({ ...PLAIN, kex })),
  ...Object.keys(compressions).map((compression) => ({ ...PLAIN, compression })),
  ...Object.entries(cipherSuites).flatMap(([cipher, { authenticated }]) =>
    (authenticated ? ["implicit"] : Object.keys(macs)).map((mac) => ({ ...PLAIN, cipher, mac })),
  ),
];

describe("a key exchange", () => {
  it.each(combinations)("$kex, $cipher, $mac, $compression: data both ways, and after a rekey", async (names) => {
    const { kex, cipher, mac, compression } = names;
    const offer = { kex: [kex], cipher: [cipher], mac: [mac], compression: [compression] };
    const meeting = await meetOpen({ server: offer, preferences: offer });
    const { transport, server } = meeting;
    const negotiated = await meeting.secured;
    expect(negotiated).toMatchObject({ kex, strict: true, hostKey: "ssh-ed25519" });
    expect(negotiated.incoming).toEqual({ cipher, mac: mac === "implicit" ? undefined : mac, compression });
    expect(meeting.handshake.sessionId).toEqual(server.sessionId);
    for (let round = 1; round <= 2; round++) {
      await transport.send(channelData(round));
      expect((await server.until(94, round)).payload).toEqual(channelData(round));
      await server.send(channelData(round));
      await meeting.untilConnection(round);
      expect(meeting.connection.at(-1)).toEqual(channelData(round));
      if (round === 1) transport.rekey();
      await meeting.exchanged(2);
    }
    await transport.disconnect();
    expect(await meeting.served).toBeUndefined();
  });

  it.each([true, false])(
    "works with strict key exchange %s, its sequence numbers kept or reset at each",
    async (strict) => {
      const meeting = await meetOpen({ server: { strict } });
      expect((await meeting.secured).strict).toBe(strict);
      for (let round = 2; round <= 4; round++) {
        meeting.transport.rekey();
        await meeting.exchanged(round);
      }
      await meeting.transport.send(channelData(1));
      const { sequence } = await meeting.server.until(94);
      if (strict) expect(sequence).toBe(0);
      else expect(sequence).toBeGreaterThan(8);
    },
  );

  it("works in single bytes", async () => {
    const meeting = await meetOpen({ pair: { cut: intoSingleBytes } });
    await meeting.transport.send(channelData(1));
    await meeting.server.until(94);
    meeting.server.rekey();
    await meeting.exchanged(2);
    expect(meeting.asked).toHaveLength(1);
  });

  it("sends its markers in the first KEXINIT only, and a fresh public value each time", async () => {
    const meeting = await meetOpen();
    meeting.server.rekey();
    await meeting.exchanged(2);
    const [first, second] = meeting.server.received.filter(({ number }) => number === 20).map(({ payload }) => payload);
    const text = (bytes: Uint8Array | undefined) => new TextDecoder("latin1").decode(bytes);
    for (const marker of ["kex-strict-c-v00@openssh.com", "ext-info-c"]) {
      expect(text(first)).toContain(marker);
      expect(text(second)).not.toContain(marker);
    }
    const publics = meeting.server.received.filter(({ number }) => number === 30).map(({ payload }) => text(payload));
    expect(new Set(publics).size).toBe(2);
  });

  it("never chooses a marker, even when a server repeats it", async () => {
    const meeting = meet({ server: { kex: ["kex-strict-c-v00@openssh.com", "ext-info-c", "curve25519-sha256"] } });
    expect((await meeting.secured).kex).toBe("curve25519-sha256");
  });

  it("accepts extension information right after the first NEWKEYS", async () => {
    const meeting = await meetOpen({ server: { extensions: { "server-sig-algs": "rsa-sha2-512" } } });
    expect(meeting.extensions).toEqual([extensionInfo({ "server-sig-algs": "rsa-sha2-512" })]);
  });

  it("reports secured keys once per exchange and asks for trust once per connection", async () => {
    const meeting = await meetOpen();
    const sessionId = meeting.handshake.sessionId;
    for (let round = 2; round <= 5; round++) {
      if (round % 2) meeting.transport.rekey();
      else meeting.server.rekey();
      await meeting.exchanged(round);
    }
    await meeting.server.send(channelData(1));
    await meeting.untilConnection(1);
    expect(meeting.securedCount()).toBe(5);
    expect(meeting.asked).toHaveLength(1);
    expect(meeting.handshake.sessionId).toBe(sessionId);
  });
});

describe("proof of the host key", () => {
  const flips = fc.nat();
  const flip = (bytes: Uint8Array, at: number) => {
    const copy = bytes.slice();
    const bit = at % (8 * copy.length);
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return copy;
  };
  const lies: Readonly<Record<string, (at: number) => ScriptedOptions>> = {
    "its blob": (at) => ({ reply: (r) => ({ ...r, hostKey: flip(r.hostKey, at) }) }),
    "the public value": (at) => ({ reply: (r) => ({ ...r, serverPublic: flip(r.serverPublic, at) }) }),
    "the signature": (at) => ({ reply: (r) => ({ ...r, signature: flip(r.signature, at) }) }),
    "our version line": (at) => ({
      transcript: (t) => ({ ...t, clientIdentification: flip(t.clientIdentification, at) }),
    }),
    "its version line": (at) => ({
      transcript: (t) => ({ ...t, serverIdentification: flip(t.serverIdentification, at) }),
    }),
    "our KEXINIT": (at) => ({ transcript: (t) => ({ ...t, clientKexInit: flip(t.clientKexInit, at) }) }),
    "its KEXINIT": (at) => ({ transcript: (t) => ({ ...t, serverKexInit: flip(t.serverKexInit, at) }) }),
  };

  it.each(Object.keys(lies))("fails for every flipped bit of %s, and nobody is asked", async (what) => {
    await fc.assert(
      fc.asyncProperty(flips, async (at) => {
        // The top bit of an X25519 value is not part of it (RFC 7748 5), but it is hashed: the signature catches it.
        const meeting = meet({ server: { ...lies[what]?.(at) } });
        expect(["host-key-unproved", "protocol"]).toContain(await codeOf(meeting.secured));
        expect(meeting.asked).toEqual([]);
        await meeting.served;
        expect(meeting.server.received.every(({ number }) => [20, 30, 1].includes(number))).toBe(true);
      }),
      { numRuns: 8 },
    );
  });

  it("fails for a key that is valid and not the signer's", async () => {
    const other = ed25519HostKey(new Uint8Array(32).fill(8));
    const meeting = meet({ server: { reply: (honest) => ({ ...honest, hostKey: other.blob }) } });
    expect(await codeOf(meeting.secured)).toBe("host-key-unproved");
    expect(meeting.asked).toEqual([]);
  });

  it("hands over the key as received, the negotiated algorithm, and the hash that was signed", async () => {
    const meeting = meet();
    await meeting.secured;
    const [proof] = meeting.asked;
    expect(proof?.algorithm).toBe("ssh-ed25519");
    expect(proof?.hostKey).toEqual(DEFAULT_HOST_KEY.blob);
    expect(proof?.exchangeHash).toEqual(meeting.handshake.sessionId);
  });

  it.each([new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31)), new Uint8Array(31), new Uint8Array(33)])(
    "is not reached with a public value that gives no secret",
    async (serverPublic) => {
      const meeting = meet({ server: { reply: (honest) => ({ ...honest, serverPublic }) } });
      expect(await codeOf(meeting.secured)).toBe("protocol");
      expect(meeting.asked).toEqual([]);
    },
  );
});

describe("while a person is asked for trust", () => {
  const undecided = () => new Promise<void>(() => {});

  it("nothing has left but the key exchange, and everything the server says waits", async () => {
    const meeting = meet({ trust: undecided, server: { extensions: { "server-sig-algs": "ssh-ed25519" } } });
    await meeting.server.until(30);
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(meeting.asked).toHaveLength(1);
    expect(meeting.server.received.map(({ number }) => number)).toEqual([20, 30]);
    expect(meeting.extensions).toEqual([]);
    expect(meeting.securedCount()).toBe(0);
  });

  it("a server that hangs up ends it at once with lost", async () => {
    const meeting = meet({ trust: undecided });
    await meeting.server.until(30);
    await meeting.server.hangUp();
    expect(await codeOf(meeting.secured)).toBe("lost");
    expect(meeting.transport.signal.aborted).toBe(true);
  });

  it("a refusal ends the connection with its own cause, and no NEWKEYS leaves", async () => {
    const refused = new SshError("host-key-rejected", "no");
    const meeting = meet({ trust: () => Promise.reject(refused) });
    await expect(meeting.secured).rejects.toBe(refused);
    await meeting.served;
    expect(meeting.server.received.map(({ number }) => number)).toEqual([20, 30, 1]);
    expect(meeting.server.received.at(-1)?.payload.subarray(1, 5)).toEqual(Uint8Array.of(0, 0, 0, 9));
  });

  it("a cancel ends it, and an answer that comes afterwards sends nothing", async () => {
    let answer: () => void = () => {};
    const trust = () =>
      new Promise<void>((resolve) => {
        answer = resolve;
      });
    // The goodbye is slow to leave, so that the answer comes while it is on its way.
    let stuck = false;
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const meeting = meet({
      trust,
      wrap: (stream) => ({
        ...stream,
        async write(chunk) {
          if (stuck) await released;
          await stream.write(chunk);
        },
      }),
    });
    await meeting.server.until(30);
    while (meeting.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    stuck = true;
    const left = meeting.transport.disconnect(new SshError("aborted", "cancelled"));
    answer();
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    release();
    await left;
    await meeting.served;
    expect(meeting.server.received.map(({ number }) => number)).toEqual([20, 30, 1]);
    expect(meeting.securedCount()).toBe(0);
  });
});

describe("messages at the wrong time", () => {
  const instead = (number: number, change: (payload: Uint8Array) => readonly Uint8Array[]): ScriptedOptions => ({
    outgoing: (payload) => (payload[0] === number ? change(payload) : [payload]),
  });
  const ahead = (number: number, extra: Uint8Array) => instead(number, (payload) => [extra, payload]);
  const behind = (number: number, extra: Uint8Array) => instead(number, (payload) => [payload, extra]);

  const always: readonly [string, ScriptedOptions][] = [
    ["NEWKEYS before KEXINIT", ahead(20, NEWKEYS)],
    ["NEWKEYS before the reply", ahead(31, NEWKEYS)],
    ["NEWKEYS with a payload", instead(21, () => [Uint8Array.of(21, 0)])],
    ["NEWKEYS twice", behind(21, NEWKEYS)],
    ["the reply twice", instead(31, (p) => [p, p])],
    ["a reply outside an exchange", behind(21, Uint8Array.of(31, 0))],
    ["KEXINIT twice", instead(20, (p) => [p, p])],
    ["EXT_INFO before NEWKEYS", ahead(21, EXT_INFO)],
    ["a number of the exchange that is not next", ahead(31, Uint8Array.of(32, 0, 0, 0, 0))],
    ["an empty reply", instead(31, () => [Uint8Array.of(31)])],
    ["a reply with bytes after its end", instead(31, (p) => [Uint8Array.of(...p, 0)])],
    ["KEXINIT with bytes after its end", instead(20, (p) => [Uint8Array.of(...p, 0)])],
    ["KEXINIT cut short", instead(20, (p) => [p.slice(0, 60)])],
    ["USERAUTH_SUCCESS before NEWKEYS", ahead(31, Uint8Array.of(52))],
    ["SERVICE_ACCEPT before NEWKEYS", ahead(21, Uint8Array.of(6, 0, 0, 0, 0))],
    ["a channel before NEWKEYS", ahead(31, Uint8Array.of(90))],
    ["an unknown message before NEWKEYS", ahead(31, Uint8Array.of(192, 0, 0, 0, 0))],
    ["a channel before the login", behind(21, Uint8Array.of(90))],
    ["a client's SERVICE_REQUEST", behind(21, Uint8Array.of(5, 0, 0, 0, 0))],
    ["a client's USERAUTH_REQUEST", behind(21, Uint8Array.of(50))],
  ];

  it.each(always.flatMap(([name, options]) => [true, false].map((strict) => ({ name, options, strict }))))(
    "$name (strict: $strict) ends the connection",
    async ({ options, strict }) => {
      const meeting = meet({ server: { ...options, strict } });
      expect(await meeting.transport.closed).toMatchObject({ code: "protocol" });
      const goodbye = await meeting.served.then(() => meeting.server.received.at(-1));
      expect(goodbye?.payload.subarray(0, 5)).toEqual(Uint8Array.of(1, 0, 0, 0, 2));
    },
  );

  const tolerable: readonly [string, Uint8Array][] = [
    ["IGNORE", IGNORE],
    ["DEBUG", DEBUG],
  ];
  it.each(tolerable.flatMap(([name, extra]) => [20, 31, 21].map((number) => ({ name, extra, number }))))(
    "$name before $number is fatal in a strict first exchange and harmless in any other",
    async ({ extra, number }) => {
      const strict = meet({ server: ahead(number, extra) });
      expect(await strict.transport.closed).toMatchObject({ code: "protocol" });
      expect(strict.asked.length).toBe(number === 21 ? strict.asked.length : 0);
      expect(strict.securedCount()).toBe(0);

      const lax = await meetOpen({ server: { ...ahead(number, extra), strict: false } });
      lax.server.rekey();
      await lax.exchanged(2);

      let armed = false;
      const rekey = await meetOpen({
        server: { outgoing: (payload) => (armed && payload[0] === number ? [extra, payload] : [payload]) },
      });
      armed = true;
      rekey.server.rekey();
      await rekey.exchanged(2);
    },
  );

  it("UNIMPLEMENTED before the login is the end, strict or not", async () => {
    for (const strict of [true, false]) {
      const meeting = meet({ server: { ...ahead(31, UNIMPLEMENTED), strict } });
      expect(await meeting.transport.closed).toMatchObject({ code: "protocol" });
    }
  });

  it("a wrong sequence number after NEWKEYS does not authenticate", async () => {
    const meeting = meet({
      server: {
        cipher: ["chacha20-poly1305@openssh.com"],
        outgoing: (payload, server) => {
          if (payload[0] === 7) server.sequence = 3;
          return [payload];
        },
        extensions: { "server-sig-algs": "" },
      },
    });
    expect(await meeting.transport.closed).toMatchObject({ code: "integrity" });
  });
});

describe("a server's guess", () => {
  const guess = new Writer().byte(31).string(new Uint8Array(3)).done();
  const guessing = (options: ScriptedOptions): ScriptedOptions => ({
    ...options,
    firstKexPacketFollows: true,
    outgoing: (payload, server) => (payload[0] === 20 && server.exchanges === 0 ? [payload, guess] : [payload]),
  });

  it.each([
    ["another key exchange", guessing({ kex: ["ecdh-sha2-nistp256", "curve25519-sha256"] })],
    ["an unknown key exchange", guessing({ kex: ["future-kex", "curve25519-sha256"] })],
    ["another host key algorithm", guessing({ hostKeyAlgorithms: ["rsa-sha2-512", "ssh-ed25519"] })],
  ])("of %s costs exactly one packet", async (_what, server) => {
    const meeting = meet({ server });
    await meeting.secured;
    await meeting.exchanged(1);
  });

  it("that is wrong is dropped once, not twice", async () => {
    const meeting = meet({
      server: {
        kex: ["ecdh-sha2-nistp256", "curve25519-sha256"],
        firstKexPacketFollows: true,
        outgoing: (payload) => (payload[0] === 20 ? [payload, guess, guess] : [payload]),
      },
    });
    expect(await meeting.transport.closed).toMatchObject({ code: "protocol" });
  });

  it("that was right is not dropped", async () => {
    const meeting = meet({ server: guessing({ kex: DEFAULT_PREFERENCES.kex }) });
    expect(await meeting.transport.closed).toMatchObject({ code: "protocol" });
  });
});

it("bytes compared above are compared by value", () => {
  expect(equal(channelData(1), channelData(1))).toBe(true);
  expect(equal(channelData(1), channelData(2))).toBe(false);
});
