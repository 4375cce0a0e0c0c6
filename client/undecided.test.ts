// What a server may do while a person still looks at its host key: leave, and be heard; all else waits for the answer.

import { describe, expect, it } from "vitest";
import { answering, nodeRandom } from "../e2e/node-surroundings.ts";
import { manualClock } from "../e2e/scripted/clock.ts";
import { type ScriptedOptions, ScriptedServer } from "../e2e/scripted/server.ts";
import { memoryPair } from "./bytes/memory.ts";
import { MSG } from "./framing/numbers.ts";
import { Debug, Disconnect } from "./framing/transport-messages.ts";
import type { Verdict } from "./knownhosts/claim.ts";
import { connect } from "./ssh.ts";

const WORDS = "this machine goes down";
const turns = async () => {
  for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe("while a person looks at the host key", () => {
  /** A connection whose person answers when told to. */
  function asking(server: ScriptedOptions = {}) {
    const [ours, theirs] = memoryPair();
    const peer = new ScriptedServer(theirs, { kex: ["curve25519-sha256"], ...server });
    void peer.run();
    let answer: (verdict: Verdict) => void = () => {};
    let asked: () => void = () => {};
    const question = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const clock = manualClock();
    const log: string[] = [];
    const connecting = connect({
      target: { host: "db1.example", port: 22 },
      route: "direct",
      user: "alice",
      open: async () => ours,
      hostKeys: {
        verify: () => {
          asked();
          return new Promise((resolve) => {
            answer = resolve;
          });
        },
      },
      prompts: answering({ passwords: ["secret"] }),
      random: nodeRandom,
      clock,
      log: (line) => log.push(line),
    });
    connecting.catch(() => {});
    return { peer, clock, log, connecting, question, answer: (verdict: Verdict) => answer(verdict) };
  }
  const extensions = { "server-sig-algs": "ssh-ed25519", "ping@openssh.com": "0" };

  it("what the server says of its leaving is told, also behind its extension information", async () => {
    const { peer, connecting, question } = asking({ extensions });
    await question;
    await turns();
    void peer.sendNow(Disconnect.encode({ reason: 11, description: WORDS, language: "" }));
    await expect(connecting).rejects.toMatchObject({ code: "peer-disconnect", quoted: WORDS });
    expect(peer.received.map(({ number }) => number)).toEqual([MSG.KEXINIT, MSG.KEX_FIRST]);
  });

  it("all else that it says waits, and is heard in order after a yes", async () => {
    const { peer, clock, log, connecting, question, answer } = asking({ extensions });
    await question;
    await turns();
    for (const text of ["one", "two", "three"])
      await peer.send(Debug.encode({ alwaysDisplay: true, text, language: "" }));
    await turns();
    expect(log.filter((line) => line.startsWith("debug"))).toEqual([]);
    answer("accept");
    await connecting;
    expect(log.filter((line) => line.startsWith("debug"))).toEqual(["debug: one", "debug: two", "debug: three"]);
    clock.advance(1000);
    await peer.until(MSG.PING); // its EXT_INFO was heard, too
  });

  it("our extension information is the first to leave after a yes, however early the server's NEWKEYS was", async () => {
    const { peer, connecting, question, answer } = asking({ kex: ["curve25519-sha256", "ext-info-s"] });
    await question;
    await turns();
    answer("accept");
    await connecting;
    expect(peer.received.map(({ number }) => number).slice(0, 5)).toEqual([20, 30, 21, 7, 5]);
  });

  it("what it says of its leaving before its NEWKEYS is told, too", async () => {
    const goodbye = Disconnect.encode({ reason: 11, description: WORDS, language: "" });
    const { connecting } = asking({ outgoing: (payload) => [payload[0] === MSG.NEWKEYS ? goodbye : payload] });
    await expect(connecting).rejects.toMatchObject({ code: "peer-disconnect", quoted: WORDS });
  });

  it("more than it can have to say ends it, and the question is over", async () => {
    const { peer, connecting, question } = asking();
    await question;
    const line = Debug.encode({ alwaysDisplay: true, text: "x".repeat(30_000), language: "" });
    for (let i = 0; i < 20; i++) void peer.send(line);
    await expect(connecting).rejects.toMatchObject({ code: "protocol" });
    expect(peer.received.map(({ number }) => number)).toEqual([MSG.KEXINIT, MSG.KEX_FIRST, MSG.DISCONNECT]);
  });

  it("a little more than there is room for stays in the stream, and all of it is there after a yes", async () => {
    const { peer, connecting, question, answer, log } = asking();
    await question;
    for (let i = 0; i < 200; i++)
      void peer.send(Debug.encode({ alwaysDisplay: true, text: `line ${i} ${"x".repeat(900)}`, language: "" }));
    await turns();
    answer("accept");
    await connecting;
    const lines = log.filter((line) => line.startsWith("debug")).map((line) => line.split(" ")[2]);
    expect(lines).toEqual(Array.from({ length: 200 }, (_, i) => String(i)));
  });

  it("a message that can never come there ends it at once", async () => {
    const { peer, connecting, question } = asking();
    await question;
    await turns();
    void peer.sendNow(Uint8Array.of(94, 0, 0, 0, 0));
    await expect(connecting).rejects.toMatchObject({ code: "protocol" });
  });

  it("a login message that was not asked for ends it after a yes, and nothing of it counts", async () => {
    const { peer, connecting, question, answer } = asking();
    await question;
    await turns();
    void peer.sendNow(Uint8Array.of(MSG.USERAUTH_SUCCESS));
    await turns();
    answer("accept");
    await expect(connecting).rejects.toMatchObject({ code: "protocol" });
  });

  it("a no after the server's NEWKEYS lets nothing out but the goodbye", async () => {
    const { peer, connecting, question, answer } = asking({ extensions });
    await question;
    await turns();
    answer("reject");
    await expect(connecting).rejects.toMatchObject({ code: "host-key-rejected" });
    expect(peer.received.map(({ number }) => number)).toEqual([MSG.KEXINIT, MSG.KEX_FIRST, MSG.DISCONNECT]);
  });

  it("a server that sends its NEWKEYS only after ours is waited for from the answer on", async () => {
    let go: () => void = () => {};
    const waits: ScriptedOptions = {
      outgoing: (payload, server) => {
        if (payload[0] !== MSG.NEWKEYS || go !== first) return [payload];
        go = () => void server.send(payload);
        return [];
      },
    };
    const first = go;
    const { peer, clock, connecting, question, answer } = asking(waits);
    await question;
    clock.advance(3_600_000);
    await turns();
    answer("accept");
    await peer.until(MSG.NEWKEYS);
    clock.advance(119_000);
    go();
    expect((await connecting).method).toBe("none");

    go = first;
    const silent = asking(waits);
    await silent.question;
    silent.answer("accept");
    await silent.peer.until(MSG.NEWKEYS);
    silent.clock.advance(120_000);
    await expect(silent.connecting).rejects.toMatchObject({ code: "timeout" });
  });
});
