import { createSecretKey, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GRANT_LIFETIME } from "../shared/grant.ts";
import type { GrantKey } from "./grant-keys.ts";
import { closeOf, type GrantFault, Grants } from "./grants.ts";
import { PLATFORM, SECRET, signGrant } from "./testing.ts";

const NOW = 1_800_000_000;
const TARGET = { host: "db1.example", port: 2222 };
const claims = { ...TARGET, exp: NOW + 60, jti: "0123456789" };
const EDDSA: GrantKey = { algorithm: "EdDSA", key: PLATFORM.publicKey };
const HS256: GrantKey = { algorithm: "HS256", key: SECRET };
const pem = PLATFORM.publicKey.export({ type: "spki", format: "pem" });
const other = generateKeyPairSync("ed25519");

function grants(keys: readonly GrantKey[] = [EDDSA], now = () => NOW * 1000, mostUsed?: number): Grants {
  return new Grants(keys, () => new Set(["https://ssh.example"]), now, mostUsed);
}

async function faultOf(grant: string | Promise<string>, checker = grants(), target = TARGET) {
  const verdict = await checker.check(await grant, target);
  return verdict.kind === "good" ? "good" : verdict.fault;
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The same grant with another part, under the old signature. */
async function forged(at: 0 | 1, change: (part: Record<string, unknown>) => unknown): Promise<string> {
  const parts = (await signGrant(claims)).split(".");
  parts[at] = part(change(JSON.parse(Buffer.from(parts[at] ?? "", "base64url").toString())));
  return parts.join(".");
}

describe("a grant", () => {
  it.each<[string, GrantFault | "good", () => string | Promise<string>]>([
    ["as it should be", "good", () => signGrant(claims)],
    ["for the host in another spelling", "good", () => signGrant({ ...claims, host: "DB1.Example." })],
    ["with claims of the platform's own", "good", () => signGrant({ ...claims, iss: "x", iat: NOW, course: [1] })],
    ["for this relay", "good", () => signGrant({ ...claims, aud: "https://ssh.example" })],
    ["for this relay among others", "good", () => signGrant({ ...claims, aud: ["x", "https://ssh.example"] })],
    ["for another relay", "purpose", () => signGrant({ ...claims, aud: "https://ssh.example.evil.example" })],
    ["for no relay at all", "purpose", () => signGrant({ ...claims, aud: [] })],
    ["for something that is no relay", "purpose", () => signGrant({ ...claims, aud: { a: 1 } })],
    ["not valid yet", "purpose", () => signGrant({ ...claims, nbf: NOW + 31 })],
    ["of another type", "purpose", () => signGrant(claims, { type: "JWT" })],
    ["signed with another key", "signature", () => signGrant(claims, { key: other.privateKey })],
    ["with another payload", "signature", () => forged(1, (old) => ({ ...old, host: "evil.example" }))],
    ["with another header", "signature", () => forged(0, (old) => ({ ...old, typ: "at+jwt" }))],
    ["with the algorithm none", "signature", () => `${part({ alg: "none", typ: "x" })}.${part(claims)}.`],
    ["whose header says none", "signature", () => forged(0, (old) => ({ ...old, alg: "none" }))],
    [
      "signed as HMAC with the public key's PEM",
      "signature",
      () => signGrant(claims, { key: Buffer.from(pem), algorithm: "HS256" }),
    ],
    [
      "signed as HMAC with the public key's bytes",
      "signature",
      () =>
        signGrant(claims, {
          key: PLATFORM.publicKey.export({ type: "spki", format: "der" }),
          algorithm: "HS256",
        }),
    ],
    ["without its signature", "signature", async () => (await signGrant(claims)).replace(/[^.]*$/, "")],
    ["that is none", "signature", () => "sesame"],
    ["that is empty", "signature", () => ""],
    ["for another host", "target", () => signGrant({ ...claims, host: "db2.example" })],
    ["for another port", "target", () => signGrant({ ...claims, port: 22 })],
    ["for what is no host", "target", () => signGrant({ ...claims, host: "a b" })],
    ["that expired just within what clocks differ", "good", () => signGrant({ ...claims, exp: NOW - 29 })],
    ["that expired", "expired", () => signGrant({ ...claims, exp: NOW - 30 })],
    ["that lives as long as it may", "good", () => signGrant({ ...claims, exp: NOW + GRANT_LIFETIME + 30 })],
    ["that lives too long", "lifetime", () => signGrant({ ...claims, exp: NOW + GRANT_LIFETIME + 31 })],
    ["that never expires", "claims", () => signGrant({ ...claims, exp: undefined })],
    ["that expires in words", "claims", () => signGrant({ ...claims, exp: "soon" })],
    ["with an id that is too short", "claims", () => signGrant({ ...claims, jti: "1" })],
    ["without id", "claims", () => signGrant({ ...claims, jti: undefined })],
    ["without user", "claims", () => signGrant({ ...claims, user: undefined })],
    ["without origin", "claims", () => signGrant({ ...claims, origin: undefined })],
    ["with a port of text", "claims", () => signGrant({ ...claims, port: "2222" })],
    ["with too many pins", "claims", () => signGrant({ ...claims, pins: Array(17).fill("SHA256:x") })],
  ])("%s: %s", async (_name, expected, grant) => {
    expect(await faultOf(grant())).toBe(expected);
  });

  it("may be signed with any of the keys, each by its own algorithm", async () => {
    const both = grants([{ algorithm: "EdDSA", key: other.publicKey }, HS256, EDDSA]);
    const hmac = () => signGrant(claims, { key: SECRET, algorithm: "HS256" });
    expect([await faultOf(signGrant(claims), both), await faultOf(hmac(), both)]).toEqual(["good", "good"]);
    expect([await faultOf(hmac()), await faultOf(signGrant(claims), grants([HS256]))]).toEqual([
      "signature",
      "signature",
    ]);
  });

  it("is never good where there is no key", async () => {
    expect(await faultOf(signGrant(claims), grants([]))).toBe("signature");
  });

  it("is no HMAC of other lengths under the same secret", async () => {
    const long = createSecretKey(Buffer.alloc(64, 7));
    const grant = signGrant(claims, { key: long, algorithm: "HS512" });
    expect(await faultOf(grant, grants([{ algorithm: "HS256", key: long }]))).toBe("signature");
  });

  it("makes the checker throw with no text there is", async () => {
    const checker = grants([EDDSA, HS256]);
    const json = fc.json().map((text) => Buffer.from(text).toString("base64url"));
    const alike = fc.array(fc.oneof(json, fc.string()), { maxLength: 4 });
    const texts = fc.oneof(
      fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes)),
      alike.map((parts) => parts.join(".")),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect(await faultOf(text, checker)).toBe("signature");
      }),
    );
  });

  it("makes it throw with no claims there are, well signed", async () => {
    const payloads = fc.dictionary(fc.constantFrom(...Object.keys(claims), "aud", "nbf", "pins"), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(payloads, async (odd) => {
        expect(await faultOf(signGrant(odd))).not.toBe("good");
      }),
    );
  });
});

describe("single use", () => {
  const used = (jti: string, exp = NOW + 60) => ({ ...claims, user: "a", origin: "b", pins: [], jti, exp });

  it("is by id, whatever else a grant says", () => {
    const checker = grants();
    expect(checker.use(used("a"))).toBeUndefined();
    expect(checker.use({ ...used("a", NOW + 200), port: 23 })).toBe("used");
    expect(checker.use(used("b"))).toBeUndefined();
  });

  it("is remembered for as long as the grant would be taken, and no longer", () => {
    let now = NOW * 1000;
    const checker = grants([EDDSA], () => now, 2);
    expect(checker.use(used("a"))).toBeUndefined();
    expect(checker.use(used("b"))).toBeUndefined();
    now += 89_000;
    expect(checker.use(used("a"))).toBe("used");
    now += 1_000;
    expect(checker.use(used("a"))).toBe("expired");
    expect(checker.use(used("c", NOW + 200))).toBeUndefined();
  });

  it("refuses new ones rather than forget old ones", () => {
    const checker = grants([EDDSA], undefined, 2);
    expect(["a", "b", "c", "a"].map((id) => checker.use(used(id)))).toEqual([undefined, undefined, "too-many", "used"]);
  });
});

it("what is wrong with a grant is told to who can mend it, and to strangers not at all", () => {
  const faults: GrantFault[] = ["signature", "purpose", "claims", "lifetime", "expired", "target", "used", "too-many"];
  expect(Object.fromEntries(faults.map((fault) => [fault, closeOf(fault)]))).toEqual({
    signature: "unauthorised",
    purpose: "unauthorised",
    claims: "unauthorised",
    lifetime: "unauthorised",
    expired: "grant-expired",
    target: "grant-target",
    used: "grant-used",
    "too-many": "over-quota",
  });
});
