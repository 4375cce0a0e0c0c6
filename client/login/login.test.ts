import { describe, expect, it } from "vitest";
import { ed25519Signer } from "../../e2e/scripted/signers.ts";
import { ascii, concat } from "../bytes/bytes.ts";
import { message, string, text } from "../bytes/message.ts";
import { Writer } from "../bytes/wire.ts";
import type { Signer } from "../keys/signer.ts";
import {
  KeyAccepted,
  KeyboardInteractiveRequest,
  NoneRequest,
  PublicKeyQuery,
  ServiceAccept,
  ServiceRequest,
} from "./auth-messages.ts";
import { idleLogin, infoRequest, Scene, thrown } from "./scripted-peer.ts";

const banner = (text: Uint8Array, after = new Writer().text("").done()) =>
  new Writer().byte(53).string(text).bytes(after).done();

describe("the start of the login", () => {
  it("asks for the service, then for the methods with none", async () => {
    const scene = new Scene("alice");
    expect(ServiceRequest.decode(await scene.sent())).toEqual({ service: "ssh-userauth" });
    expect(scene.unread).toBe(0);
    scene.say(ServiceAccept.encode({ service: "ssh-userauth" }));
    expect(NoneRequest.decode(await scene.sent())).toEqual({
      user: "alice",
      service: "ssh-connection",
      method: "none",
    });
  });

  it("is over at once where none is enough, and says that nobody proved anything", async () => {
    const scene = new Scene();
    await scene.service();
    await scene.sent();
    scene.succeed();
    expect(scene.authentications).toBe(1);
    expect(await scene.result).toEqual({ method: "none", proved: false });
  });

  it.each([
    ["another service", ServiceAccept.encode({ service: "ssh-connection" })],
    ["no service", Uint8Array.of(6)],
    ["bytes after it", concat(ServiceAccept.encode({ service: "ssh-userauth" }), Uint8Array.of(0))],
  ])("refuses a SERVICE_ACCEPT with %s", async (_what, payload) => {
    const scene = new Scene();
    await scene.sent();
    expect(thrown(() => scene.say(payload))).toMatch(/^protocol/);
  });

  it("refuses a second SERVICE_ACCEPT", async () => {
    const scene = new Scene();
    await scene.service();
    await scene.sent();
    expect(thrown(() => scene.say(ServiceAccept.encode({ service: "ssh-userauth" })))).toMatch(/^protocol/);
  });

  it.each(["a\0b", "a\nb", "\u001b[2J", "a\u0085"])(
    "refuses the user name %j before anything is sent",
    async (user) => {
      const scene = new Scene(user);
      expect((await scene.error()).code).toBe("authentication");
      expect(scene.unread).toBe(0);
    },
  );

  it("sends a user name in UTF-8", async () => {
    const scene = new Scene("zo\u00eb");
    await scene.service();
    expect(NoneRequest.decode(await scene.sent()).user).toBe("zo\u00eb");
  });
});

describe("what is offered to the person", () => {
  it.each([
    [["publickey", "password", "keyboard-interactive"], { password: true, key: true, challenge: true }],
    [["password"], { password: true, key: false, challenge: false }],
    [["publickey"], { password: false, key: true, challenge: false }],
    [["publickey", "keyboard-interactive"], { password: false, key: true, challenge: true }],
    [["gssapi-with-mic", "password"], { password: true, key: false, challenge: false }],
  ])("for %j is what the server accepts", async (methods, offered) => {
    const scene = new Scene();
    await scene.open(methods);
    const { question } = await scene.person.credentials.next();
    expect(question).toEqual({ kind: "credential", ...offered, problem: undefined, furtherFactor: false });
  });

  it("is nothing where the server only asks questions of its own: those come at once", async () => {
    const scene = new Scene();
    await scene.open(["keyboard-interactive"]);
    expect(KeyboardInteractiveRequest.decode(await scene.sent()).method).toBe("keyboard-interactive");
    expect(scene.person.credentials.waiting).toBe(0);
  });

  it.each([
    [["hostbased", "gssapi-with-mic"], "hostbased, gssapi-with-mic", /hostbased.*Kerberos/],
    [[], undefined, /no way to log in/],
    [["frob@example.com"], "frob@example.com", /Periwinkle does not have/],
    [["x\u001b[31mred", "y".repeat(60)], `x\ufffd[31mred, ${"y".repeat(60)}`, /Periwinkle does not have/],
  ])("is an error that names what the server wants for %j", async (methods, quoted, sentence) => {
    const scene = new Scene();
    await scene.open(methods);
    const error = await scene.error();
    expect(error.code).toBe("authentication");
    expect(error.message).toMatch(sentence);
    expect(error.quoted).toBe(quoted);
  });

  it("quotes no more than a line of an endless list", async () => {
    const scene = new Scene();
    await scene.open(Array.from({ length: 900 }, (_, i) => `method-${i}`));
    expect((await scene.error()).quoted?.length).toBeLessThan(310);
  });

  it("is refused by an answer to another question", async () => {
    const scene = new Scene();
    await scene.open(["publickey"]);
    const password = await scene.password("secret");
    expect((await scene.error()).code).toBe("internal");
    expect(password).toEqual(new Uint8Array(6));
    expect(scene.unread).toBe(0);
  });
});

describe("partial success", () => {
  /** The server takes the key, and wants one of `methods` as well. */
  const keyTaken = async (scene: Scene, signer: Signer, methods: readonly string[]) => {
    await scene.query(signer);
    scene.say(KeyAccepted.encode({ algorithm: "ssh-ed25519", key: signer.publicKey }));
    await scene.sent();
    scene.fail(methods, true);
  };

  it("asks for the further factor, and names what completed the login", async () => {
    const scene = new Scene();
    const signer = ed25519Signer();
    await keyTaken(scene, signer, ["password", "keyboard-interactive"]);
    const { question, answer } = await scene.person.credentials.next();
    expect(question).toEqual({
      kind: "credential",
      password: true,
      key: false,
      challenge: true,
      problem: undefined,
      furtherFactor: true,
    });
    answer({ kind: "password", password: ascii("word") });
    await scene.sent();
    scene.fail(["keyboard-interactive"], true);
    await scene.sent();
    scene.say(infoRequest([]));
    await scene.sent();
    scene.succeed();
    expect(await scene.result).toEqual({ method: "keyboard-interactive", proved: true });
  });

  it("never sends a key again that the server has taken", async () => {
    const scene = new Scene();
    const signer = ed25519Signer();
    await keyTaken(scene, signer, ["publickey"]);
    (await scene.person.credentials.next()).answer({ kind: "key", signer });
    const again = await scene.person.credentials.next();
    expect(again.question).toMatchObject({ furtherFactor: true, problem: "key-refused" });
    expect(scene.unread).toBe(0);
    const other = ed25519Signer();
    again.answer({ kind: "key", signer: other });
    expect(PublicKeyQuery.decode(await scene.sent()).key).toEqual(other.publicKey);
  });

  it("does not count as a failure, and yet cannot go on without end", async () => {
    const scene = new Scene();
    await scene.open(["password"]);
    for (let i = 0; i < 20; i++) {
      await scene.password("word");
      await scene.sent();
      scene.fail(["password"], true);
    }
    const last = await scene.password("word");
    const error = await scene.error();
    expect(error.message).toContain("20 rounds");
    expect(error.message).toContain("Accepted: a password");
    expect(last.every((byte) => byte === 0)).toBe(true);
    expect(scene.unread).toBe(0);
  });

  it("gives the server's own questions another chance", async () => {
    const scene = new Scene();
    await scene.open(["password", "keyboard-interactive"]);
    await scene.offer({ kind: "challenge" });
    scene.fail(["password", "keyboard-interactive"]);
    await scene.password("word");
    await scene.sent();
    scene.fail(["password", "keyboard-interactive"], true);
    expect((await scene.person.credentials.next()).question).toMatchObject({ challenge: true, furtherFactor: true });
  });

  it("says what was taken when the rest is not possible here", async () => {
    const scene = new Scene();
    await scene.open(["password"]);
    await scene.password("word");
    await scene.sent();
    scene.fail(["hostbased"], true);
    const { message, quoted } = await scene.error();
    expect(message).toContain("Accepted: a password.");
    expect(message).toContain("hostbased");
    expect(quoted).toBe("hostbased");
  });
});

describe("banners", () => {
  it("are shown whenever they come, cleaned", async () => {
    const scene = new Scene();
    scene.say(banner(ascii("early")));
    await scene.open(["password"]);
    scene.say(banner(ascii("Hello\r\n\u001b[31mred\tend\n")));
    expect(scene.person.banners).toEqual(["early", "Hello\n\ufffd[31mred\tend\n"]);
  });

  it.each([
    ["a NUL that counts as text", banner(ascii("Hi\0"))],
    ["a NUL behind the language", banner(ascii("Hi"), Uint8Array.of(0, 0, 0, 0, 0))],
    ["no language", banner(ascii("Hi"), new Uint8Array(0))],
  ])("may have %s", (_what, payload) => {
    const scene = new Scene();
    scene.say(payload);
    expect(scene.person.banners).toEqual(["Hi"]);
  });

  it("with bad UTF-8 are shown as far as they go", () => {
    const scene = new Scene();
    scene.say(banner(Uint8Array.of(0x48, 0xff, 0x69)));
    expect(scene.person.banners).toEqual(["H\ufffdi"]);
  });

  it("are bounded in length and in number, and empty ones are not shown", () => {
    const scene = new Scene();
    scene.say(banner(ascii(" \n")));
    for (let i = 0; i < 100; i++) scene.say(banner(ascii("x".repeat(100_000))));
    expect(scene.person.banners).toHaveLength(31);
    expect(scene.person.banners[0]).toHaveLength(16 * 1024 + 1);
  });

  it("before the login began are an error", () => {
    const login = idleLogin();
    expect(thrown(() => login.receive(banner(ascii("Hi"))))).toMatch(/^protocol/);
  });

  it("longer than their message are an error", () => {
    const scene = new Scene();
    expect(thrown(() => scene.say(message(53, { text: text }).encode({ text: "x" }).fill(255, 1, 5)))).toMatch(
      /^protocol/,
    );
    expect(thrown(() => scene.say(message(53, { text: string }).encode({ text: ascii("x") })))).toBe("accepted");
  });
});
