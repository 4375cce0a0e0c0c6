import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { testdataFor } from "../../e2e/testdata.ts";
import { toBase64 } from "../bytes/base64.ts";
import { Writer } from "../bytes/wire.ts";
import { type Entry, entriesOf, formatEntry, LINE_LIMIT, parseKnownHosts, TEXT_LIMIT } from "./file.ts";

const blob = new Writer().text("ssh-ed25519").string(new Uint8Array(32).fill(7)).done();
const key = `ssh-ed25519 ${toBase64(blob)}`;
const base64 = toBase64(blob);

const only = (line: string): Entry | undefined => entriesOf(parseKnownHosts(line))[0];

describe("known_hosts text", () => {
  it("is its lines, joined, whatever it holds", () => {
    const pieces = fc.constantFrom(
      "\n",
      "\r\n",
      "\r",
      "\ufeff",
      " ",
      "\t",
      "#",
      "@revoked ",
      "db1 ",
      key,
      "\0",
      "\ud800",
    );
    const text = fc.oneof(
      fc.array(pieces).map((all) => all.join("")),
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(text, (given) => {
        const lines = parseKnownHosts(given);
        expect(lines.map((line) => line.text).join("")).toBe(given);
        expect(lines.filter((line) => line.text.slice(0, -1).includes("\n"))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it("of no bytes has no lines", () => expect(parseKnownHosts("")).toEqual([]));

  it.each([
    ["plain", `db1 ${key}`],
    ["with a comment", `db1 ${key} root@db1 made in May`],
    ["with blanks and tabs between", `\t db1 \t ${key.replace(" ", " \t")}\t`],
    ["ended by CRLF", `db1 ${key}\r\n`],
    ["with a comment, ended by CRLF", `db1 ${key} root@db1\r\n`],
    ["after a byte order mark", `\ufeffdb1 ${key}\n`],
    ["without the padding of its base64", `db1 ${key.replace(/=+$/, "")}`],
  ])("a line is an entry: %s", (_, line) => {
    const entry = only(line);
    expect(entry).toMatchObject({ marker: undefined, hosts: "db1", keyType: "ssh-ed25519" });
    expect(entry?.keyBlob).toEqual(blob);
  });

  it("keeps comments without the line's ending", () => {
    expect(only(`db1 ${key} root@db1 made in May\r\n`)?.comment).toBe("root@db1 made in May");
    expect(only(`db1 ${key}`)?.comment).toBe("");
  });

  it("knows the two markers", () => {
    expect(only(`@revoked * ${key}`)).toMatchObject({ marker: "revoked", hosts: "*" });
    expect(only(`@cert-authority\t*.example.net ${key}`)).toMatchObject({ marker: "cert-authority" });
  });

  it.each([
    ["a comment", `# db1 ${key}`],
    ["a comment after blanks", ` \t# db1 ${key}`],
    ["an unknown marker", `@what db1 ${key}`],
    ["a marker in capitals", `@REVOKED db1 ${key}`],
    ["two markers", `@revoked @revoked db1 ${key}`],
    ["two different markers", `@cert-authority @revoked db1 ${key}`],
    ["a marker alone", `@revoked ${key}`],
    ["no key", "db1"],
    ["no base64", "db1 ssh-ed25519"],
    ["another declared type", `db1 ssh-rsa ${base64}`],
    ["a type in capitals", `db1 SSH-ED25519 ${base64}`],
    ["base64 cut short", `db1 ssh-ed25519 ${base64.slice(0, -8)}`],
    ["base64 with foreign letters", `db1 ssh-ed25519 ${base64.slice(0, -4)}-_-_`],
    ["a type and no key in the blob", `db1 ssh-ed25519 ${toBase64(new Writer().text("ssh-ed25519").done())}`],
    ["fields parted by a no-break space", `db1\u00a0${key.replace(" ", "\u00a0")}`],
    ["fields parted by a vertical tab", `db1\u000b${key}`],
    ["a hash that is none", `|1|abc|def ${key}`],
    [
      "a certificate in the place of a key",
      formatEntry("db1", new Writer().text("ssh-ed25519-cert-v01@openssh.com").text("x").done()),
    ],
    ["a line longer than the limit", `db1 ${key} ${"x".repeat(LINE_LIMIT)}`],
  ])("a line is kept and matches nothing: %s", (_, line) => {
    expect(parseKnownHosts(line)).toEqual([{ kind: "other", text: line }]);
  });

  it("above 10 MiB is refused by name", () => {
    expect(parseKnownHosts("#".repeat(TEXT_LIMIT))).toHaveLength(1);
    expect(() => parseKnownHosts("#".repeat(TEXT_LIMIT + 1))).toThrow(
      expect.objectContaining({ code: "trust-store" }) as Error,
    );
  });

  it("a formatted entry reads back as itself", () => {
    const entry = only(formatEntry("[db1]:2222", blob));
    expect(entry).toMatchObject({ hosts: "[db1]:2222", keyType: "ssh-ed25519", comment: "" });
    expect(entry?.keyBlob).toEqual(blob);
  });
});

const folder = testdataFor("known_hosts of OpenSSH's regression tests");
if (folder !== undefined) {
  describe("OpenSSH's own known_hosts", () => {
    const text = readFileSync(join(folder, "openssh-known-hosts", "known_hosts"), "utf8");
    const entries = entriesOf(parseKnownHosts(text));

    it("has an entry for each line that OpenSSH can use, and none for its invalid ones", () => {
      const [valid = "", invalid = ""] = text.split("# Some invalid lines\n");
      const written = valid.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      expect(entries.map(({ hosts, keyType }) => `${hosts} ${keyType}`)).toEqual(
        written.map((line) =>
          line
            .replace(/^@\S+ /, "")
            .split(" ")
            .slice(0, 2)
            .join(" "),
        ),
      );
      expect(entriesOf(parseKnownHosts(invalid))).toEqual([]);
    });

    it("holds the keys of the .pub files beside it", () => {
      for (const { keyType, keyBlob, comment } of entries.slice(0, 12)) {
        const [, kind = "", number = ""] = /^(\w+) #(\d)$/.exec(comment) ?? [];
        const file = `${kind.toLowerCase()}_${number}.pub`;
        const [type, key64] = readFileSync(join(folder, "openssh-known-hosts", file), "utf8").split(" ");
        expect([keyType, toBase64(keyBlob)]).toEqual([type, key64]);
      }
    });
  });
}
