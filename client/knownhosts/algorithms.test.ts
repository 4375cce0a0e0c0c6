import { describe, expect, it } from "vitest";
import { Writer } from "../bytes/wire.ts";
import { knownKeyTypes, preferredHostKeyAlgorithms } from "./algorithms.ts";
import { entriesOf, formatEntry, parseKnownHosts } from "./file.ts";

const [ed, ec, r512, r256] = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"] as const;
const defaults = [ed, ec, r512, r256];

describe("the order of host key algorithms", () => {
  it.each([
    ["of an unknown host is the default", [], defaults],
    ["with the best type known is the default", ["ssh-ed25519"], defaults],
    ["with the best type among the known is the default", ["ssh-rsa", "ssh-ed25519"], defaults],
    ["with an RSA key known begins with both its algorithms", ["ssh-rsa"], [r512, r256, ed, ec]],
    ["with an ECDSA key known begins with it", ["ecdsa-sha2-nistp256"], [ec, ed, r512, r256]],
    ["with two known keeps their own order", ["ssh-rsa", "ecdsa-sha2-nistp256"], [ec, r512, r256, ed]],
    ["with only types we do not speak is the default", ["ssh-dss"], defaults],
    ["never offers what the defaults lack", ["ecdsa-sha2-nistp521"], defaults],
  ])("%s", (_, known, wanted) => expect(preferredHostKeyAlgorithms(defaults, known)).toEqual(wanted));

  it("of nothing is nothing", () => expect(preferredHostKeyAlgorithms([], ["ssh-rsa"])).toEqual([]));
});

it("the known types of a host are those of its own lines, each once", () => {
  const blob = (type: string, fill: number): Uint8Array => new Writer().text(type).string(Uint8Array.of(fill)).done();
  const text = [
    formatEntry("db1", blob("ssh-rsa", 1)),
    formatEntry("db1,db2", blob("ssh-rsa", 2)),
    formatEntry("db*", blob("ssh-ed25519", 1)),
    formatEntry("db2", blob("ecdsa-sha2-nistp256", 1)),
    `@cert-authority ${formatEntry("db1", blob("ecdsa-sha2-nistp384", 1))}`,
    `@revoked ${formatEntry("db1", blob("ssh-dss", 1))}`,
  ].join("\n");
  expect(knownKeyTypes(entriesOf(parseKnownHosts(text)), { host: "db1", port: 22 })).toEqual([
    "ssh-rsa",
    "ssh-ed25519",
  ]);
});
