import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { knownHostsName, type Target } from "../../shared/target.ts";
import { Writer } from "../bytes/wire.ts";
import { addLine, forgetHost, removeLine, replaceHost, revokeKey, rotateHost } from "./edit.ts";
import { type Entry, entriesOf, formatEntry, parseKnownHosts, TEXT_LIMIT } from "./file.ts";
import { keysOf } from "./lookup.ts";
import { matchesName } from "./names.ts";

const blob = (fill: number): Uint8Array =>
  new Writer().text("ssh-ed25519").string(new Uint8Array(32).fill(fill)).done();
const line = (hosts: string, fill = 1): string => formatEntry(hosts, blob(fill));
const entriesIn = (text: string): readonly Entry[] => entriesOf(parseKnownHosts(text));

describe("adding a line", () => {
  it.each([
    ["to nothing", "", `${line("a")}\n`],
    ["after a line", "# mine\n", `# mine\n${line("a")}\n`],
    ["after a last line that nothing ends", "# mine", `# mine\n${line("a")}\n`],
    ["in a file of CRLF", "# one\r\n# two\r\n", `# one\r\n# two\r\n${line("a")}\r\n`],
    ["in a file of CRLF that nothing ends", "# one\r\n# two", `# one\r\n# two\r\n${line("a")}\r\n`],
    ["that is there", `${line("a")}\r\n# two`, `${line("a")}\r\n# two`],
    ["that is there as the very last", `# two\n${line("a")}`, `# two\n${line("a")}`],
    ["that is there but for a lone CR at the end", `${line("a")}\r`, `${line("a")}\r`],
    [
      "behind a revocation that ends in a lone CR",
      `# x\r\n@revoked ${line("b")}\r`,
      `# x\r\n@revoked ${line("b")}\r\n${line("a")}\r\n`,
    ],
    ["that is there after a byte order mark", `\ufeff${line("a")}\n`, `\ufeff${line("a")}\n`],
    ["that is there only as a part of another", `# ${line("a")}\n`, `# ${line("a")}\n${line("a")}\n`],
  ])("%s", (_, text, wanted) => expect(addLine(text, line("a"))).toBe(wanted));

  it("leaves every byte before it, and is then known", () => {
    const texts = fc
      .array(fc.constantFrom("# x", "\n", "\r\n", line("b"), "\ufeff", "junk"))
      .map((all) => all.join(""));
    fc.assert(
      fc.property(texts, (text) => {
        const grown = addLine(text, line("a", 9));
        expect(grown.startsWith(text)).toBe(true);
        expect(keysOf(entriesIn(grown), { host: "a", port: 22 })).toHaveLength(1);
      }),
    );
  });

  it("beyond 10 MiB is refused", () => {
    expect(() => addLine("#".repeat(TEXT_LIMIT), line("a"))).toThrow(
      expect.objectContaining({ code: "trust-store" }) as Error,
    );
  });
});

describe("forgetting a host", () => {
  const a = { host: "a", port: 22 };

  it.each([
    ["its only line", `${line("a")}\n`, a, ""],
    ["the line between others", `# 1\n${line("a")}\n# 2`, a, "# 1\n# 2"],
    ["all its lines", `${line("a", 1)}\n${line("a", 2)}\n`, a, ""],
    ["its name in a list", `${line("a,b,192.0.2.1")} note\r\n`, a, `${line("b,192.0.2.1")} note\r\n`],
    ["its name last in a list", `  ${line("b,A")}\n`, a, `  ${line("b")}\n`],
    ["its name, and an exception that is left alone", `${line("a,!b")}\n`, a, ""],
    ["a wildcard gets an exception", `${line("*.lan")}\n`, { host: "x.lan", port: 22 }, `${line("*.lan,!x.lan")}\n`],
    ["name and wildcard", `${line("x.lan,*.lan")}\n`, { host: "x.lan", port: 22 }, `${line("*.lan,!x.lan")}\n`],
    ["another port stays", `${line("[a]:2222")}\n`, a, `${line("[a]:2222")}\n`],
    ["its port goes", `${line("[a]:2222,a")}\n`, { host: "a", port: 2222 }, `${line("a")}\n`],
    [
      "marked lines stay",
      `@revoked ${line("a")}\n@cert-authority ${line("a")}\n`,
      a,
      `@revoked ${line("a")}\n@cert-authority ${line("a")}\n`,
    ],
    ["broken lines stay", `a ssh-ed25519 AAAA\n# ${line("a")}\n`, a, `a ssh-ed25519 AAAA\n# ${line("a")}\n`],
    ["a byte order mark before a list stays", `\ufeff${line("a,b")}`, a, `\ufeff${line("b")}`],
  ] as const)("%s", (_, text, target, wanted) => expect(forgetHost(text, target)).toBe(wanted));

  it("forgets a hashed name", () => {
    const hashed = `|1|JR81WxEocTP5d7goIRkl8fHBbno=|l6sj6FOsoXxgEZMzn/BnOfPKN68= ${line("").trim()}\n`;
    expect(forgetHost(hashed, { host: "sisyphus.example.com", port: 22 })).toBe("");
    expect(forgetHost(hashed, a)).toBe(hashed);
  });

  it("makes it unknown, and changes nothing for any other name or any other line", () => {
    const names = ["a", "b", "ab", "a.lan", "b.lan"];
    const patterns = fc.constantFrom(...names, "[a]:2222", "*", "a*", "*.lan", "?", "!a", "!b", "!*.lan", "A", "");
    const hosts = fc.array(patterns, { minLength: 1, maxLength: 4 }).map((all) => all.join(","));
    const lines = fc.oneof(
      hosts.map((field) => line(field)),
      hosts.map((field) => `@revoked ${line(field)}`),
      fc.constantFrom("# note", "", "junk a b", "\t"),
    );
    const texts = fc.array(fc.tuple(lines, fc.constantFrom("\n", "\r\n"))).map((all) => all.flat().join(""));
    const targets = fc.record<Target>({ host: fc.constantFrom(...names), port: fc.constantFrom(22, 2222) });
    fc.assert(
      fc.property(texts, targets, (text, target) => {
        const left = forgetHost(text, target);
        expect(keysOf(entriesIn(left), target)).toEqual([]);
        const others = [...names, "[a]:2222", "[b]:2222"].filter((name) => name !== knownHostsName(target));
        for (const name of others) {
          const count = (some: string): number =>
            entriesIn(some).filter((entry) => matchesName(entry.names, name)).length;
          expect(count(left)).toBe(count(text));
        }
        const untouched = parseKnownHosts(text).filter(
          (each) =>
            each.kind === "other" ||
            each.entry.marker !== undefined ||
            !matchesName(each.entry.names, knownHostsName(target)),
        );
        const kept = parseKnownHosts(left).map((each) => each.text);
        for (const each of untouched) expect(kept).toContain(each.text);
        expect(forgetHost(left, target)).toBe(left);
      }),
      { numRuns: 500 },
    );
  });
});

describe("replacing a host's keys", () => {
  it("leaves it the new key alone, and other names of its lines what they had", () => {
    const text = `# mine\r\n${line("a,b", 1)} note\r\n${line("a", 2)}\r\n@revoked ${line("a", 3)}\r\n${line("*.lan,a", 4)}`;
    expect(replaceHost(text, { host: "a", port: 22 }, blob(9))).toBe(
      `# mine\r\n${line("b", 1)} note\r\n@revoked ${line("a", 3)}\r\n${line("*.lan", 4)}\r\n${line("a", 9)}\r\n`,
    );
  });

  it("excepts it from a wildcard that speaks of it", () => {
    expect(replaceHost(line("*", 1), { host: "a", port: 2222 }, blob(9))).toBe(
      `${line("*,![a]:2222", 1)}\n${line("[a]:2222", 9)}\n`,
    );
  });
});

describe("changing some of a host's keys", () => {
  const a = { host: "a", port: 22 };
  it.each([
    ["adds what is new", `${line("a", 1)}\n`, [2, 3], [], `${line("a", 1)}\n${line("a", 2)}\n${line("a", 3)}\n`],
    [
      "drops what is gone, with its comment",
      `${line("a", 1)}\n${line("A", 2)} x\r\n# c`,
      [],
      [2],
      `${line("a", 1)}\n# c`,
    ],
    ["does both", `${line("a", 1)}\n${line("a", 2)}\n`, [3], [2], `${line("a", 1)}\n${line("a", 3)}\n`],
    [
      "leaves a line that speaks of others, too",
      `${line("a,b", 2)}\n${line("a*", 2)}\n`,
      [],
      [2],
      `${line("a,b", 2)}\n${line("a*", 2)}\n`,
    ],
    [
      "leaves other hosts",
      `${line("b", 2)}\n${line("[a]:2222", 2)}\n`,
      [],
      [2],
      `${line("b", 2)}\n${line("[a]:2222", 2)}\n`,
    ],
    ["leaves marked lines", `@revoked ${line("a", 2)}\n`, [], [2], `@revoked ${line("a", 2)}\n`],
    ["adds nothing twice", `${line("a", 1)}\n`, [1], [], `${line("a", 1)}\n`],
  ] as const)("%s", (_, text, learned, dropped, wanted) =>
    expect(rotateHost(text, a, learned.map(blob), dropped.map(blob))).toBe(wanted),
  );

  it("drops a hashed name", () => {
    const hashed = `|1|JR81WxEocTP5d7goIRkl8fHBbno=|l6sj6FOsoXxgEZMzn/BnOfPKN68= ${line("", 2).trim()}\n`;
    const host = { host: "sisyphus.example.com", port: 22 };
    expect(rotateHost(hashed, host, [], [blob(2)])).toBe("");
    expect(rotateHost(hashed, host, [], [blob(1)])).toBe(hashed);
  });
});

describe("removing a line", () => {
  it.each([
    ["the only one", line("a"), line("a"), ""],
    ["one between others", `# 1\r\n${line("a")} x\r\n# 2`, `${line("a")} x`, "# 1\r\n# 2"],
    ["the last, that nothing ends", `# 1\n${line("a")}`, line("a"), "# 1\n"],
    ["given with its ending", `# 1\n${line("a")}\r\n`, `${line("a")}\r\n`, "# 1\n"],
    ["after a byte order mark", `\ufeff${line("a")}\n# 2`, line("a"), "# 2"],
    ["that is there twice", `${line("a")}\n# 2\n${line("a")}\n`, line("a"), "# 2\n"],
    [
      "that is a part of another only",
      `# ${line("a")}\n${line("a")} x\n`,
      line("a"),
      `# ${line("a")}\n${line("a")} x\n`,
    ],
    ["that nobody can read", "junk\n\n# 2\n", "junk", "\n# 2\n"],
    ["without a word", "\n\n", "", "\n\n"],
  ])("%s", (_, text, removed, wanted) => expect(removeLine(text, removed)).toBe(wanted));
});

describe("revoking a key", () => {
  it("adds a marked line that counts", () => {
    const text = revokeKey("# mine\r\n", "*.lan,!db1.lan", blob(1));
    expect(text).toBe(`# mine\r\n@revoked ${line("*.lan,!db1.lan", 1)}\r\n`);
    expect(entriesIn(text).map(({ marker }) => marker)).toEqual(["revoked"]);
  });

  it("adds nothing that is there", () => {
    const text = revokeKey("", "*", blob(1));
    expect(revokeKey(text, "*", blob(1))).toBe(text);
  });

  it("takes a hashed name as it is", () => {
    const hashed = "|1|JR81WxEocTP5d7goIRkl8fHBbno=|l6sj6FOsoXxgEZMzn/BnOfPKN68=";
    expect(entriesIn(revokeKey("", hashed, blob(1)))).toHaveLength(1);
  });

  it.each([
    "",
    " ",
    "a b",
    "a\nb",
    "a\r\nb",
    "a\tb",
    "a\r",
    "@revoked",
    "#a",
    "|1|x",
    `${"x".repeat(1100)}`,
    " a",
    "a ",
  ])("refuses the names %j", (patterns) => {
    const refusal = expect.objectContaining({ code: "unsupported" }) as Error;
    expect(() => revokeKey("# mine\n", patterns, blob(1))).toThrow(refusal);
  });

  it("refuses what is no key", () => {
    for (const none of [new Writer().text("ssh-ed25519").done(), new Uint8Array(2), new Uint8Array(0)]) {
      expect(() => revokeKey("", "*", none)).toThrow(expect.objectContaining({ code: "unsupported" }) as Error);
    }
  });
});

it("no edit touches a line that it does not mean", () => {
  const pieces = fc.constantFrom(
    ...[
      "# note",
      "",
      "junk a b",
      "\t",
      "\ufeff",
      "\ufeff# x",
      `${line("b")} c`,
      `@revoked ${line("b")}`,
      ` ${line("b,c")}`,
    ],
  );
  const texts = fc
    .array(fc.tuple(pieces, fc.constantFrom("\n", "\r\n")), { maxLength: 12 })
    .map((all) => all.flat().join(""));
  const a = { host: "a", port: 22 };
  const own = [line("a", 1), line("a", 2)];
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const text = `${before}${own[0]}\r\n${own[1]}\n${after}`;
      const untouched = before + after;
      const ending = /\r\n$/.test(text) ? "\r\n" : "\n";
      const added = `${line("a", 9)}${/\r\n$/.test(after === "" ? before : after) ? "\r\n" : "\n"}`;
      expect(forgetHost(text, a)).toBe(untouched);
      expect(replaceHost(text, a, blob(9))).toBe(untouched + (untouched === "" ? `${line("a", 9)}\n` : added));
      expect(rotateHost(text, a, [], [blob(1), blob(2)])).toBe(untouched);
      expect(rotateHost(text, a, [blob(9)], [])).toBe(`${text}${line("a", 9)}${ending}`);
      expect(own.reduce(removeLine, text)).toBe(untouched);
      expect(revokeKey(text, "a", blob(1))).toBe(`${text}@revoked ${own[0]}${ending}`);
    }),
    { numRuns: 500 },
  );
});
