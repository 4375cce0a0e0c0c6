import { describe, expect, it } from "vitest";
import { ed25519Signer, rsaSigner } from "../../e2e/scripted/signers.ts";
import { ascii } from "../bytes/bytes.ts";
import { Writer } from "../bytes/wire.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { HostBoundQuery, HostBoundRequest, KeyAccepted, PublicKeyQuery, PublicKeyRequest } from "./auth-messages.ts";
import { Scene, thrown } from "./scripted-peer.ts";

describe("publickey", () => {
  it("asks whether the key would do, and only then signs", async () => {
    const scene = new Scene();
    const signer = ed25519Signer();
    const query = PublicKeyQuery.decode(await scene.query(signer));
    expect(query).toMatchObject({ method: "publickey", signed: false, algorithm: "ssh-ed25519" });
    expect(query.key).toEqual(signer.publicKey);
    scene.say(KeyAccepted.encode({ algorithm: "ssh-ed25519", key: signer.publicKey }));
    const request = PublicKeyRequest.decode(await scene.sent());
    expect(request).toMatchObject({ user: "alice", service: "ssh-connection", signed: true, algorithm: "ssh-ed25519" });
    // RFC 4252 7, built here field by field.
    const signed = new Writer()
      .string(scene.sessionId)
      .byte(50)
      .text("alice")
      .text("ssh-connection")
      .text("publickey")
      .boolean(true)
      .text("ssh-ed25519")
      .string(signer.publicKey)
      .done();
    expect(signer.verifies(request.signature, signed)).toBe(true);
    scene.succeed();
    expect(await scene.result).toEqual({
      method: "publickey",
      keyFingerprint: fingerprint(signer.publicKey),
      proved: true,
    });
  });

  it.each([
    ["none announced", undefined, rsaSigner(), "rsa-sha2-512"],
    ["both announced", ["ssh-ed25519", "rsa-sha2-256", "rsa-sha2-512"], rsaSigner(), "rsa-sha2-512"],
    ["the lesser announced", ["ssh-rsa", "rsa-sha2-256"], rsaSigner(), "rsa-sha2-256"],
    ["only SHA-1 announced", ["ssh-rsa"], rsaSigner(), "rsa-sha2-512"],
    ["only RSA announced for an Ed25519 key", ["rsa-sha2-512"], ed25519Signer(), "ssh-ed25519"],
  ])("uses the right algorithm with %s", async (_what, announced, signer, algorithm) => {
    const scene = new Scene();
    await scene.open(["publickey"]);
    scene.serverSignatureAlgorithms = announced; // EXT_INFO may come during the login (OpenSSH PROTOCOL 1.10)
    expect(PublicKeyQuery.decode(await scene.offer({ kind: "key", signer })).algorithm).toBe(algorithm);
  });

  it("names the server's host key in the question, in what is signed and in the request, where the server checks that", async () => {
    const scene = new Scene();
    const signer = ed25519Signer();
    scene.hostBoundTo = ascii("the host key");
    const query = HostBoundQuery.decode(await scene.query(signer));
    expect(query).toMatchObject({ method: "publickey-hostbound-v00@openssh.com", signed: false });
    expect(query.hostKey).toEqual(scene.hostBoundTo);
    scene.say(KeyAccepted.encode({ algorithm: "ssh-ed25519", key: signer.publicKey }));
    const request = HostBoundRequest.decode(await scene.sent());
    expect(request).toMatchObject({ method: "publickey-hostbound-v00@openssh.com", signed: true });
    // OpenSSH PROTOCOL 3.1, built here field by field.
    const signed = new Writer()
      .string(scene.sessionId)
      .byte(50)
      .text("alice")
      .text("ssh-connection")
      .text("publickey-hostbound-v00@openssh.com")
      .boolean(true)
      .text("ssh-ed25519")
      .string(signer.publicKey)
      .text("the host key")
      .done();
    expect(signer.verifies(request.signature, signed)).toBe(true);
    scene.succeed();
    expect(await scene.result).toMatchObject({ method: "publickey", proved: true });
  });

  it("takes the key's type for an echo of its algorithm", async () => {
    const scene = new Scene();
    await scene.query(rsaSigner());
    scene.say(KeyAccepted.encode({ algorithm: "ssh-rsa", key: rsaSigner().publicKey }));
    expect(PublicKeyRequest.decode(await scene.sent()).algorithm).toBe("rsa-sha2-512");
  });

  it.each([
    ["another key", { algorithm: "rsa-sha2-512", key: ascii("an RSB key") }],
    ["another algorithm", { algorithm: "rsa-sha2-256", key: rsaSigner().publicKey }],
  ])("refuses an echo of %s, and signs nothing", async (_what, echo) => {
    const scene = new Scene();
    await scene.open(["publickey"]);
    let signatures = 0;
    const signer = rsaSigner({
      sign: async () => {
        signatures++;
        return ascii("signature");
      },
    });
    await scene.offer({ kind: "key", signer });
    expect(thrown(() => scene.say(KeyAccepted.encode(echo)))).toMatch(/^protocol/);
    scene.abort();
    await scene.error();
    expect(signatures).toBe(0);
  });

  it("refuses to be let in, or half in, by a query", async () => {
    for (const trick of [(scene: Scene) => scene.succeed(), (scene: Scene) => scene.fail(["publickey"], true)]) {
      const scene = new Scene();
      await scene.query(rsaSigner());
      expect(thrown(() => trick(scene))).toMatch(/^protocol/);
      expect(scene.authentications).toBe(0);
    }
  });

  it("can be refused as a query and as a signature; both ask the person again", async () => {
    const scene = new Scene();
    await scene.open(["publickey", "password"]);
    await scene.offer({ kind: "key", signer: rsaSigner() });
    scene.fail(["publickey", "password"]);
    const again = await scene.person.credentials.next();
    expect(again.question).toMatchObject({ key: true, password: true, problem: "key-refused" });
    again.answer({ kind: "key", signer: rsaSigner() });
    await scene.sent();
    scene.say(KeyAccepted.encode({ algorithm: "rsa-sha2-512", key: rsaSigner().publicKey }));
    await scene.sent();
    scene.fail(["password"]);
    expect((await scene.person.credentials.next()).question).toMatchObject({ key: false, problem: "key-refused" });
  });

  it("ends the login where the key cannot sign", async () => {
    const scene = new Scene();
    await scene.open(["publickey"]);
    (await scene.person.credentials.next()).answer({ kind: "key", signer: rsaSigner({ algorithms: [] }) });
    expect((await scene.error()).code).toBe("unsupported");
  });
});
