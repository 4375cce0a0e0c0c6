import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testdataFor } from "../../e2e/testdata.ts";
import { fromBase64 } from "../bytes/base64.ts";
import { fingerprint, fingerprintGroups, parseFingerprint } from "./fingerprint.ts";

// OpenSSH's own test key ed25519_1 and its fingerprint.
const LINE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFOG6kY7Rf4UtCFvPwKgo/BztXck2xC4a2WyA34XtIwZ";
const DIGITS = "L3k/oJubblSY0lB9Ulsl7emDMnRPKm/8udf2ccwk560";
const CANONICAL = `SHA256:${DIGITS}`;
const GROUPS = ["L3k/", "oJub", "blSY", "0lB9", "Ulsl", "7emD", "MnRP", "Km/8", "udf2", "ccwk", "560"];

describe("fingerprint", () => {
  it("is SHA256 in base64 without padding", () => {
    expect(fingerprint(new Uint8Array(0))).toBe("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU");
  });

  it("is shown in ten groups of four and one of three", () => {
    expect(fingerprintGroups(CANONICAL)).toEqual(GROUPS);
  });

  const folder = testdataFor("fingerprints of OpenSSH's test keys");
  if (folder) {
    const keys = join(folder, "openssh-keys");
    const names = readdirSync(keys).filter((name) => name.endsWith(".fp") && !name.includes("-cert"));
    it.each(names)("%s is what OpenSSH says", (name) => {
      const line = readFileSync(join(keys, name.replace(/fp$/, "pub")), "utf8");
      const expected = readFileSync(join(keys, name), "utf8").trim();
      expect(fingerprint(fromBase64(line.split(" ")[1] ?? "") ?? new Uint8Array(0))).toBe(expected);
      expect(parseFingerprint(line)).toBe(expected);
    });
    it("all of them were found", () => expect(names.length).toBeGreaterThan(8));
  }
});

describe("parseFingerprint", () => {
  it.each([
    ["with its prefix", CANONICAL],
    ["without its prefix", DIGITS],
    ["with the prefix in small letters", `sha256:${DIGITS}`],
    ["with padding", `${CANONICAL}=`],
    ["bare with padding", `${DIGITS}=`],
    ["with space around it", `  \n${CANONICAL}\t\n`],
    ["with a space after the prefix", `SHA256: ${DIGITS}`],
    ["in groups", GROUPS.join(" ")],
    ["in groups with the prefix", `SHA256:${GROUPS.join(" ")}`],
    ["in groups on several lines", GROUPS.join("\r\n")],
    ["in groups with no-break spaces", GROUPS.join("\u00a0")],
    ["ssh-keygen -l", `256 ${CANONICAL} root@db1 (ED25519)`],
    ["ssh-keygen -l of a key without comment", `256 ${CANONICAL} no comment (ED25519)`],
    ["ssh-keygen -l in groups", `256 SHA256:${GROUPS.join(" ")} root@db1 (ED25519)`],
    ["the question of ssh", `ED25519 key fingerprint is ${CANONICAL}.\nThis key is not known by any other names.`],
    ["in quotation marks", `"${CANONICAL}"`],
    ["a log of sshd", `Accepted publickey for ann from 10.0.0.1 port 1 ssh2: ED25519 ${CANONICAL}`],
    ["a public key", LINE],
    ["a public key with its comment", `${LINE} ED25519 test key #1`],
    ["a line of known_hosts", `db1.example,10.0.0.1 ${LINE}`],
    ["the output of ssh-keyscan", `# db1:22 SSH-2.0-OpenSSH_9.2p1\ndb1 ${LINE}\n`],
    ["a line of authorized_keys with options", `no-pty,command="ls" ${LINE} x`],
  ])("reads one %s", (_, text) => {
    expect(parseFingerprint(text)).toBe(CANONICAL);
  });

  it.each([
    ["nothing", ""],
    ["spaces", "  \n "],
    ["words", "the fingerprint that the admin told me"],
    ["MD5", "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48"],
    ["one character too few", DIGITS.slice(1)],
    ["one too many", `${DIGITS}A`],
    ["only the prefix", "SHA256:"],
    ["a prefix and too few", `SHA256:${DIGITS.slice(3)}`],
    ["a prefix and one too many", `${CANONICAL}A`],
    ["base64 that is not canonical", `${DIGITS.slice(0, -1)}1`],
    ["letters outside base64", `${DIGITS.slice(0, -1)}-`],
    ["a key whose name is not its own", LINE.replace("ssh-ed25519", "ssh-rsa")],
    ["a damaged key", `${LINE.slice(0, -1)}!`],
    ["a book", `${"word ".repeat(4000)}${CANONICAL}`],
  ])("finds none in %s", (_, text) => {
    expect(parseFingerprint(text)).toBeUndefined();
  });
});
