import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLink } from "./ssh-link.ts";

const BASE64 = "q1b+/2Zk3c4V5n6M7a8S9d0F1g2H3j4K5l6P7o8I9u0";
const BASE64URL = BASE64.replaceAll("+", "-").replaceAll("/", "_");
const FINGERPRINT = `SHA256:${BASE64}`;
const OTHER = `SHA256:${"A".repeat(43)}`;
const MD5 = "c1-b1-30-29-d7-b8-de-6c-97-77-10-d7-46-41-63-87";

describe("a link", () => {
  it.each([
    ["ssh://alice@db1.example.net:2222", "db1.example.net", 2222, "alice"],
    ["SSH://DB1/", "db1", 22, undefined],
    ["ssh://alice@[2001:db8::1]:22", "2001:db8::1", 22, "alice"],
    ["ssh://corp%5Calice@db1", "db1", 22, "corp\\alice"],
    ["ssh://alice%40corp@db1", "db1", 22, "alice@corp"],
    ["ssh://a%2562@db1", "db1", 22, "a%62"],
    ["ssh://b%C3%BCcher.example", "xn--bcher-kva.example", 22, undefined],
  ])("%s is %s, %i, %s", (link, host, port, user) =>
    expect(parseLink(link)).toEqual({ kind: "given", target: { host, port }, user, fingerprints: [] }),
  );

  it.each([
    ["base64url", `alice;fingerprint=SHA256-${BASE64URL}`, [FINGERPRINT]],
    ["base64, percent-encoded", `alice;fingerprint=SHA256:${encodeURIComponent(BASE64)}`, [FINGERPRINT]],
    ["as ssh-keygen prints it, encoded", `alice;fingerprint=${encodeURIComponent(FINGERPRINT)}`, [FINGERPRINT]],
    ["padded", `alice;fingerprint=SHA256-${BASE64URL}%3D`, [FINGERPRINT]],
    ["after a key type, as the draft has it", `alice;fingerprint=ssh-ed25519-SHA256-${BASE64URL}`, [FINGERPRINT]],
    ["in small letters", `alice;fingerprint=sha256-${BASE64URL}`, [FINGERPRINT]],
    [
      "twice, as Secure Shell parts them",
      `alice;fingerprint=SHA256-${BASE64URL};fingerprint=${OTHER}`,
      [FINGERPRINT, OTHER],
    ],
    [
      "twice, as the draft parts them",
      `alice;fingerprint=SHA256-${BASE64URL},fingerprint=${OTHER}`,
      [FINGERPRINT, OTHER],
    ],
    [
      "the same one twice",
      `alice;fingerprint=SHA256-${BASE64URL};fingerprint=${encodeURIComponent(FINGERPRINT)}`,
      [FINGERPRINT],
    ],
    ["as a browser hands it over", `alice%3Bfingerprint%3DSHA256-${BASE64URL}`, [FINGERPRINT]],
    [
      "encoded, as a browser hands it over",
      `alice%3bfingerprint%3dSHA256%3A${encodeURIComponent(BASE64)}`,
      [FINGERPRINT],
    ],
  ])("expects a key: %s", (_what, info, fingerprints) =>
    expect(parseLink(`ssh://${info}@db1:2222`)).toEqual({
      kind: "given",
      target: { host: "db1", port: 2222 },
      user: "alice",
      fingerprints,
    }),
  );

  it("may expect a key and leave the user open", () => {
    expect(parseLink(`ssh://;fingerprint=${OTHER}@db1`)).toMatchObject({ user: undefined, fingerprints: [OTHER] });
  });

  it("keeps every fingerprint, however it is written", () => {
    const spelling = fc.constantFrom(
      (digits: string) => `SHA256-${digits.replaceAll("+", "-").replaceAll("/", "_")}`,
      (digits: string) => encodeURIComponent(`SHA256:${digits}`),
      (digits: string) => `SHA256-${encodeURIComponent(digits)}%3D`,
    );
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(fc.array(fc.tuple(hash, spelling), { minLength: 1, maxLength: 8 }), fc.boolean(), (all, encoded) => {
        const digits = all.map(([bytes]) => Buffer.from(bytes).toString("base64").replace("=", ""));
        const info = `ada${all.map(([, spell], i) => `;fingerprint=${spell(digits[i] ?? "")}`).join("")}`;
        // What the URL standard makes of the user name of an address that is no http: one.
        const link = encoded ? new URL(`ssh://${info}@db1`).href : `ssh://${info}@db1`;
        expect(parseLink(link)).toMatchObject({
          user: "ada",
          fingerprints: [...new Set(digits)].map((each) => `SHA256:${each}`),
        });
      }),
    );
  });

  it.each([
    ["ssh://alice:secret@db1", "password"],
    ["ssh://alice:@db1", "password"],
    ["ssh://:secret@db1", "password"],
    ["ssh://a:b:c@db1:22", "password"],
    [`ssh://alice:secret;fingerprint=${OTHER}@db1`, "password"],
    [`ssh://alice:secret%3Bfingerprint%3D${OTHER}@db1`, "password"],
    ["ssh://alice@", "host"],
    ["ssh://alice@a%20b", "host"],
    ["ssh://alice@-oProxyCommand=x", "host"],
    ["ssh://alice@db1%00", "host"],
    ["ssh://alice@a%E2%80%AEb", "host"],
    ["ssh://db1:0", "port"],
    ["ssh://db1:65536", "port"],
    ["ssh://db1:22x", "port"],
    ["ssh://@db1", "user name"],
    ["ssh://-l@db1", "user name"],
    ["ssh://a%00b@db1", "user name"],
    ["ssh://a%0Ab@db1", "user name"],
    ["ssh://a%20b@db1", "user name"],
    ["ssh://a%E2%80%AEb@db1", "user name"],
    ["ssh://%E0%A4@db1", "user name"],
    [`ssh://-l;fingerprint=${OTHER}@db1`, "user name"],
    [`ssh://${"u".repeat(129)}@db1`, "user name"],
    ["ssh://a;fingerprint=x@db1", "fingerprint that is none"],
    ["ssh://a;fingerprint=@db1", "fingerprint that is none"],
    [`ssh://a;fingerprint=SHA256-${BASE64URL.slice(1)}@db1`, "fingerprint that is none"],
    [`ssh://a;fingerprint=SHA256-${BASE64URL}x@db1`, "fingerprint that is none"],
    [`ssh://a;fingerprint=SHA256-${BASE64URL.slice(0, -1)}1@db1`, "fingerprint that is none"],
    [`ssh://a;fingerprint=SHA256-${BASE64URL.slice(0, -1)}C@db1`, "fingerprint that is none"],
    [`ssh://a;fingerprint=SHA512-${BASE64URL}@db1`, "fingerprint that is none"],
    [`ssh://a;fingerprint=SHA256-${BASE64URL}:secret@db1`, "fingerprint that is none"],
    [`ssh://a;fingerprint=SHA256-${BASE64URL};fingerprint=x@db1`, "fingerprint that is none"],
    [`ssh://a;fingerprint=ssh-rsa-${MD5}@db1`, "MD5"],
    [`ssh://a;fingerprint=${MD5.replaceAll("-", "")}@db1`, "MD5"],
    [`ssh://a;fingerprint=MD5%3A${MD5.replaceAll("-", "%3A")}@db1`, "MD5"],
    [`ssh://a;fingerprint=${OTHER};fingerprint=${MD5}@db1`, "MD5"],
    [`ssh://a;fingerprnt=${OTHER}@db1`, "more than a host"],
    [`ssh://a;Fingerprint=${OTHER}@db1`, "more than a host"],
    ["ssh://a;@db1", "more than a host"],
    ["ssh://a%3Bb@db1", "more than a host"],
    ["ssh://a;-nassh-args=--proxy-host%3Devil.example@db1", "choose a relay"],
    ["ssh://a;-nassh-ssh-args=-A%20-R%202222@db1", "run a command"],
    [`ssh://a;fingerprint=${OTHER},password=secret@db1`, "bring a secret"],
    ["ssh://db1/path", "understood"],
    ["ssh://a@b@db1", "understood"],
    ["ssh://a@db1@proxy:8022", "understood"],
    ["ssh:db1", "understood"],
  ])("%s is refused because of its %s", (link, why) => {
    const parsed = parseLink(link);
    expect(parsed.kind).toBe("refused");
    if (parsed.kind === "refused") expect(parsed.sentence).toContain(why);
    expect(JSON.stringify(parsed)).not.toContain("secret@");
  });

  it("that is endless is refused unread", () => {
    expect(parseLink(`ssh://${"a.".repeat(2000)}`).kind).toBe("refused");
  });

  it("never loses a fingerprint into another part, whatever stands around it", () => {
    const piece = fc.constantFrom(";", ",", "=", "%3B", "%3D", "%2C", "%25", ":", "a", "-", " ", "fingerprint", "@");
    fc.assert(
      fc.property(fc.array(piece), fc.array(piece), (before, after) => {
        const parsed = parseLink(`ssh://ada${before.join("")};fingerprint=${OTHER}${after.join("")}@db1`);
        if (parsed.kind === "given") expect(parsed.fingerprints).toContain(OTHER);
      }),
    );
  });
});
