import { describe, expect, it } from "vitest";
import { SshError } from "../bytes/errors.ts";
import { compressions } from "../framing/compression.ts";
import { cipherSuites, macs } from "../framing/suites.ts";
import { keyExchanges } from "./exchanges.ts";
import { negotiate } from "./negotiate.ts";
import {
  DEFAULT_PREFERENCES,
  EXT_INFO_SERVER,
  KexInit,
  LEGACY,
  type Preferences,
  preferencesFor,
  propose,
  STRICT_SERVER,
} from "./proposal.ts";

const CHACHA = "chacha20-poly1305@openssh.com";
const ours: Preferences = {
  kex: ["k1", "k2", "k3"],
  hostKey: ["h1", "h2"],
  cipher: ["aes128-gcm@openssh.com", "aes128-ctr", CHACHA],
  mac: ["m1", "m2"],
  compression: ["none", "zlib@openssh.com"],
};

type Proposal = ReturnType<typeof KexInit.decode>;
const cookie = new Uint8Array(16);
const theirs = (changes: Partial<Proposal> = {}): Proposal => ({
  ...KexInit.decode(propose(ours, cookie, false)),
  ...changes,
});
const bothWays = (cipher: readonly string[], mac: readonly string[] = ours.mac): Partial<Proposal> => ({
  cipherClientToServer: cipher,
  cipherServerToClient: cipher,
  macClientToServer: mac,
  macServerToClient: mac,
});

function failure(changes: Partial<Proposal>, preferences = ours): SshError {
  try {
    negotiate(preferences, theirs(changes));
  } catch (error) {
    if (error instanceof SshError) return error;
    throw error;
  }
  throw new Error("agreed");
}

describe("negotiation", () => {
  it("takes our first name that the server has too, each list by itself", () => {
    const result = negotiate(
      ours,
      theirs({
        kex: ["k3", "k2"],
        hostKey: ["h2", "h1"],
        cipherClientToServer: ["aes128-ctr"],
        cipherServerToClient: ["x", "aes128-gcm@openssh.com"],
        macClientToServer: ["m2"],
        macServerToClient: [],
        compressionServerToClient: ["zlib@openssh.com"],
      }),
    );
    expect(result).toEqual({
      kex: "k2",
      hostKey: "h1",
      outgoing: { cipher: "aes128-ctr", mac: "m2", compression: "none" },
      incoming: { cipher: "aes128-gcm@openssh.com", mac: undefined, compression: "zlib@openssh.com" },
      strict: false,
      takesExtensionInfo: false,
      dropGuess: false,
    });
  });

  it.each<[string, Partial<Proposal>]>([
    ["key exchange", { kex: ["other"] }],
    ["key exchange", { kex: [] }],
    ["host key algorithm", { hostKey: ["ssh-dss"] }],
    ["cipher (to the server)", { cipherClientToServer: ["3des-cbc", "none"] }],
    ["cipher (from the server)", { cipherServerToClient: ["none"] }],
    ["MAC (to the server)", { ...bothWays(["aes128-ctr"]), macClientToServer: ["hmac-md5"] }],
    ["MAC (from the server)", { ...bothWays(["aes128-ctr"]), macServerToClient: ["none"] }],
    ["compression (to the server)", { compressionClientToServer: ["lzma"] }],
    ["compression (from the server)", { compressionServerToClient: [] }],
  ])("without a common %s shows both lists", (what, changes) => {
    const error = failure(changes);
    expect(error.code).toBe("negotiation");
    expect(error.message).toContain(`no ${what} in common`);
    expect(error.disagreement?.what).toBe(what);
    expect(Object.values(changes)).toContainEqual(error.disagreement?.theirs);
    expect(Object.values(ours)).toContain(error.disagreement?.ours);
  });

  it("says that old algorithms would help exactly when they would", () => {
    const old = failure({ kex: ["diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"] }, DEFAULT_PREFERENCES);
    expect(old.message).toContain("allow old algorithms for this host under Options");
    expect(old.disagreement?.legacy).toEqual(["diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"]);
    const strange = failure({ kex: ["kexguess2@matt.ucc.asn.au"] }, DEFAULT_PREFERENCES);
    expect(strange.message).not.toContain("Options");
    expect(strange.disagreement?.legacy).toEqual([]);
    expect(failure({ hostKey: ["ssh-dss"] }, preferencesFor(true)).disagreement?.legacy).toEqual([]);
  });

  it("quotes the server's names, cleaned and bounded", () => {
    const error = failure({
      kex: ["evil\u001b[2J\u202e", ...Array.from({ length: 100 }, (_, i) => `kex-number-${i}`)],
    });
    expect(error.quoted).toMatch(/^evil\ufffd\[2J\ufffd, kex-number-0/);
    expect(error.quoted?.length).toBeLessThanOrEqual(401);
    expect(error.message).not.toContain("evil");
  });

  describe("without strict key exchange", () => {
    it("does not take what Terrapin can cut, and does not take another that the server would not take", () => {
      expect(failure(bothWays([CHACHA])).message).toContain(CHACHA);
      const chachaFirst = { ...ours, cipher: [CHACHA, "aes128-ctr"] };
      expect(failure(bothWays([CHACHA, "aes128-ctr"]), chachaFirst).code).toBe("negotiation");
    });

    it("does not take CBC with encrypt-then-MAC, which Terrapin can cut too, but takes it with encrypt-and-MAC", () => {
      const old = preferencesFor(true);
      const cbc = (mac: string) => ({
        ...KexInit.decode(propose(old, cookie, false)),
        ...bothWays(["aes128-cbc"], [mac]),
      });
      expect(() => negotiate(old, cbc("hmac-sha2-256-etm@openssh.com"))).toThrow(/strict key exchange/);
      expect(negotiate(old, cbc("hmac-sha2-256-etm@openssh.com"), true).outgoing.cipher).toBe("aes128-cbc");
      expect(negotiate(old, cbc("hmac-sha2-256")).outgoing).toMatchObject({
        cipher: "aes128-cbc",
        mac: "hmac-sha2-256",
      });
    });

    it("is at ease with a server that has anything better", () => {
      for (const cipher of DEFAULT_PREFERENCES.cipher.filter((name) => name !== CHACHA)) {
        const chosen = negotiate(DEFAULT_PREFERENCES, {
          ...KexInit.decode(propose(DEFAULT_PREFERENCES, cookie, false)),
          cipherClientToServer: [CHACHA, cipher],
          cipherServerToClient: [CHACHA, cipher],
        });
        expect(chosen.outgoing.cipher).toBe(cipher);
      }
    });
  });

  it("takes the strict marker from the first proposal only", () => {
    const marked = theirs({ kex: ["k1", STRICT_SERVER], ...bothWays([CHACHA]) });
    expect(negotiate(ours, marked)).toMatchObject({ strict: true, outgoing: { cipher: CHACHA } });
    expect(negotiate(ours, theirs(bothWays([CHACHA])), true).strict).toBe(true);
    expect(() => negotiate(ours, marked, false)).toThrow(SshError);
  });

  it("knows whether the server takes EXT_INFO from us (RFC 8308 2.1)", () => {
    expect(negotiate(ours, theirs({ kex: ["k1", EXT_INFO_SERVER] })).takesExtensionInfo).toBe(true);
  });

  // RFC 4253 7: a guess is right when the first key exchange and the first host key algorithm are the same.
  it.each<[boolean, Partial<Proposal>]>([
    [false, {}],
    [true, { kex: ["k2", "k1"] }],
    [true, { kex: ["unknown", "k1"] }],
    [true, { hostKey: ["h2", "h1"] }],
    [true, { hostKey: ["h1-cert", "h1"] }],
    [false, { kex: ["k1"], hostKey: ["h1"] }],
  ])("drops a guess: %s for %j", (dropGuess, changes) => {
    expect(negotiate(ours, theirs({ ...changes, firstKexPacketFollows: true })).dropGuess).toBe(dropGuess);
    expect(negotiate(ours, theirs(changes)).dropGuess).toBe(false);
  });
});

describe("old algorithms", () => {
  it("stand behind everything else, and only where they were allowed", () => {
    expect(preferencesFor(false)).toBe(DEFAULT_PREFERENCES);
    const both = preferencesFor(true);
    for (const list of ["kex", "hostKey", "cipher", "mac", "compression"] as const) {
      expect(both[list]).toEqual([...DEFAULT_PREFERENCES[list], ...LEGACY[list]]);
      expect(LEGACY[list].filter((name) => DEFAULT_PREFERENCES[list].includes(name))).toEqual([]);
    }
  });

  it("every name of both lists can be done, and nothing is done that is in neither", () => {
    const all = preferencesFor(true);
    expect([...all.kex].sort()).toEqual(Object.keys(keyExchanges).sort());
    expect([...all.cipher].sort()).toEqual(Object.keys(cipherSuites).sort());
    expect([...all.mac].sort()).toEqual(Object.keys(macs).sort());
    expect([...all.compression].sort()).toEqual([...Object.keys(compressions), "none"].sort());
  });
});

describe("our proposal", () => {
  it("names no key exchange, cipher or MAC of its own accord, and never guesses", () => {
    const decoded = KexInit.decode(propose(DEFAULT_PREFERENCES, cookie.fill(3), true));
    expect(decoded).toMatchObject({ cookie, firstKexPacketFollows: false, reserved: 0 });
    expect(decoded.kex.slice(0, -2)).toEqual(DEFAULT_PREFERENCES.kex);
    expect(decoded.kex.slice(-2)).toEqual(["ext-info-c", "kex-strict-c-v00@openssh.com"]);
    for (const list of [decoded.cipherClientToServer, decoded.macServerToClient]) expect(list).not.toContain("none");
    expect(decoded.hostKey).not.toContain("ssh-rsa");
    expect(KexInit.decode(propose(DEFAULT_PREFERENCES, cookie, false)).kex).toEqual(DEFAULT_PREFERENCES.kex);
  });
});
