import { describe, expect, it } from "vitest";
import { toBase64 } from "../bytes/base64.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { opensshKeyBytes } from "./armor.ts";

const BEGIN = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END = "-----END OPENSSH PRIVATE KEY-----";
const BODY = Uint8Array.from({ length: 100 }, (_, i) => i);
const LINES = toBase64(BODY).match(/.{1,70}/g) ?? [];
const read = (text: string) => opensshKeyBytes(encodeUtf8(text));

describe("opensshKeyBytes", () => {
  it.each([
    ["as ssh-keygen writes it", [BEGIN, ...LINES, END, ""].join("\n")],
    ["with CRLF", [BEGIN, ...LINES, END, ""].join("\r\n")],
    ["without a last newline", [BEGIN, ...LINES, END].join("\n")],
    ["on one line", `${BEGIN} ${LINES.join(" ")} ${END}`],
    ["indented", [BEGIN, ...LINES, END].map((line) => `    ${line}  `).join("\n")],
    ["with a byte order mark", `\ufeff${[BEGIN, ...LINES, END].join("\n")}`],
    ["with words around it", `my key:\n${[BEGIN, ...LINES, END].join("\n")}\nthank you`],
  ])("reads a key %s", (_, text) => {
    expect(read(text)).toEqual(BODY);
  });

  it.each([
    ["nothing", "", "key-format", "There is no key here"],
    ["blank lines", " \r\n\t\n", "key-format", "There is no key here"],
    ["some other text", "hello", "key-format", BEGIN],
    ["a path", "~/.ssh/id_ed25519", "key-format", BEGIN],
    ["a key without its end", [BEGIN, ...LINES].join("\n"), "key-format", "its end is missing"],
    ["a key with a letter lost", [BEGIN, LINES[0]?.slice(1), LINES[1], END].join("\n"), "key-format", "damaged"],
    ["a key with a strange letter", [BEGIN, `${LINES[0]}_`, LINES[1], END].join("\n"), "key-format", "damaged"],
    ["PKCS#1", "-----BEGIN RSA PRIVATE KEY-----\nMIIE", "unsupported", "ssh-keygen -p -f"],
    ["SEC1", "-----BEGIN EC PRIVATE KEY-----\nMHcC", "unsupported", "ssh-keygen -p -f"],
    ["PKCS#8", "-----BEGIN PRIVATE KEY-----\nMIIE", "unsupported", "ssh-keygen -p -f"],
    ["encrypted PKCS#8", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE", "unsupported", "ssh-keygen -p -f"],
    ["DSA", "-----BEGIN DSA PRIVATE KEY-----\nMIIE", "unsupported", "make a new key"],
    ["PuTTY 2", "PuTTY-User-Key-File-2: ssh-rsa\n", "unsupported", "PuTTYgen"],
    ["PuTTY 3", "PuTTY-User-Key-File-3: ssh-ed25519\n", "unsupported", "PuTTYgen"],
    ["ssh.com", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n", "unsupported", "ssh-keygen -i"],
    ["SSH 1", "SSH PRIVATE KEY FILE FORMAT 1.1\n\0", "unsupported", "version 1"],
    ["a public key line", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 ann", "key-format", "public half"],
    ["a public key of a security key", "sk-ssh-ed25519@openssh.com AAAAGnNr", "key-format", "public half"],
    ["RFC 4716", "---- BEGIN SSH2 PUBLIC KEY ----\n", "key-format", "public half"],
    ["SPKI", "-----BEGIN PUBLIC KEY-----\nMIIB", "key-format", "public half"],
    ["a public PKCS#1 key", "-----BEGIN RSA PUBLIC KEY-----\nMIIB", "key-format", "public half"],
    ["a certificate", "-----BEGIN CERTIFICATE-----\nMIIB", "key-format", "certificate"],
    ["a huge file", `${BEGIN}\n${"A".repeat(65_536)}\n${END}`, "key-format", "larger than any"],
  ])("answers %s with what to do", (_, text, code, words) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(words) }));
  });

  it("refuses bytes that are no text", () => {
    const noise = Uint8Array.from({ length: 1000 }, (_, i) => (i * 251) & 255);
    expect(() => opensshKeyBytes(noise)).toThrow(expect.objectContaining({ code: "key-format" }));
  });

  it("never repeats what was pasted", () => {
    for (const text of ["my password", `${BEGIN}\nmy password\n${END}`, `${BEGIN}\nmy password`]) {
      expect(() => read(text)).toThrow(expect.objectContaining({ message: expect.not.stringContaining("password") }));
    }
  });

  it("is quick on long runs of one kind of character", () => {
    const start = performance.now();
    for (const run of [" ", "a", "a ", "-----BEGIN ", "AAAA ", " AAAA", "\n"]) {
      const text = run.repeat(65_536 / run.length);
      expect(() => read(text)).toThrow(expect.objectContaining({ code: "key-format" }));
    }
    expect(performance.now() - start).toBeLessThan(4000);
  });
});
