// Traces of a server that breaks the transport's rules, or bends them as real ones do: engine notes section 3, pitfalls 1
// to 21, and the seven things of section 1.0.

import { describe, expect, it } from "vitest";
import { ascii, concat } from "../../client/bytes/bytes.ts";
import { Writer } from "../../client/bytes/wire.ts";
import { MSG } from "../../client/framing/numbers.ts";
import * as payloads from "../scripted/payloads.ts";
import { extensionInfo } from "../scripted/server.ts";
import { expected, play, type Trace } from "../scripted/trace.ts";

const EXTENSIONS = extensionInfo({ "server-sig-algs": "ssh-ed25519" });

const traces: readonly Trace[] = [
  {
    title: "pitfall 2: a server that keeps its KEXINIT until it has ours",
    at: "before KEXINIT",
    steps: [{ expect: MSG.KEXINIT }, { resume: true }],
    ends: "works",
  },
  {
    title: "pitfall 8: NEWKEYS and EXT_INFO in one breath with the reply, while a person still looks at the host key",
    at: "before SERVICE_ACCEPT",
    server: { extensions: { "server-sig-algs": "ssh-ed25519" } },
    client: { hostKeys: { verify: () => new Promise((resolve) => setTimeout(resolve, 50, "accept")) } },
    steps: [],
    ends: "works",
  },
  {
    title: "pitfall 10: a packet of the first exchange counts, though it is unread, where rules are not strict",
    at: "before the reply",
    server: { strict: false },
    steps: [{ send: [payloads.ignore(), payloads.debug("x"), payloads.ignore(100)] }],
    ends: "works",
  },
  {
    title: "pitfall 5: markers of another side and of no side at all in the server's kex list",
    at: "open",
    server: { kex: ["ext-info-c", "ext-info-s", "kex-strict-c-v00@openssh.com", "curve25519-sha256"] },
    steps: [{ rekey: "server" }, { expect: MSG.NEWKEYS, count: 2 }],
    ends: "works",
  },
  {
    title: "pitfall 6: a rekey by both at once, and data that crossed our KEXINIT",
    at: "rekey offered",
    steps: [
      { send: payloads.globalRequest("unheard-of", true) },
      { resume: true },
      { expect: MSG.NEWKEYS, count: 2 },
      { expect: payloads.bare(82) },
    ],
    ends: "works",
  },
  {
    title: "pitfall 6: data behind the server's own KEXINIT, as AsyncSSH before 2.15 sends it",
    at: "rekey before the reply",
    steps: [
      { send: payloads.globalRequest("unheard-of", true) },
      { resume: true },
      { expect: MSG.NEWKEYS, count: 2 },
      { expect: payloads.bare(82) },
    ],
    ends: "works",
  },
  {
    title: "pitfall 6: a server that answers our KEXINIT with its own for ever",
    at: "rekey before the reply",
    steps: [{ send: payloads.kexInit() }],
    ends: "protocol",
  },
  {
    title: "pitfall 12: a server that begins one key exchange after another",
    at: "open",
    steps: [1, 2, 3, 4, 5].flatMap((n) => [{ rekey: "server" } as const, { expect: MSG.NEWKEYS, count: n + 1 }]),
    ends: "works",
  },
  {
    title: "pitfall 12: a server that never ends the key exchange we began",
    at: "rekey before the reply",
    steps: [{ advance: 120_000 }],
    ends: "timeout",
  },
  {
    title: "pitfall 12: a server that never begins the key exchange we offered",
    at: "rekey offered",
    steps: [{ advance: 120_000 }],
    ends: "timeout",
  },
  {
    title: "pitfall 17: a signature under another name than the negotiated one",
    at: "before KEXINIT",
    server: {
      reply: (honest) => ({
        ...honest,
        signature: new Writer().text("ssh-rsa").string(honest.signature.subarray(-64)).done(),
      }),
    },
    steps: [{ resume: true }],
    ends: "host-key-unproved",
  },
  {
    title: "pitfall 19: two unknown messages, each answered with its own sequence number",
    at: "open",
    server: { strict: false },
    steps: [
      { advance: 1000 },
      { expect: MSG.CONNECTION_FIRST },
      { send: [payloads.bare(101), payloads.ignore(), payloads.bare(102)] },
      // KEXINIT, reply, NEWKEYS, SERVICE_ACCEPT, SUCCESS, and the answer to our first keepalive came before.
      { expect: payloads.unimplemented(6) },
      { expect: payloads.unimplemented(8) },
    ],
    ends: "works",
  },
  {
    title: "pitfall 20: DISCONNECT without a language",
    at: "open",
    steps: [{ send: new Writer().byte(1).uint32(11).text("bye").done() }],
    ends: "peer-disconnect",
    goodbye: undefined,
  },
  {
    title: "pitfall 20: DISCONNECT that ends inside its description is a broken rule",
    at: "open",
    steps: [{ send: new Writer().byte(1).uint32(11).uint32(100).done() }],
    ends: "protocol",
  },
  {
    title: "pitfall 21: bytes behind KEXINIT",
    at: "before KEXINIT",
    steps: [{ send: concat(payloads.kexInit(), Uint8Array.of(0)) }],
    ends: "protocol",
  },
  {
    title: "pitfall 21: bytes behind NEWKEYS",
    at: "before NEWKEYS",
    steps: [{ send: Uint8Array.of(21, 0) }],
    ends: "protocol",
  },
  {
    title: "pitfall 21: bytes behind EXT_INFO",
    at: "before SERVICE_ACCEPT",
    steps: [{ send: concat(EXTENSIONS, Uint8Array.of(0)) }],
    ends: "protocol",
  },
  {
    title: "1.0.1: a rekey does not begin the login again, nor ask for the service",
    at: "open",
    steps: [
      { rekey: "server" },
      { sendInTurn: payloads.globalRequest("unheard-of", true) },
      { expect: payloads.bare(82) },
      { rekey: "client" },
      { expect: MSG.NEWKEYS, count: 3 },
    ],
    ends: "works",
  },
  {
    title: "1.0.5: what we say between our NEWKEYS and the server's is under our new keys",
    at: "rekey before NEWKEYS",
    steps: [{ send: payloads.success }],
    ends: "protocol",
  },
  {
    title: "1.0.7: a SERVICE_ACCEPT of another name",
    at: "before SERVICE_ACCEPT",
    steps: [{ send: payloads.serviceAccept("ssh-connection") }],
    ends: "protocol",
  },
  {
    title: "1.0.7: a SERVICE_ACCEPT of nothing",
    at: "before SERVICE_ACCEPT",
    steps: [{ send: payloads.bare(MSG.SERVICE_ACCEPT) }],
    ends: "protocol",
  },
];

describe("a hostile server", () => {
  it.each(traces)("$title", async (trace) => {
    const { ends, goodbye, exit, timers } = await play(trace);
    expect({ ends, goodbye, exit, timers }).toEqual(expected(trace));
  });

  it("1.0.1, 1.0.2: however often it rekeys, the service is asked for once and the person once", async () => {
    let asked = 0;
    const hostKeys = {
      async verify() {
        asked++;
        return "accept" as const;
      },
    };
    const trace = traces.find(({ title }) => title.startsWith("1.0.1"));
    if (!trace) throw new Error("no such trace");
    const { sent } = await play({ ...trace, client: { hostKeys } });
    expect(sent.filter((number) => number === MSG.SERVICE_REQUEST)).toHaveLength(1);
    expect(sent.filter((number) => number === MSG.USERAUTH_REQUEST)).toHaveLength(1);
    expect(asked).toBe(1);
  });
});

describe("a version line", () => {
  const greetings: readonly (readonly [string, string, Trace["ends"]])[] = [
    [
      "pitfall 1: behind a thousand other lines, longer than it may be itself",
      `${"x".repeat(400)}\n`.repeat(1000),
      "works",
    ],
    ["pitfall 1: behind one line too many", "x\n".repeat(1024), "not-ssh"],
  ];
  it.each(greetings)("%s", async (_, before, ends) => {
    const greeting = `${before}SSH-2.0-Scripted_1\r\n`;
    if (ends === "works") {
      expect((await play({ title: "", at: "open", server: { greeting }, steps: [], ends })).ends).toBe(ends);
      return;
    }
    const scene = play({ title: "", at: "before the reply", server: { greeting }, steps: [], ends });
    await expect(scene).rejects.toMatchObject({ code: ends });
  });

  it("pitfall 1: with a bare line feed, and with a tail of spaces and words, is hashed as it is", async () => {
    for (const greeting of ["SSH-2.0-Scripted_1\n", "SSH-1.99-Scripted with a comment \r\n", "SSH-2.0-\r\n"]) {
      const trace: Trace = { title: "", at: "open", server: { greeting }, steps: [], ends: "works" };
      expect((await play(trace)).ends).toBe("works");
    }
  });

  it("pitfall 1: in single bytes, like all that follows", async () => {
    const cut = (chunk: Uint8Array) => Array.from(chunk, (byte) => Uint8Array.of(byte));
    expect((await play({ title: "", at: "open", pair: { cut }, steps: [], ends: "works" })).ends).toBe("works");
  });

  it("is not looked for inside another line", async () => {
    const server = { greeting: `hello SSH-1.0-x\r\n${String.fromCharCode(...ascii("SSH-2.0-Scripted_1"))}\r\n` };
    expect((await play({ title: "", at: "open", server, steps: [], ends: "works" })).ends).toBe("works");
  });
});
