import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { toBase64 } from "../bytes/base64.ts";
import { Writer } from "../bytes/wire.ts";
import { exportHashed, exportPlain } from "./export.ts";
import { entriesOf, parseKnownHosts } from "./file.ts";
import { keysOf } from "./lookup.ts";

const line = (hosts: string, fill = 1): string => {
  const blob = new Writer().text("ssh-ed25519").string(new Uint8Array(32).fill(fill)).done();
  return `${hosts} ssh-ed25519 ${toBase64(blob)}`;
};
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

describe("exporting in the clear", () => {
  it.each([
    ["nothing", "", ""],
    ["lines as they are", `# mine\n${line("a")} root@a\njunk\n`, `# mine\n${line("a")} root@a\njunk\n`],
    ["a last line without its ending", line("a"), `${line("a")}\n`],
    ["CRLF and byte order mark", `\ufeff${line("a")}\r\n${line("b")}`, `${line("a")}\n${line("b")}\n`],
  ])("%s", (_, text, wanted) => expect(exportPlain(text)).toBe(wanted));
});

describe("exporting with hashed names", () => {
  const text = `# the db\n${line("db1,192.0.2.1,[DB1]:2222", 1)} root@db1\n${line("*.lan,!x.lan", 2)}\n@revoked ${line("old", 3)}\n@cert-authority ${line("*.example", 4)}\njunk about db1\n`;

  it("hides each name in a line of its own, and leaves patterns and markers", () => {
    const lines = exportHashed(text, random).trimEnd().split("\n");
    expect(lines).toHaveLength(6);
    for (const hashed of lines.slice(0, 3)) {
      expect(hashed).toMatch(/^\|1\|[A-Za-z0-9+/]{27}=\|[A-Za-z0-9+/]{27}= ssh-ed25519 [A-Za-z0-9+/=]+$/);
    }
    expect(lines.slice(3)).toEqual([
      line("*.lan,!x.lan", 2),
      `@revoked ${line("old", 3)}`,
      `@cert-authority ${line("*.example", 4)}`,
    ]);
    expect(lines.join("\n")).not.toMatch(/db1/i);
    expect(new Set(lines.slice(0, 3).map((each) => each.split("|")[2])).size).toBe(3);
  });

  it("hashed once more is the same", () => {
    const once = exportHashed(text, random);
    expect(exportHashed(once, random)).toBe(once);
  });

  it("knows every host by the same keys as before", () => {
    const names = fc.constantFrom("a", "B", "a,b", "[a]:2222", "*.lan", "a.lan", "!a,*", "2001:db8::1");
    fc.assert(
      fc.property(fc.array(fc.tuple(names, fc.integer({ min: 0, max: 9 }))), (rows) => {
        const plain = rows.map(([hosts, fill]) => `${line(hosts, fill)}\n`).join("");
        const [before, after] = [plain, exportHashed(plain, random)].map((all) => entriesOf(parseKnownHosts(all)));
        for (const host of ["a", "b", "a.lan", "c", "2001:db8::1"]) {
          for (const port of [22, 2222]) {
            const keys = (entries: typeof before) =>
              keysOf(entries ?? [], { host, port }).map(({ keyBlob }) => keyBlob);
            expect(keys(after)).toEqual(keys(before));
          }
        }
      }),
    );
  });

  const folder = mkdtempSync(join(tmpdir(), "periwinkle-export-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(["db1", "192.0.2.1", "[db1]:2222", "a.lan"])("ssh-keygen finds %s in it", (name) => {
    const file = join(folder, "known_hosts");
    writeFileSync(file, exportHashed(text, random));
    expect(execFileSync("ssh-keygen", ["-F", name, "-f", file], { encoding: "utf8" })).toContain(`Host ${name} found`);
  });
});
