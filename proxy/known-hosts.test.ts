import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseKnownHosts } from "../client/knownhosts/file.ts";
import { checkKnownHosts } from "./known-hosts.ts";

const blob = (...strings: readonly string[]): Buffer =>
  Buffer.concat(strings.flatMap((text) => [Buffer.from([0, 0, 0, text.length]), Buffer.from(text, "latin1")]));
const key = (type = "ssh-ed25519", ...rest: readonly string[]): string =>
  blob(type, ...(rest.length > 0 ? rest : ["k".repeat(32)])).toString("base64");
const ED25519 = `ssh-ed25519 ${key()}`;
const HASHED = `|1|${"A".repeat(26)}A=|${"B".repeat(26)}E=`;

const check = (text: string): string => {
  try {
    return checkKnownHosts(text, "hosts", "--known-hosts") === text ? "taken" : "changed";
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : "";
  }
};

describe("the operator's known hosts", () => {
  it.each([
    `db1 ${ED25519}`,
    `\ufeffdb1 ${ED25519}\r\n# comment\r\n\r\n \t\r\n[db1]:2222,10.0.0.1\t${ED25519} a comment\r\n`,
    `@revoked * ${ED25519}\n`,
    ` @cert-authority  *.example.net,!bad.example.net  ${ED25519}`,
    `${HASHED} ${ED25519}`,
    `db1 ssh-rsa ${key("ssh-rsa", "\u0001\u0000\u0001", "n".repeat(100))}`,
  ])("are taken as they are: %j", (text) => expect(check(text)).toBe("taken"));

  it.each([
    ["names no host", ""],
    ["names no host", "# nothing but words\n\n"],
    ["line 1 cannot", "db1"],
    ["line 1 cannot", "db1 ssh-ed25519"],
    ["line 2 cannot", `db1 ${ED25519}\n@revokd db2 ${ED25519}\n`],
    ["line 2 cannot", `db1 ${ED25519}\n@revoked @revoked db2 ${ED25519}\n`],
    ["line 3 cannot", `db1 ${ED25519}\n\n@revoked ${ED25519}\n`],
    ["line 1 cannot", `db1 ssh-rsa ${key()}`],
    ["line 1 cannot", `db1 ssh-ed25519 ${key("ssh-ed25519").slice(0, -4)}`],
    ["line 1 cannot", `db1 ssh-ed25519 ${blob("ssh-ed25519").toString("base64")}`],
    ["line 1 cannot", `db1 ssh-ed25519 ${key().slice(0, -1)}!`],
    ["line 1 cannot", `db1 ssh-ed25519 ${key("ssh-ed25519", "k").replace("=", "")}`],
    ["line 1 cannot", `db1 ssh-ed25519-cert-v01@openssh.com ${key("ssh-ed25519-cert-v01@openssh.com")}`],
    ["line 1 cannot", `db1\u00a0${ED25519}`],
    ["line 1 cannot", `|2|x|y ${ED25519}`],
    ["line 1 cannot", `${HASHED.slice(0, -2)}F= ${ED25519}`],
    ["line 1 cannot", `db1,,db2 ${ED25519}`],
    ["line 1 cannot", `${"a".repeat(1023)} ${ED25519}`],
    ["line 1 cannot", `db1 ${ED25519} ${"c".repeat(64 * 1024)}`],
    ["larger than 10 MiB", "#".repeat(10 * 1024 * 1024 + 1)],
    ["larger than 10 MiB", "\u20ac".repeat(4 * 1024 * 1024)],
  ])("%s: refused with the setting and the file", (why, text) => {
    expect(check(text)).toMatch(/^ConfigError: --known-hosts: the file hosts [^\n]+\.$/);
    expect(check(text)).toContain(why);
  });

  it("are understood by the page, every line of them, whenever they are taken", () => {
    const part = fc.constantFrom(
      ..."db1 | , ! * ? @ # |1| @revoked @cert-authority ssh-ed25519 = == \t \r \u00a0 \u2028 \ufeff ssh-rsa".split(
        " ",
      ),
      " ",
      "\n",
      HASHED,
      ED25519,
      key(),
      key().slice(0, -4),
      key("ssh-rsa"),
    );
    const line = fc.oneof(
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join("")),
      fc.array(part, { maxLength: 3 }).map((parts) => `${parts.join("")} ${ED25519}`),
    );
    let taken = 0;
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 2 }), (lines) => {
        const text = lines.join("\n");
        if (check(text) !== "taken") return;
        taken++;
        for (const { kind, text: understood } of parseKnownHosts(text))
          expect(kind === "entry" || /^\ufeff?[ \t]*(#|\r?\n?$)/.test(understood), understood).toBe(true);
      }),
      { numRuns: 5000 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});
