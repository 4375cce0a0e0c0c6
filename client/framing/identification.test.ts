import { describe, expect, it } from "vitest";
import { ascii, concat } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { IdentificationReader, OUR_IDENTIFICATION } from "./identification.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function read(chunks: readonly Uint8Array[]) {
  const reader = new IdentificationReader();
  for (const [i, chunk] of chunks.entries()) {
    const found = reader.push(chunk);
    if (found)
      return { raw: text(found.identification.raw), text: found.identification.text, rest: text(found.rest), i };
  }
  return undefined;
}

function failure(action: () => unknown): SshError {
  try {
    action();
  } catch (error) {
    if (error instanceof SshError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("our version line", () => {
  it("is printable ASCII without a comment, and short enough", () => {
    expect(text(OUR_IDENTIFICATION)).toMatch(/^SSH-2\.0-[!-~]+$/);
    expect(OUR_IDENTIFICATION.length).toBeLessThanOrEqual(253);
  });
});

describe("the server's version line", () => {
  it.each([
    ["ends with CR LF", "SSH-2.0-OpenSSH_9.9\r\n", "SSH-2.0-OpenSSH_9.9", ""],
    ["ends with a bare LF", "SSH-2.0-old\n", "SSH-2.0-old", ""],
    ["loses one CR only", "SSH-2.0-odd\r\r\n", "SSH-2.0-odd\r", ""],
    ["may be 1.99", "SSH-1.99-both\r\n", "SSH-1.99-both", ""],
    ["keeps its comment", "SSH-2.0-x some words\r\n", "SSH-2.0-x some words", ""],
    ["leaves what comes behind it", "SSH-2.0-x\r\n\0\0\x02\\KEX", "SSH-2.0-x", "\0\0\x02\\KEX"],
    ["may come behind other lines", "hello\r\n\r\nSSH is not it\nSSH-2.0-x\r\n", "SSH-2.0-x", ""],
    ["is not found in the middle of a line", "hello SSH-2.0-no\r\nSSH-2.0-yes\r\n", "SSH-2.0-yes", ""],
    ["is not told by lower case", "ssh-2.0-no\r\nSSH-2.0-yes\r\n", "SSH-2.0-yes", ""],
    ["may come behind a line with a NUL", "a\0b\r\nSSH-2.0-yes\r\n", "SSH-2.0-yes", ""],
  ])("%s", (_case, said, raw, rest) => {
    const bytes = encodeUtf8(said);
    expect(read([bytes])).toMatchObject({ raw, rest });
    // And the same in single bytes: then nothing is left over but what is pushed later.
    expect(read(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toMatchObject({ raw, rest: "" });
  });

  it("is the same after a split at every byte", () => {
    const bytes = ascii("banner\r\nSSH-2.0-Server_1 c\r\nrest");
    for (let at = 0; at <= bytes.length; at++) {
      const found = read([bytes.subarray(0, at), bytes.subarray(at)]);
      expect(found?.raw).toBe("SSH-2.0-Server_1 c");
      expect("rest".startsWith(found?.rest ?? "none")).toBe(true);
    }
  });

  it("may have 255 bytes and no more, whatever lines came before", () => {
    const line = (length: number) =>
      concat(ascii("x".repeat(8000)), ascii("\nSSH-2.0-"), ascii("y".repeat(length - 8)));
    expect(read([line(255), ascii("\r\n")])?.raw).toHaveLength(255);
    expect(failure(() => read([line(256), ascii("\r\n")])).code).toBe("not-ssh");
  });

  it("is cleaned for people and exact for the hash", () => {
    const found = new IdentificationReader().push(encodeUtf8("SSH-2.0-\u001b[31m\u202eevil\n"))?.identification;
    expect(found?.text).toBe("SSH-2.0-\ufffd[31m\ufffdevil");
    expect(text(found?.raw ?? new Uint8Array(0))).toBe("SSH-2.0-\u001b[31m\u202eevil");
  });

  it.each([
    ["SSH-1.5-Cisco-1.25\r\n", "version"],
    ["SSH-2.1-next\r\n", "version"],
    ["SSH-2.0\r\n", "version"],
    ["SSH--\r\n", "version"],
    ["SSH-2.0-a\0b\r\n", "not-ssh"],
  ])("%j is refused with %s and quoted", (said, code) => {
    const error = failure(() => read([encodeUtf8(said)]));
    expect(error.code).toBe(code);
    expect(error.quoted).toContain("SSH-");
  });
});

describe("a server that is no SSH server", () => {
  it("is given up at its 1024th line", () => {
    const reader = new IdentificationReader();
    for (let i = 0; i < 1023; i++) expect(reader.push(ascii("HTTP/1.1 400 Bad Request\r\n"))).toBeUndefined();
    const error = failure(() => reader.push(ascii("more\r\n")));
    expect(error.code).toBe("not-ssh");
    expect(error.quoted).toBe("HTTP/1.1 400 Bad Request");
  });

  it("may still say its version on the 1024th", () => {
    expect(read([ascii("x\n".repeat(1023)), ascii("SSH-2.0-late\n")])?.raw).toBe("SSH-2.0-late");
  });

  it("is given up when a line never ends, without keeping more than its limit", () => {
    const reader = new IdentificationReader();
    expect(reader.push(ascii("a".repeat(8192)))).toBeUndefined();
    const error = failure(() => reader.push(ascii("a")));
    expect(error.code).toBe("not-ssh");
    expect(error.quoted?.length).toBeLessThanOrEqual(201);
  });

  it("that closes without a word has its own sentence", () => {
    const error = new IdentificationReader().notSsh();
    expect(error.message).toContain("before it said a word");
    expect(error.quoted).toBeUndefined();
  });

  it("that closes after empty lines is not quoted with nothing", () => {
    const reader = new IdentificationReader();
    reader.push(ascii("\r\n\r\nNot allowed at this time\r\n"));
    expect(reader.notSsh().quoted).toBe("Not allowed at this time");
  });
});
