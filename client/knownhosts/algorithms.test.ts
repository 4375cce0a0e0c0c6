import { describe, expect, it } from "vitest";
import { Writer } from "../bytes/wire.ts";
import { DEFAULT_PREFERENCES } from "../kex/proposal.ts";
import { knownKeys, preferredHostKeyAlgorithms } from "./algorithms.ts";
import { entriesOf, formatEntry, parseKnownHosts } from "./file.ts";

const [ed, ec, r512, r256] = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"] as const;
const plain = [ed, ec, r512, r256];
const [edCert, ecCert, r512Cert, r256Cert] = [
  `${ed}-cert-v01@openssh.com`,
  `${ec}-cert-v01@openssh.com`,
  `${r512}-cert-v01@openssh.com`,
  `${r256}-cert-v01@openssh.com`,
] as const;
const certificates = [edCert, ecCert, r512Cert, r256Cert];
const defaults = [...plain, ...certificates];

describe("the order of host key algorithms (R-HK-4)", () => {
  it.each<readonly [string, readonly string[], readonly string[]]>([
    ["of an unknown host is the default", [], defaults],
    ["with the best type known is the default", ["ssh-ed25519"], defaults],
    ["with the best type among the known is the default", ["ssh-rsa", "ssh-ed25519"], defaults],
    [
      "with an RSA key known begins with all its algorithms",
      ["ssh-rsa"],
      [r512, r256, r512Cert, r256Cert, ed, ec, edCert, ecCert],
    ],
    [
      "with an ECDSA key known begins with it",
      ["ecdsa-sha2-nistp256"],
      [ec, ecCert, ed, r512, r256, edCert, r512Cert, r256Cert],
    ],
    [
      "with two known keeps their own order",
      ["ssh-rsa", "ecdsa-sha2-nistp256"],
      [ec, r512, r256, ecCert, r512Cert, r256Cert, ed, edCert],
    ],
    ["with only types we do not speak is the default", ["ssh-dss"], defaults],
    ["never offers what the defaults lack", ["ecdsa-sha2-nistp521"], defaults],
  ])("%s", (_, keyTypes, wanted) => {
    expect(preferredHostKeyAlgorithms(defaults, { keyTypes, authorities: false })).toEqual(wanted);
  });

  it.each<readonly [string, readonly string[], readonly string[]]>([
    ["alone is certificates first", [], [...certificates, ...plain]],
    ["and the best type is certificates first, too", ["ssh-ed25519"], [...certificates, ...plain]],
    ["and an RSA key is certificates, then RSA", ["ssh-rsa"], [...certificates, r512, r256, ed, ec]],
  ])("with an authority known %s", (_, keyTypes, wanted) => {
    expect(preferredHostKeyAlgorithms(defaults, { keyTypes, authorities: true })).toEqual(wanted);
  });

  it("of an unknown host ends with the certificates, which bring nothing without an authority", () => {
    const { hostKey } = DEFAULT_PREFERENCES;
    const first = hostKey.findIndex((name) => name.includes("-cert-"));
    expect(first).toBeGreaterThan(0);
    expect(hostKey.slice(first).every((name) => name.includes("-cert-"))).toBe(true);
    expect(preferredHostKeyAlgorithms(hostKey, { keyTypes: [], authorities: false })).toEqual(hostKey);
  });

  it("of nothing is nothing", () => {
    expect(preferredHostKeyAlgorithms([], { keyTypes: ["ssh-rsa"], authorities: true })).toEqual([]);
  });
});

describe("what is known of a host", () => {
  const blob = (type: string, fill: number): Uint8Array => new Writer().text(type).string(Uint8Array.of(fill)).done();
  const text = [
    formatEntry("db1", blob("ssh-rsa", 1)),
    formatEntry("db1,db2", blob("ssh-rsa", 2)),
    formatEntry("db*", blob("ssh-ed25519", 1)),
    formatEntry("db2", blob("ecdsa-sha2-nistp256", 1)),
    `@cert-authority ${formatEntry("db1", blob("ecdsa-sha2-nistp384", 1))}`,
    `@revoked ${formatEntry("db1", blob("ssh-dss", 1))}`,
  ].join("\n");
  const of = (host: string) => knownKeys(entriesOf(parseKnownHosts(text)), { host, port: 22 });

  it("is the types of its own lines, each once, and whether there is an authority for it", () => {
    expect(of("db1")).toEqual({ keyTypes: ["ssh-rsa", "ssh-ed25519"], authorities: true });
  });

  it("is no authority where one is for others only", () => {
    expect(of("db2")).toEqual({ keyTypes: ["ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256"], authorities: false });
    expect(of("web")).toEqual({ keyTypes: [], authorities: false });
  });
});
