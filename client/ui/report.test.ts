import { describe, expect, it } from "vitest";
import type { Basis } from "../knownhosts/claim.ts";
import type { ConnectionFacts } from "../switchboard/messages.ts";
import { reportOf, reportText } from "./report.ts";
import { reduce, type SessionEvent, startSession } from "./state.ts";

const direction = { cipher: "aes128-gcm@openssh.com", mac: "implicit", compression: "none" };
const modern: ConnectionFacts = {
  serverIdentification: "SSH-2.0-OpenSSH_9.2p1 Debian-2",
  kex: "sntrup761x25519-sha512@openssh.com",
  postQuantum: true,
  strict: true,
  hostKeyAlgorithm: "ssh-ed25519",
  hostKeyFingerprint: `SHA256:${"x".repeat(43)}`,
  outgoing: direction,
  incoming: direction,
  legacy: [],
};
const cbc = { cipher: "aes128-cbc", mac: "hmac-sha1", compression: "none" };
const old: ConnectionFacts = {
  ...modern,
  kex: "diffie-hellman-group14-sha1",
  postQuantum: false,
  strict: false,
  outgoing: cbc,
  incoming: { ...direction, cipher: "aes256-ctr", mac: "hmac-sha2-256" },
  legacy: ["diffie-hellman-group14-sha1", "aes128-cbc", "hmac-sha1"],
};
const having = (...events: SessionEvent[]) =>
  events.reduce(
    (session, event) => reduce(session, event, 0),
    startSession({ host: "2001:db8::1", port: 2222, user: "alice" }),
  );
const agreed = (facts: ConnectionFacts): SessionEvent => ({ type: "facts", facts });
const opened: SessionEvent = { type: "step", step: "shell", state: "done", elapsed: 1 };
const row = (session: ReturnType<typeof having>, wanted: string) =>
  reportOf(session, "r:8022")
    .flatMap(({ rows }) => rows)
    .find(({ name }) => name === wanted);

describe("the report of a connection", () => {
  it("says each algorithm once where both directions have the same", () => {
    const session = having(agreed(modern));
    expect(row(session, "Cipher")?.values).toEqual(["aes128-gcm@openssh.com"]);
    expect(row(session, "MAC")?.values).toEqual(["part of the cipher"]);
    expect(row(session, "Key exchange")).toMatchObject({ mark: "good", note: expect.stringMatching(/^Post-quantum/) });
    expect(row(session, "Strict key exchange")?.values).toEqual(["Yes"]);
  });

  it("says what each direction has where they differ, and marks what is old", () => {
    const session = having(agreed(old));
    expect(row(session, "Cipher")).toMatchObject({
      values: ["aes128-cbc to the server", "aes256-ctr from the server"],
      mark: "old",
    });
    expect(row(session, "Key exchange")).toMatchObject({
      mark: "old",
      note: expect.stringMatching(/^Not post-quantum/),
    });
    expect(row(session, "Strict key exchange")).toMatchObject({ values: ["No"], note: expect.any(String) });
    expect(row(session, "Compression")?.mark).toBeUndefined();
    expect(reportText(session, "r:8022")).toContain(
      "Old algorithms in use: diffie-hellman-group14-sha1, aes128-cbc, hmac-sha1\n",
    );
  });

  it.each<[Basis, RegExp]>([
    [{ kind: "known" }, /^It is one of your known hosts/],
    [{ kind: "certified", authority: `SHA256:${"y".repeat(43)}` }, /^Its certificate/],
    [{ kind: "vouched", origin: "https://relay.example" }, /^Vouched for by https:\/\/relay\.example, for this/],
    [{ kind: "asked", saved: true }, /saved\.$/],
    [{ kind: "asked", saved: false }, /for this connection only\.$/],
    [{ kind: "new", saved: true }, /^Accepted and saved unasked/],
    [{ kind: "new", saved: false }, /could not be saved/],
  ])("says why the host key is trusted: %j", (basis, why) => {
    const session = having(agreed(modern), { type: "trusted", basis });
    expect(row(session, "Trusted because")?.values).toEqual([expect.stringMatching(why)]);
    expect(row(session, "Authority")?.values).toEqual(basis.kind === "certified" ? [basis.authority] : undefined);
    expect(row(having(agreed(modern)), "Trusted because")).toBeUndefined();
  });

  it("is of what was agreed last: a rekey changes it", () => {
    expect(row(having(agreed(old), agreed(modern)), "Cipher")?.values).toEqual(["aes128-gcm@openssh.com"]);
  });

  it("quotes the server without its control characters, and not at any length", () => {
    const session = having(agreed({ ...modern, serverIdentification: `SSH-2.0-\u202eevil\n${"x".repeat(999)}` }));
    expect(row(session, "Calls itself")).toMatchObject({
      kind: "quoted",
      values: [expect.stringMatching(/^SSH-2.0-\ufffdevil x/)],
    });
    expect(row(session, "Calls itself")?.values[0]?.length).toBeLessThan(260);
  });

  it("says how and since when the user is there, how far away that is, and through which relay", () => {
    const at = new Date(2026, 10, 22, 14, 5).getTime();
    const session = having(agreed(modern), { type: "logged-in", method: "publickey", at }, opened);
    const text = reportText(session, "r:8022");
    expect(text).toContain("Connection to [2001:db8::1]:2222\n");
    expect(text).toContain("  User: alice, with a key\n");
    expect(text).toMatch(/ {2}Connected: since November 22, 2026.* 14:05\n/);
    expect(text).toContain("  Round trip: not measured yet\n");
    expect(text).toContain("  Relay: r:8022");
    expect(reportText(reduce(session, { type: "round-trip", milliseconds: 12 }, 0), "r")).toContain(
      "Round trip: 12 ms\n",
    );
  });

  it.each([
    ["none", "without being asked for any proof"],
    ["gssapi\u202e", "by gssapi\ufffd"],
  ])("says of the method %j: %s", (method, words) =>
    expect(row(having({ type: "logged-in", method, at: 0 }), "User")?.values).toEqual([`alice, ${words}`]),
  );
});
