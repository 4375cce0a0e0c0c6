import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "../bytes/text.ts";
import type { KeySource, TrustMode } from "../knownhosts/claim.ts";
import { type BackupContents, openBackup, sealBackup } from "./backup.ts";
import { seal } from "./sealed.ts";

const work = { random: (length: number) => new Uint8Array(randomBytes(length)), cost: { log2N: 1, r: 1, p: 1 } };
const FINGERPRINT = `SHA256:${"x".repeat(43)}`;

/** Opens a file that holds this, whatever it is. */
async function opened(inside: unknown) {
  const text = typeof inside === "string" ? inside : JSON.stringify(inside);
  return openBackup(await seal(encodeUtf8(text), "sesame", work), "sesame");
}
const holding = (sections: Record<string, unknown>) => opened({ madeAt: 1, sections });
const section = (...rows: readonly unknown[]) => ({ version: 1, rows });

const time = fc.nat();
const host = fc.constantFrom("db1", "db1.example.net", "10.0.0.1", "2001:db8::1", "xn--mnchen-3ya.example");
const port = fc.integer({ min: 1, max: 65535 });
const scope = fc.constantFrom("", "https://relay.example.net", "direct");
const contents: fc.Arbitrary<BackupContents> = fc.record({
  madeAt: time,
  knownHosts: fc.array(fc.record({ scope, text: fc.string({ unit: "grapheme" }) })),
  sightings: fc.array(
    fc.record({
      key: fc.record({ scope, name: host, keySha256: fc.constant(FINGERPRINT) }),
      sighting: fc.record({
        firstSeen: time,
        lastSeen: time,
        source: fc.constantFrom<KeySource | undefined>(
          "asked",
          "accept-new",
          "imported",
          "added",
          "rotation",
          undefined,
        ),
        route: fc.constantFrom("https://relay.example.net", undefined),
      }),
    }),
  ),
  hostOptions: fc.array(
    fc.record({
      host,
      port,
      legacy: fc.constant(true),
      mode: fc.constantFrom<TrustMode>("ask", "accept-new", "strict"),
      alias: fc.constantFrom("cluster", undefined),
    }),
  ),
  destinations: fc.array(fc.record({ host, port, user: fc.constantFrom("ada", "müller"), lastUsed: time })),
});

describe("a backup", () => {
  it("gives back what was put into it", async () => {
    await fc.assert(
      fc.asyncProperty(contents, async (kept) => {
        const { contents: back, ...rest } = await openBackup(await sealBackup(kept, "sesame", work), "sesame");
        expect(back).toEqual(kept);
        expect(rest).toEqual({ unknownSections: [], unusableRows: 0 });
      }),
      { numRuns: 60 },
    );
  });

  it("shows nothing of it", async () => {
    const kept = { knownHosts: [{ scope: "", text: "secret-host" }], sightings: [], hostOptions: [], destinations: [] };
    const file = await sealBackup({ madeAt: 1, ...kept }, "sesame", work);
    expect(new TextDecoder("latin1").decode(file)).not.toContain("secret");
  });

  it("of a newer Periwinkle gives what is understood, and says what is left out", async () => {
    const text = { scope: "", text: "db1 ssh-ed25519 AAAA\n" };
    const { contents: back, unknownSections } = await holding({
      "known-hosts": section(text),
      sightings: { version: 2, rows: [{ entirely: "different" }] },
      "private-keys": section({ name: "id" }),
      "pro\u202efiles\n": section(),
    });
    expect(back.knownHosts).toEqual([text]);
    expect(back.sightings).toEqual([]);
    expect(unknownSections).toEqual(["sightings", "private-keys", "pro\ufffdfiles "]);
  });

  it("that names a great many sections says the first of them", async () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${i}-${"x".repeat(1000)}`, section()]));
    const { unknownSections } = await holding(many);
    expect(unknownSections).toHaveLength(16);
    expect(Math.max(...unknownSections.map((name) => name.length))).toBeLessThan(50);
  });

  it.each<[string, unknown]>([
    ["nothing", ""],
    ["no JSON", "{"],
    ["a list", []],
    ["no sections", { madeAt: 1 }],
    ["no date", { sections: {} }],
    ["a date before 1970", { madeAt: -1, sections: {} }],
    ["a section that is none", { madeAt: 1, sections: { sightings: [] } }],
    ["rows that are none", { madeAt: 1, sections: { sightings: { version: 1, rows: "all" } } }],
  ])("that holds %s cannot be read", async (_, inside) => {
    await expect(opened(inside)).rejects.toMatchObject({ name: "BackupError", problem: "contents" });
  });

  const seen = { scope: "", name: "db1", keySha256: FINGERPRINT, firstSeen: 1, lastSeen: 2 };
  const options = { host: "db1", port: 22, legacy: true, mode: "strict", alias: "cluster" };
  const used = { host: "db1", port: 22, user: "ada", lastUsed: 1 };
  it.each<[string, string, unknown]>([
    ["a text that is none", "known-hosts", { scope: "", text: 7 }],
    ["a text above 10 MiB", "known-hosts", { scope: "", text: "#".repeat(10 * 1024 * 1024 + 1) }],
    ["a scope of two lines", "known-hosts", { scope: "a\nb", text: "" }],
    ["a scope without end", "known-hosts", { scope: "x".repeat(301), text: "" }],
    ["no row", "sightings", null],
    ["a name with a control character", "sightings", { ...seen, name: "db\u00071" }],
    ["a fingerprint that is none", "sightings", { ...seen, keySha256: "MD5:x" }],
    ["a date that is none", "sightings", { ...seen, lastSeen: "never" }],
    ["a date that no clock shows", "sightings", { ...seen, lastSeen: 1e300 }],
    ["a host that cannot be one", "host-options", { ...options, host: "db 1" }],
    ["a port that cannot be one", "host-options", { ...options, port: 0 }],
    ["options that differ in nothing", "host-options", { host: "db1", port: 22, legacy: "yes", mode: "off" }],
    ["a user name with a bidi character", "destinations", { ...used, user: "a\u202eda" }],
    ["a user name without end", "destinations", { ...used, user: "a".repeat(256) }],
    ["a destination without a host", "destinations", { ...used, host: undefined }],
  ])("with %s gives its other rows", async (_, name, row) => {
    const good = {
      "known-hosts": { scope: "", text: "#" },
      sightings: seen,
      "host-options": options,
      destinations: used,
    };
    const { contents: back, unusableRows } = await holding({ [name]: section(row, good[name as keyof typeof good]) });
    expect(unusableRows).toBe(1);
    const { madeAt, ...rows } = back;
    expect(Object.values(rows).flat()).toHaveLength(1);
  });

  it("with values that are not known makes hosts stricter, and names are in the one spelling", async () => {
    const { contents: back } = await holding({
      sightings: section({ ...seen, source: "magic", route: "a\nb" }),
      "host-options": section({ ...options, host: "DB1.", mode: "off", alias: "no name" }),
    });
    expect(back.sightings[0]?.sighting).toEqual({ firstSeen: 1, lastSeen: 2, source: undefined, route: undefined });
    expect(back.hostOptions).toEqual([{ host: "db1", port: 22, legacy: true, mode: "ask", alias: undefined }]);
  });
});
