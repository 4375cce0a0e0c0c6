import { describe, expect, it } from "vitest";
import { SshError } from "../bytes/errors.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { Inbox } from "./inbox.ts";

const out = (text: string) => ({ stream: "stdout" as const, bytes: encodeUtf8(text) });
const err = (text: string) => ({ stream: "stderr" as const, bytes: encodeUtf8(text) });

describe("inbox", () => {
  it("hands over in order of arrival, joins small neighbours of one stream, and ends", async () => {
    const inbox = new Inbox();
    for (const chunk of [out("a"), out("b"), err("c"), out(""), err("d"), out("e")]) inbox.push(chunk);
    inbox.end();
    inbox.push(out("late"));
    expect([
      await inbox.read(),
      await inbox.read(),
      await inbox.read(),
      await inbox.read(),
      await inbox.read(),
    ]).toEqual([out("ab"), err("cd"), out("e"), null, null]);
  });

  it("gives a large piece as the very view it got, and never writes into it", async () => {
    const inbox = new Inbox();
    const packet = new Uint8Array(10_000).fill(1);
    const first = packet.subarray(0, 5);
    inbox.push({ stream: "stdout", bytes: first });
    inbox.push(out("xy"));
    inbox.push({ stream: "stdout", bytes: packet });
    expect((await inbox.read())?.bytes.length).toBe(7);
    expect((await inbox.read())?.bytes.buffer).toBe(packet.buffer);
    expect(packet.every((byte) => byte === 1)).toBe(true);
  });

  it("a waiting reader gets what comes, or the end, or the cause", async () => {
    const inbox = new Inbox();
    const reading = inbox.read();
    await expect(inbox.read()).rejects.toMatchObject({ code: "internal" });
    inbox.push(out("x"));
    expect(await reading).toEqual(out("x"));
    const next = inbox.read();
    inbox.end(new SshError("lost", "gone"));
    inbox.end();
    await expect(next).rejects.toMatchObject({ code: "lost" });
    await expect(inbox.read()).rejects.toMatchObject({ code: "lost" });
  });

  it("two million single bytes cost few objects, and come out whole", async () => {
    const inbox = new Inbox();
    const byte = out("x");
    for (let i = 0; i < 1 << 21; i++) inbox.push(byte);
    inbox.end();
    let [reads, total] = [0, 0];
    for (let chunk = await inbox.read(); chunk; chunk = await inbox.read()) {
      reads++;
      total += chunk.bytes.length;
    }
    expect([reads, total]).toEqual([512, 1 << 21]);
  });

  it("a peer that alternates between streams byte by byte is stopped", () => {
    const inbox = new Inbox();
    expect(() => {
      for (let i = 0; i < 40_000; i++) {
        inbox.push(out("x"));
        inbox.push(err("y"));
      }
    }).toThrow(/flood/);
  });
});
