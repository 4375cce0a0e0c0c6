// Traces of a server that means harm, one for each requirement of the security notes 2.1 and 2.2 that concerns the
// transport: nothing of ours leaves too early, and the connection ends with its own code.

import { describe, expect, it } from "vitest";
import { concat } from "../../client/bytes/bytes.ts";
import { Writer } from "../../client/bytes/wire.ts";
import { MSG } from "../../client/framing/numbers.ts";
import { STRICT_SERVER } from "../../client/kex/proposal.ts";
import { ed25519HostKey } from "../scripted/exchange.ts";
import * as payloads from "../scripted/payloads.ts";
import { DEFAULT_HOST_KEY, extensionInfo } from "../scripted/server.ts";
import { expected, play, type Trace } from "../scripted/trace.ts";

const SERVICE = new Writer().byte(MSG.SERVICE_REQUEST).text("ssh-userauth").done();
const EXTENSIONS = extensionInfo({ "server-sig-algs": "ssh-ed25519" });
const THIEF = ed25519HostKey(new Uint8Array(32).fill(9));

let shown = DEFAULT_HOST_KEY;

/** Of Ed25519's base point. */
const ORDER = (1n << 252n) + 27742317777372353535851937790883648493n;

const traces: readonly Trace[] = [
  {
    title: "R-KEX-1: KEXINIT that is not the first packet of a strict server",
    at: "before KEXINIT",
    steps: [{ send: payloads.ignore() }, { resume: true }],
    ends: "protocol",
  },
  {
    title: "R-KEX-1: a packet cut off behind NEWKEYS, as Terrapin does it with what it slipped in before",
    at: "before SERVICE_ACCEPT",
    steps: [{ lost: true }, { send: EXTENSIONS }],
    ends: "integrity",
  },
  {
    title: "R-KEX-3: ChaCha20-Poly1305 alone, without strict rules",
    at: "before KEXINIT",
    steps: [{ send: payloads.kexInit({ kex: ["curve25519-sha256"] }) }],
    ends: "negotiation",
  },
  {
    title: "R-KEX-3: a server with nothing but `none`",
    at: "before KEXINIT",
    steps: [{ send: payloads.kexInit({ cipherServerToClient: ["none"], cipherClientToServer: ["none"] }) }],
    ends: "negotiation",
  },
  {
    title: "R-KEX-3: a MAC of `none`",
    at: "before KEXINIT",
    steps: [
      {
        send: payloads.kexInit({
          cipherServerToClient: ["aes128-ctr"],
          cipherClientToServer: ["aes128-ctr"],
          macServerToClient: ["none"],
          macClientToServer: ["none"],
        }),
      },
    ],
    ends: "negotiation",
  },
  {
    title: "R-KEX-5: time without end before the login: a server that never sends its KEXINIT",
    at: "before KEXINIT",
    steps: [{ expect: MSG.KEXINIT }, { advance: 120_000 }],
    ends: "timeout",
  },
  {
    title: "R-KEX-5: a server that never answers the key exchange",
    at: "before the reply",
    steps: [{ advance: 120_000 }],
    ends: "timeout",
  },
  {
    title: "R-KEX-5: a server that never sends NEWKEYS",
    at: "before NEWKEYS",
    steps: [{ advance: 120_000 }],
    ends: "timeout",
  },
  {
    title: "R-KEX-5: a server that never answers the request for the service",
    at: "before SERVICE_ACCEPT",
    steps: [{ expect: SERVICE }, { advance: 180_000 }],
    ends: "timeout",
  },
  {
    title: "R-KEX-8: a public value of zeros",
    at: "before KEXINIT",
    server: { reply: (honest) => ({ ...honest, serverPublic: new Uint8Array(32) }) },
    steps: [{ resume: true }],
    ends: "protocol",
  },
  {
    title: "R-KEX-8: a public value that is too long",
    at: "before KEXINIT",
    server: { reply: (honest) => ({ ...honest, serverPublic: new Uint8Array(33).fill(9) }) },
    steps: [{ resume: true }],
    ends: "protocol",
  },
  {
    title: "R-KEX-9: strict rules are asked for, whatever the server has",
    at: "before KEXINIT",
    server: { cipher: ["aes256-gcm@openssh.com"] },
    steps: [{ send: payloads.ignore() }, { resume: true }],
    ends: "protocol",
  },
  {
    title: "R-SM-2: a third EXT_INFO before the login",
    at: "before SERVICE_ACCEPT",
    steps: [{ send: [EXTENSIONS, EXTENSIONS, EXTENSIONS] }],
    ends: "protocol",
  },
  {
    title: "R-CH-6: EXT_INFO that counts more extensions than there are",
    at: "before SERVICE_ACCEPT",
    steps: [{ send: new Writer().byte(7).uint32(0xffffffff).done() }],
    ends: "protocol",
  },
  {
    title: "R-PK-1: a packet of 4 GiB by its own word",
    at: "before KEXINIT",
    steps: [{ bytes: Uint8Array.of(255, 255, 255, 255, 4, 20) }],
    ends: "protocol",
  },
  {
    title: "R-PK-1: a packet of one block over 256 KiB by its own word",
    at: "before KEXINIT",
    steps: [
      {
        bytes: new Writer()
          .uint32(256 * 1024 + 4)
          .bytes(new Uint8Array(64))
          .done(),
      },
    ],
    ends: "protocol",
  },
  {
    title: "R-PK-1: a packet of nothing",
    at: "before KEXINIT",
    steps: [{ bytes: new Uint8Array(16) }],
    ends: "protocol",
  },
  {
    title: "R-PK-1: padding as long as the packet",
    at: "before KEXINIT",
    steps: [{ bytes: concat(Uint8Array.of(0, 0, 0, 12, 12, 20), new Uint8Array(10)) }],
    ends: "protocol",
  },
  {
    title: "R-PK-1: padding of three bytes",
    at: "before KEXINIT",
    steps: [{ bytes: concat(Uint8Array.of(0, 0, 0, 12, 3, 20), new Uint8Array(10)) }],
    ends: "protocol",
  },
  {
    title: "R-PK-2: a name-list of 1001 names",
    at: "before KEXINIT",
    steps: [{ send: payloads.kexInit({ hostKey: Array.from({ length: 1001 }, (_, i) => `n${i}`) }) }],
    ends: "protocol",
  },
  {
    title: "R-PK-2: a name of 65 characters",
    at: "before KEXINIT",
    steps: [{ send: payloads.kexInit({ kex: ["n".repeat(65)] }) }],
    ends: "protocol",
  },
  {
    title: "R-PK-2: name-lists that fill a packet of 256 KiB are read, and lead nowhere",
    at: "before KEXINIT",
    steps: [{ send: payloads.kexInit({ kex: Array.from({ length: 1000 }, (_, i) => `${i}`.padStart(64, "x")) }) }],
    ends: "negotiation",
  },
  {
    title: "R-PK-2: a string of 2^31 bytes by its own word",
    at: "before SERVICE_ACCEPT",
    steps: [{ send: new Writer().byte(MSG.SERVICE_ACCEPT).uint32(0x80000000).text("ssh-userauth").done() }],
    ends: "protocol",
  },
  {
    title: "R-PK-3: a host key of 16385 bits, by a server that says it is Ed25519",
    at: "before KEXINIT",
    server: {
      reply: (honest) => ({
        ...honest,
        hostKey: new Writer()
          .text("ssh-rsa")
          .mpint(65537n)
          .mpint((1n << 16384n) + 1n)
          .done(),
      }),
    },
    steps: [{ resume: true }],
    ends: "host-key-unproved",
  },
  {
    title: "R-HK-1: a verifier that throws",
    at: "before KEXINIT",
    client: {
      hostKeys: {
        verify: () => {
          throw new Error("broken");
        },
      },
    },
    steps: [{ resume: true }],
    ends: "internal",
    goodbye: 2,
  },
  {
    title: "R-HK-1: a verifier that says nothing",
    at: "before KEXINIT",
    client: { hostKeys: { verify: async () => undefined as never } },
    steps: [{ resume: true }],
    ends: "host-key-rejected",
    goodbye: 9,
  },
  {
    title: "R-HK-5: another key than the one that signed",
    at: "before KEXINIT",
    server: { reply: (honest) => ({ ...honest, hostKey: THIEF.blob }) },
    steps: [{ resume: true }],
    ends: "host-key-unproved",
  },
  {
    title: "R-HK-5: an exchange hash over another KEXINIT than ours",
    at: "before KEXINIT",
    server: { transcript: (honest) => ({ ...honest, clientKexInit: honest.clientKexInit.map((byte) => byte ^ 1) }) },
    steps: [{ resume: true }],
    ends: "host-key-unproved",
  },
  {
    title: "R-HK-5: another host key, well signed, in a rekey",
    at: "open",
    server: {
      hostKey: () => {
        const key = shown;
        shown = THIEF;
        return key;
      },
    },
    steps: [{ rekey: "server" }],
    ends: "host-key-changed",
  },
  {
    title: "R-CR-1: an Ed25519 signature with its S above the order",
    at: "before KEXINIT",
    server: {
      reply: (honest) => {
        const signature = honest.signature.slice();
        // S + L, little-endian: the same point by another number.
        let carry = 0;
        for (let i = 0; i < 32; i++) {
          const at = signature.length - 32 + i;
          carry += (signature[at] ?? 0) + Number((ORDER >> BigInt(8 * i)) & 0xffn);
          signature[at] = carry & 0xff;
          carry >>= 8;
        }
        return { ...honest, signature };
      },
    },
    steps: [{ resume: true }],
    ends: "host-key-unproved",
  },
  {
    title: "R-EX-1: an extension that nobody has heard of is not used",
    at: "before SERVICE_ACCEPT",
    steps: [{ send: extensionInfo({ "resume@openssh.com": "1", "roaming@example.com": "x".repeat(1000) }) }],
    ends: "works",
  },
  {
    title: "R-UI-1: a goodbye that would steer a screen",
    at: "open",
    steps: [{ send: payloads.disconnect(2, "\u001b]0;owned\u0007\u202e\u0000bye") }],
    ends: "peer-disconnect",
    goodbye: undefined,
  },
];

describe("a hostile server", () => {
  it.each(traces)("$title", async (trace) => {
    shown = DEFAULT_HOST_KEY;
    const { ends, goodbye, exit, timers } = await play(trace);
    expect({ ends, goodbye, exit, timers }).toEqual(expected(trace));
  });

  it("R-UI-1: words that would steer a screen, or fill it, are cleaned and cut", async () => {
    const words = `\u001b[2J\u202eevil\u0000${"x".repeat(100_000)}`;
    const { quoted = "" } = await play({
      title: "",
      at: "before the reply",
      steps: [{ send: payloads.disconnect(2, words) }],
      ends: "peer-disconnect",
    });
    expect(quoted).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
    expect(quoted).toContain("evil");
    expect(quoted.length).toBeLessThanOrEqual(1001);
  });

  it("R-KEX-2: a strict marker that comes late changes nothing: sequence numbers go on", async () => {
    const { ends } = await play({
      title: "",
      at: "open",
      server: {
        strict: false,
        proposal: (honest, first) => (first ? honest : { ...honest, kex: [...honest.kex, STRICT_SERVER] }),
      },
      steps: [{ rekey: "server" }, { expect: MSG.NEWKEYS, count: 2 }],
      ends: "works",
    });
    expect(ends).toBe("works");
  });
});
