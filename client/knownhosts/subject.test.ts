import { describe, expect, it } from "vitest";
import { SshError } from "../bytes/errors.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { certificateOf, edKey } from "../keys/scripted-certificate.ts";
import type { HostKeyPlace } from "./claim.ts";
import { formatEntry } from "./file.ts";
import { knowing } from "./memory-store.ts";
import { mine, play, RELAY } from "./scripted-verification.ts";
import { scopeOf, subjectOf } from "./subject.ts";

const place = (host: string, port = 22, alias?: string): HostKeyPlace => ({
  ...{ host, port, route: RELAY },
  ...(alias === undefined ? {} : { alias }),
});
const claimed = (at: HostKeyPlace, keyBlob = mine) => ({ ...at, keyBlob, algorithm: "ssh-ed25519" });

describe("the name under which a host is known", () => {
  it.each<readonly [HostKeyPlace, string]>([
    [place("db1.example.net"), "db1.example.net"],
    [place("DB1.Example.NET."), "db1.example.net"],
    [place("db1.example.net", 2222), "[db1.example.net]:2222"],
    [place("xn--BCHER-kva.example"), "xn--bcher-kva.example"],
    [place("2001:DB8::7"), "2001:db8::7"],
    [place("[2001:db8::7]"), "2001:db8::7"],
    [place("[2001:db8::7]", 2222), "[2001:db8::7]:2222"],
    [place("192.0.2.7", 2222), "[192.0.2.7]:2222"],
    [place("db1.example.net", 2222, "Cluster."), "cluster"],
    [place("db1.example.net", 2222, "2001:DB8::7"), "2001:db8::7"],
  ])("%j is %s", async (at, name) => {
    expect((await subjectOf(claimed(at))).key.name).toBe(name);
    const { outcome } = await play({ store: knowing(scopeOf(at), formatEntry(name, mine)), claim: at });
    expect(outcome).toBe("accept");
  });

  it.each([
    place("büch.example"),
    place("a b"),
    place("*"),
    place(""),
    place("db1", 22, ""),
    place("db1", 22, "[x]:22"),
  ])("%j is none", async (at) => {
    await expect(subjectOf(claimed(at))).rejects.toMatchObject({ code: "internal" });
  });
});

describe("where it is known", () => {
  it.each<readonly [string, HostKeyPlace, string]>([
    ["everywhere", place("db1.example.net"), ""],
    ["at the relay that resolves a single label", place("db1"), RELAY],
    ["at the relay that reaches a private address", place("192.168.0.7"), RELAY],
    ["where its own name says, whatever its alias", place("db1", 22, "db1.example.net"), RELAY],
    ["where its own name says, though its alias is private", place("db1.example.net", 22, "db1"), ""],
  ])("%s", (_, at, scope) => expect(scopeOf(at)).toBe(scope));

  it("is nowhere without a way to it", () => {
    expect(() => scopeOf({ host: "db1", port: 22, route: "" })).toThrow(SshError);
  });
});

it("the key in a certificate is what is compared and saved", async () => {
  const blob = certificateOf({ key: edKey(1), signer: 9 });
  const { key, plain, certificate } = await subjectOf(claimed(place("db1.example.net"), blob));
  expect([key.keySha256, plain.blob]).toEqual([fingerprint(edKey(1)), edKey(1)]);
  expect(certificate?.authority).toEqual(edKey(9));
});
