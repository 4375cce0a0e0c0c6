import { describe, expect, it } from "vitest";
import { SshError } from "../bytes/errors.ts";
import { NO_CHOICES, type Pin, type TrustChoices } from "./claim.ts";
import { decide } from "./decide.ts";
import type { Entry } from "./file.ts";
import type { Certified, Finding, Findings } from "./findings.ts";
import { pinnedBy, refusedBy } from "./pins.ts";

const entry = (hosts: string): Entry => ({
  ...{ marker: undefined, hosts, names: { kind: "patterns", patterns: [] } },
  ...{ keyType: "ssh-ed25519", keyBlob: new Uint8Array(1), comment: "" },
});
const [mine, authority] = [entry("mine"), entry("authority")];

const none: Certified = { kind: "none" };
const good: Certified = { kind: "good", authority: "SHA256:ca" };
const flawed: Certified = { kind: "flawed", error: new SshError("host-key-certificate", "It has ended.") };
const find = (trust: Finding["trust"]["kind"], certified: Certified = none): Finding => ({
  trust:
    trust === "changed"
      ? { kind: "changed", known: [mine] }
      : trust === "revoked"
        ? { kind: "revoked", what: "key" }
        : { kind: trust },
  certified,
});
const revokedAuthority: Finding = { trust: { kind: "revoked", what: "authority" }, certified: none };

const SHOWN = "SHA256:shown";
const link = (fingerprint: string): Pin => ({ source: "link", fingerprint });
const embedder = (fingerprint: string): Pin => ({ source: "embedder", fingerprint });
const earlier = (verdict: "accept" | "accept-once" | "replace", fingerprint = SHOWN): Partial<TrustChoices> => ({
  earlier: { fingerprint, verdict },
});

interface Case {
  readonly own?: Finding;
  readonly operator?: Finding;
  readonly expected?: readonly Entry[];
  readonly choices?: Partial<TrustChoices>;
}

function decided({ own = find("unknown"), operator, expected = [], choices = {} }: Case): string {
  const findings: Findings = {
    ...{ own, expected, authorities: [] },
    operator: operator && { ...operator, origin: "https://ops.example" },
  };
  const decision = decide(findings, { ...NO_CHOICES, ...choices }, "db1:22", SHOWN);
  if (decision.kind === "refuse") return `${decision.error.code}: ${decision.error.message}`;
  if (decision.kind === "changed") return `changed ${decision.known.map(({ kind }) => kind).join(",")}`;
  return decision.kind === "save" ? `save ${decision.source}` : decision.kind;
}

describe("what is done about a host key", () => {
  it.each<readonly [string, Case, string]>([
    ["unknown", {}, "ask"],
    ["known", { own: find("trusted") }, "known"],
    ["changed", { own: find("changed") }, "changed key"],
    ["revoked", { own: find("revoked") }, "host-key-revoked"],
    ["by a revoked authority", { own: revokedAuthority }, "host-key-revoked: The authority"],
    ["by a good certificate", { own: find("unknown", good) }, "certified"],
    ["by a good certificate, where another plain key is known", { own: find("changed", good) }, "certified"],
    ["by a bad certificate", { own: find("unknown", flawed) }, "host-key-certificate"],
    [
      "by a bad certificate, where another plain key is known",
      { own: find("changed", flawed) },
      "host-key-certificate",
    ],
    ["by a bad certificate, where the plain key is known", { own: find("trusted", flawed) }, "known"],
    ["plain, where a certificate is expected", { expected: [authority] }, "changed authority"],

    [
      "revoked by the operator",
      { operator: find("revoked") },
      "host-key-revoked: The key of db1:22 has been revoked by https://ops.example",
    ],
    ["revoked by the operator, though known", { own: find("trusted"), operator: find("revoked") }, "host-key-revoked"],
    ["vouched for", { operator: find("trusted") }, "vouched"],
    ["vouched for, in mode strict", { operator: find("trusted"), choices: { mode: "strict" } }, "vouched"],
    ["vouched for by a certificate", { operator: find("unknown", good) }, "vouched"],
    [
      "vouched for by a certificate, where the operator names other keys",
      { operator: find("changed", good) },
      "vouched",
    ],
    ["by a bad certificate of the operator's", { operator: find("unknown", flawed) }, "host-key-certificate"],
    [
      "of a host that the operator knows otherwise",
      { operator: find("changed") },
      "host-key-pin: The key of db1:22 is another one than https://ops.example vouches for",
    ],
    [
      "known, of a host that the operator knows otherwise",
      { own: find("trusted"), operator: find("changed") },
      "host-key-pin",
    ],
    ["of which the operator knows nothing", { operator: find("unknown") }, "ask"],
    ["changed, though vouched for", { own: find("changed"), operator: find("trusted") }, "changed key"],
    ["revoked, though vouched for", { own: find("revoked"), operator: find("trusted") }, "host-key-revoked"],
    [
      "plain where a certificate is expected, though vouched for",
      { expected: [authority], operator: find("trusted") },
      "changed authority",
    ],

    ["as the link says", { choices: { pins: [link(SHOWN)] } }, "ask"],
    ["as the link says, and known", { own: find("trusted"), choices: { pins: [link(SHOWN)] } }, "known"],
    ["as the link says, and changed", { own: find("changed"), choices: { pins: [link(SHOWN)] } }, "changed key"],
    ["as the link says, and revoked", { own: find("revoked"), choices: { pins: [link(SHOWN)] } }, "host-key-revoked"],
    [
      "other than the link says",
      { choices: { pins: [link("x")] } },
      "host-key-pin: The key of db1:22 is another one than the link",
    ],
    [
      "other than the page around says",
      { choices: { pins: [embedder("x")] } },
      "host-key-pin: The key of db1:22 is another one than the page around",
    ],
    [
      "other than the link says, though known",
      { own: find("trusted"), choices: { pins: [link("x")] } },
      "host-key-pin",
    ],
    [
      "other than the link says, though vouched for",
      { operator: find("trusted"), choices: { pins: [link("x")] } },
      "host-key-pin",
    ],
    [
      "other than the link says, though certified",
      { own: find("unknown", good), choices: { pins: [link("x")] } },
      "host-key-pin",
    ],
    [
      "as the link says, and not the page around",
      { choices: { pins: [link(SHOWN), embedder("x")] } },
      "host-key-pin: The key of db1:22 is another one than the page",
    ],
    [
      "revoked, and other than the link says",
      { own: find("revoked"), choices: { pins: [link("x")] } },
      "host-key-revoked",
    ],

    ["unknown, in mode strict", { choices: { mode: "strict" } }, "host-key-unknown"],
    [
      "unknown, in mode strict, after an answer",
      { choices: { mode: "strict", ...earlier("accept") } },
      "host-key-unknown",
    ],
    ["known, in mode strict", { own: find("trusted"), choices: { mode: "strict" } }, "known"],
    ["unknown, where new ones are accepted", { choices: { mode: "accept-new" } }, "save accept-new"],
    [
      "unknown, where new ones are accepted, and the known ones were lost",
      { choices: { mode: "accept-new", lostSince: 1 } },
      "ask",
    ],
    ["changed, where new ones are accepted", { own: find("changed"), choices: { mode: "accept-new" } }, "changed key"],
    [
      "plain where a certificate is expected, and new ones are accepted",
      { expected: [authority], choices: { mode: "accept-new" } },
      "changed authority",
    ],

    ["answered before: accept", { choices: earlier("accept") }, "save asked"],
    ["answered before: once", { choices: earlier("accept-once") }, "once"],
    ["answered before: replace, and forgotten since", { choices: earlier("replace") }, "save asked"],
    ["other than the one answered before", { choices: earlier("accept", "x") }, "ask"],
    ["changed, answered before: replace", { own: find("changed"), choices: earlier("replace") }, "replace"],
    [
      "changed, answered before: replace, but another",
      { own: find("changed"), choices: earlier("replace", "x") },
      "changed key",
    ],
    ["changed, answered before: accept", { own: find("changed"), choices: earlier("accept") }, "changed key"],
    ["changed, answered before: once", { own: find("changed"), choices: earlier("accept-once") }, "changed key"],
    [
      "plain where a certificate is expected, answered: replace",
      { expected: [authority], choices: earlier("replace") },
      "replace",
    ],
    ["revoked, answered before: replace", { own: find("revoked"), choices: earlier("replace") }, "host-key-revoked"],
    [
      "other than the link says, answered before",
      { choices: { pins: [link("x")], ...earlier("accept") } },
      "host-key-pin",
    ],
    [
      "other than the operator's, answered before",
      { operator: find("changed"), choices: earlier("accept") },
      "host-key-pin",
    ],
  ])("%s", (_, given, wanted) => {
    const got = decided(given);
    expect(got.slice(0, wanted.length)).toBe(wanted);
  });
});

describe("pins", () => {
  it.each<readonly [readonly Pin[], Pin["source"] | undefined, Pin["source"] | undefined]>([
    [[], undefined, undefined],
    [[link(SHOWN)], "link", undefined],
    [[link("x")], undefined, "link"],
    [[link("x"), link(SHOWN)], "link", undefined],
    [[embedder(SHOWN), embedder("x")], "embedder", undefined],
    [[link(SHOWN), embedder("x")], "link", "embedder"],
    [[link("x"), embedder(SHOWN)], "embedder", "link"],
    [[link(SHOWN.toLowerCase())], undefined, "link"],
    [[link("")], undefined, "link"],
  ])("%j: matched by %s, refused by %s", (pins, matched, refused) => {
    expect([pinnedBy(pins, SHOWN), refusedBy(pins, SHOWN)]).toEqual([matched, refused]);
  });
});
