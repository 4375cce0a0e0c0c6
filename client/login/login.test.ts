import { createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ascii, concat } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { message, string, text } from "../bytes/message.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { Reader, Writer } from "../bytes/wire.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import type { Signer } from "../keys/signer.ts";
import {
  Failure,
  KeyAccepted,
  KeyboardInteractiveRequest,
  NoneRequest,
  PasswordChange,
  PasswordChangeRequired,
  PasswordRequest,
  PublicKeyQuery,
  PublicKeyRequest,
  ServiceAccept,
  ServiceRequest,
  Success,
} from "./auth-messages.ts";
import type { LoginTransport } from "./auth-requests.ts";
import { Login, type LoginResult } from "./login.ts";
import type { ChallengeQuestion, Credential, CredentialQuestion, LoginPrompts, NewPasswordQuestion } from "./prompt.ts";

/** Values handed over one by one: `next` waits for the one that `push` brings. */
class Handover<T> {
  readonly #values: T[] = [];
  #take: ((value: T) => void) | undefined;

  push(value: T): void {
    const take = this.#take;
    this.#take = undefined;
    if (take) take(value);
    else this.#values.push(value);
  }

  next(): Promise<T> {
    const value = this.#values.shift();
    if (value !== undefined) return Promise.resolve(value);
    return new Promise((resolve) => {
      this.#take = resolve;
    });
  }

  get waiting(): number {
    return this.#values.length;
  }
}

interface Asked<Q, A> {
  readonly question: Q;
  readonly signal: AbortSignal;
  answer(answer: A | null): void;
  fail(error: unknown): void;
}

/** A person who answers when the test says so. */
class Person implements LoginPrompts {
  readonly credentials = new Handover<Asked<CredentialQuestion, Credential>>();
  readonly challenges = new Handover<Asked<ChallengeQuestion, readonly Uint8Array[]>>();
  readonly newPasswords = new Handover<Asked<NewPasswordQuestion, { old: Uint8Array; fresh: Uint8Array }>>();
  readonly banners: string[] = [];

  credential = (question: CredentialQuestion, signal: AbortSignal) => ask(this.credentials, question, signal);
  challenge = (question: ChallengeQuestion, signal: AbortSignal) => ask(this.challenges, question, signal);
  newPassword = (question: NewPasswordQuestion, signal: AbortSignal) => ask(this.newPasswords, question, signal);
  banner(text: string): void {
    this.banners.push(text);
  }
}

function ask<Q, A>(to: Handover<Asked<Q, A>>, question: Q, signal: AbortSignal): Promise<A | null> {
  return new Promise((resolve, reject) => to.push({ question, signal, answer: resolve, fail: reject }));
}

/** The server's side, played by the test, with the login and the person in one place. */
class Scene implements LoginTransport {
  readonly sessionId = ascii("the session id of 32 bytes......");
  serverSignatureAlgorithms: readonly string[] | undefined = undefined;
  readonly signal: AbortSignal;
  readonly person = new Person();
  readonly login: Login;
  readonly result: Promise<LoginResult>;
  authentications = 0;
  readonly #over = new AbortController();
  readonly #sent = new Handover<Uint8Array>();
  /** The very arrays that were given to send. */
  readonly #given: Uint8Array[] = [];

  constructor(user = "alice") {
    this.signal = this.#over.signal;
    this.login = new Login(this);
    this.result = this.login.run(user, this.person);
    this.result.catch(() => {});
  }

  send(payload: Uint8Array): Promise<void> {
    if (this.signal.aborted) return Promise.reject(this.signal.reason);
    this.#given.push(payload);
    this.#sent.push(payload.slice());
    return Promise.resolve();
  }

  authenticated(): void {
    this.authentications++;
  }

  abort(reason = new SshError("lost", "The server closed the connection.")): SshError {
    this.#over.abort(reason);
    return reason;
  }

  sent(): Promise<Uint8Array> {
    return this.#sent.next();
  }

  get unread(): number {
    return this.#sent.waiting;
  }

  get allWiped(): boolean {
    return this.#given.every((payload) => payload.every((byte) => byte === 0));
  }

  say(payload: Uint8Array): void {
    this.login.receive(payload);
  }

  fail(methods: readonly string[], partialSuccess = false): void {
    this.say(Failure.encode({ methods, partialSuccess }));
  }

  succeed(): void {
    this.say(Success.encode({}));
  }

  /** Up to the answer to `none`. */
  async open(methods: readonly string[]): Promise<void> {
    await this.service();
    NoneRequest.decode(await this.sent());
    this.fail(methods);
  }

  async service(): Promise<void> {
    ServiceRequest.decode(await this.sent());
    this.say(ServiceAccept.encode({ service: "ssh-userauth" }));
  }

  /** The person types a password; the array that was handed over comes back. */
  async password(word: string): Promise<Uint8Array> {
    const password = encodeUtf8(word);
    (await this.person.credentials.next()).answer({ kind: "password", password });
    return password;
  }

  async error(): Promise<SshError> {
    try {
      await this.result;
    } catch (error) {
      if (error instanceof SshError) return error;
      throw error;
    }
    throw new Error("the login succeeded");
  }
}

/** What `receive` throws, which is the moment at which the connection ends. */
function thrown(action: () => void): string {
  try {
    action();
  } catch (error) {
    return error instanceof SshError ? `${error.code}: ${error.message}` : String(error);
  }
  return "accepted";
}

const infoRequest = (prompts: readonly [string, boolean][], name = "", instruction = "") => {
  const writer = new Writer().byte(60).text(name).text(instruction).text("").uint32(prompts.length);
  for (const [text, echo] of prompts) writer.text(text).boolean(echo);
  return writer.done();
};

const banner = (text: Uint8Array, after = new Writer().text("").done()) =>
  new Writer().byte(53).string(text).bytes(after).done();

function answersIn(payload: Uint8Array): string[] {
  const reader = new Reader(payload);
  expect(reader.byte()).toBe(61);
  const answers = Array.from({ length: reader.uint32() }, () => reader.text());
  reader.end();
  return answers;
}

function ed25519(): Signer & { verifies(signature: Uint8Array, data: Uint8Array): boolean } {
  const { privateKey } = generateKeyPairSync("ed25519");
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return {
    publicKey: new Writer().text("ssh-ed25519").string(spki.subarray(-32)).done(),
    keyType: "ssh-ed25519",
    comment: "",
    algorithms: ["ssh-ed25519"],
    sign: async (algorithm, data) =>
      new Writer()
        .text(algorithm)
        .string(sign(null, data, privateKey))
        .done(),
    verifies(signature, data) {
      const reader = new Reader(signature);
      return reader.text() === "ssh-ed25519" && verify(null, data, createPublicKey(privateKey), reader.string());
    },
  };
}

const rsa = (over: Partial<Signer> = {}): Signer => ({
  publicKey: ascii("an RSA key"),
  keyType: "ssh-rsa",
  comment: "",
  algorithms: ["rsa-sha2-512", "rsa-sha2-256"],
  sign: async (algorithm) => new Writer().text(algorithm).text("signature").done(),
  ...over,
});

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

describe("password", () => {
  it("is sent once, wiped, and lets in", async () => {
    const scene = new Scene();
    await scene.open(["password"]);
    const password = await scene.password("p\u00e4ss");
    const request = PasswordRequest.decode(await scene.sent());
    expect(request).toMatchObject({ user: "alice", service: "ssh-connection", method: "password", change: false });
    expect(request.password).toEqual(encodeUtf8("p\u00e4ss"));
    scene.succeed();
    expect(await scene.result).toEqual({ method: "password", proved: true });
    expect(password.every((byte) => byte === 0)).toBe(true);
    expect(scene.allWiped).toBe(true);
  });

  it("is asked for again after a refusal, with the list as it is now", async () => {
    const scene = new Scene();
    await scene.open(["password", "publickey"]);
    await scene.password("wrong");
    await scene.sent();
    scene.fail(["password"]);
    const again = await scene.person.credentials.next();
    expect(again.question).toMatchObject({ password: true, key: false, problem: "password-refused" });
    expect(scene.unread).toBe(0);
    again.answer({ kind: "password", password: ascii("right") });
    expect(PasswordRequest.decode(await scene.sent()).password).toEqual(ascii("right"));
    scene.succeed();
    expect((await scene.result).method).toBe("password");
  });

  it("ends after six refusals, and says what was tried and what would do", async () => {
    const scene = new Scene();
    await scene.open(["password", "publickey"]);
    for (let i = 0; i < 6; i++) {
      await scene.password("wrong");
      await scene.sent();
      scene.fail(["password", "publickey"]);
    }
    const error = await scene.error();
    expect(error.code).toBe("authentication");
    expect(error.message).toContain("refused 6 attempts");
    expect(error.message).toContain("Refused: a password (6 times).");
    expect(error.message).toContain("It would accept: a password, a key.");
    expect(error.message).not.toContain("wrong");
    expect(scene.person.credentials.waiting).toBe(0);
  });

  it("is changed where the server wants that", async () => {
    const scene = new Scene();
    await scene.open(["password"]);
    await scene.password("old");
    await scene.sent();
    scene.say(PasswordChangeRequired.encode({ prompt: ascii("Expired.\u001b[2J"), language: "" }));
    const asked = await scene.person.newPasswords.next();
    expect(asked.question).toEqual({ kind: "new-password", text: "Expired.\ufffd[2J" });
    const answer = { old: ascii("old"), fresh: ascii("new") };
    asked.answer(answer);
    const change = PasswordChange.decode(await scene.sent());
    expect(change).toMatchObject({ method: "password", change: true });
    expect([change.old, change.fresh]).toEqual([ascii("old"), ascii("new")]);
    expect([...answer.old, ...answer.fresh]).toEqual([0, 0, 0, 0, 0, 0]);
    scene.succeed();
    expect(await scene.result).toEqual({ method: "password", proved: true });
  });

  it("is changed once more where the new one will not do, and can fail after that", async () => {
    const scene = new Scene();
    await scene.open(["password"]);
    await scene.password("old");
    for (let i = 0; i < 2; i++) {
      await scene.sent();
      scene.say(PasswordChangeRequired.encode({ prompt: ascii("Again"), language: "" }));
      (await scene.person.newPasswords.next()).answer({ old: ascii("old"), fresh: ascii("new") });
    }
    await scene.sent();
    scene.fail(["password"]);
    expect((await scene.person.credentials.next()).question.problem).toBe("password-refused");
  });

  it("is not changed without end", async () => {
    const scene = new Scene();
    await scene.open(["password"]);
    await scene.password("old");
    for (let i = 0; i < 20; i++) {
      await scene.sent();
      scene.say(PasswordChangeRequired.encode({ prompt: ascii("Again"), language: "" }));
      (await scene.person.newPasswords.next()).answer({ old: ascii("old"), fresh: ascii("new") });
    }
    expect((await scene.error()).message).toContain("20 rounds");
  });
});

describe("publickey", () => {
  it("asks whether the key would do, and only then signs", async () => {
    const scene = new Scene();
    const signer = ed25519();
    await scene.open(["publickey"]);
    (await scene.person.credentials.next()).answer({ kind: "key", signer });
    const query = PublicKeyQuery.decode(await scene.sent());
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
    ["none announced", undefined, rsa(), "rsa-sha2-512"],
    ["both announced", ["ssh-ed25519", "rsa-sha2-256", "rsa-sha2-512"], rsa(), "rsa-sha2-512"],
    ["the lesser announced", ["ssh-rsa", "rsa-sha2-256"], rsa(), "rsa-sha2-256"],
    ["only SHA-1 announced", ["ssh-rsa"], rsa(), "rsa-sha2-512"],
    ["only RSA announced for an Ed25519 key", ["rsa-sha2-512"], ed25519(), "ssh-ed25519"],
  ])("uses the right algorithm with %s", async (_what, announced, signer, algorithm) => {
    const scene = new Scene();
    await scene.open(["publickey"]);
    scene.serverSignatureAlgorithms = announced; // EXT_INFO may come during the login (OpenSSH PROTOCOL 1.10)
    (await scene.person.credentials.next()).answer({ kind: "key", signer });
    expect(PublicKeyQuery.decode(await scene.sent()).algorithm).toBe(algorithm);
  });

  it("takes the key's type for an echo of its algorithm", async () => {
    const scene = new Scene();
    await scene.open(["publickey"]);
    (await scene.person.credentials.next()).answer({ kind: "key", signer: rsa() });
    await scene.sent();
    scene.say(KeyAccepted.encode({ algorithm: "ssh-rsa", key: rsa().publicKey }));
    expect(PublicKeyRequest.decode(await scene.sent()).algorithm).toBe("rsa-sha2-512");
  });

  it.each([
    ["another key", { algorithm: "rsa-sha2-512", key: ascii("an RSB key") }],
    ["another algorithm", { algorithm: "rsa-sha2-256", key: rsa().publicKey }],
  ])("refuses an echo of %s, and signs nothing", async (_what, echo) => {
    const scene = new Scene();
    await scene.open(["publickey"]);
    let signatures = 0;
    const signer = rsa({
      sign: async () => {
        signatures++;
        return ascii("signature");
      },
    });
    (await scene.person.credentials.next()).answer({ kind: "key", signer });
    await scene.sent();
    expect(thrown(() => scene.say(KeyAccepted.encode(echo)))).toMatch(/^protocol/);
    scene.abort();
    await scene.error();
    expect(signatures).toBe(0);
  });

  it("refuses to be let in, or half in, by a query", async () => {
    for (const trick of [(scene: Scene) => scene.succeed(), (scene: Scene) => scene.fail(["publickey"], true)]) {
      const scene = new Scene();
      await scene.open(["publickey"]);
      (await scene.person.credentials.next()).answer({ kind: "key", signer: rsa() });
      await scene.sent();
      expect(thrown(() => trick(scene))).toMatch(/^protocol/);
      expect(scene.authentications).toBe(0);
    }
  });

  it("can be refused as a query and as a signature; both ask the person again", async () => {
    const scene = new Scene();
    await scene.open(["publickey", "password"]);
    (await scene.person.credentials.next()).answer({ kind: "key", signer: rsa() });
    await scene.sent();
    scene.fail(["publickey", "password"]);
    const again = await scene.person.credentials.next();
    expect(again.question).toMatchObject({ key: true, password: true, problem: "key-refused" });
    again.answer({ kind: "key", signer: rsa() });
    await scene.sent();
    scene.say(KeyAccepted.encode({ algorithm: "rsa-sha2-512", key: rsa().publicKey }));
    await scene.sent();
    scene.fail(["password"]);
    expect((await scene.person.credentials.next()).question).toMatchObject({ key: false, problem: "key-refused" });
  });

  it("ends the login where the key cannot sign", async () => {
    const scene = new Scene();
    await scene.open(["publickey"]);
    (await scene.person.credentials.next()).answer({ kind: "key", signer: rsa({ algorithms: [] }) });
    expect((await scene.error()).code).toBe("unsupported");
  });
});

describe("keyboard-interactive", () => {
  const challenged = async (scene: Scene) => {
    await scene.open(["keyboard-interactive"]);
    await scene.sent();
  };

  it("answers several rounds, each with its own questions", async () => {
    const scene = new Scene();
    await challenged(scene);
    scene.say(infoRequest([["Password: ", false]], "PAM", "Welcome"));
    const first = await scene.person.challenges.next();
    expect(first.question).toEqual({
      kind: "challenge",
      name: "PAM",
      instruction: "Welcome",
      prompts: [{ text: "Password: ", echo: false }],
    });
    const answers = [encodeUtf8("s\u00e9cret")];
    first.answer(answers);
    expect(answersIn(await scene.sent())).toEqual(["s\u00e9cret"]);
    expect(answers[0]?.every((byte) => byte === 0)).toBe(true);
    scene.say(
      infoRequest([
        ["Code: ", true],
        ["Colour: ", true],
      ]),
    );
    (await scene.person.challenges.next()).answer([ascii("123456"), ascii("")]);
    expect(answersIn(await scene.sent())).toEqual(["123456", ""]);
    scene.succeed();
    expect(await scene.result).toEqual({ method: "keyboard-interactive", proved: true });
    expect(scene.allWiped).toBe(true);
  });

  it("answers no questions at once, shows what was said with them, and knows that nothing was proved", async () => {
    const scene = new Scene();
    await challenged(scene);
    scene.say(infoRequest([], "Notice", "Your password expires soon."));
    expect(answersIn(await scene.sent())).toEqual([]);
    expect(scene.person.challenges.waiting).toBe(0);
    expect(scene.person.banners).toEqual(["Notice\nYour password expires soon."]);
    scene.succeed();
    expect(await scene.result).toEqual({ method: "keyboard-interactive", proved: false });
  });

  it("shows nothing where nothing was said with no questions", async () => {
    const scene = new Scene();
    await challenged(scene);
    scene.say(infoRequest([]));
    await scene.sent();
    expect(scene.person.banners).toEqual([]);
  });

  it("asks again after a refusal", async () => {
    const scene = new Scene();
    await challenged(scene);
    scene.say(infoRequest([["Password: ", false]]));
    (await scene.person.challenges.next()).answer([ascii("wrong")]);
    await scene.sent();
    scene.fail(["keyboard-interactive"]);
    expect(KeyboardInteractiveRequest.decode(await scene.sent()).method).toBe("keyboard-interactive");
    scene.say(infoRequest([["Password: ", false]]));
    (await scene.person.challenges.next()).answer([ascii("right")]);
    await scene.sent();
    scene.succeed();
    expect((await scene.result).method).toBe("keyboard-interactive");
  });

  it("says in the next question that it was refused, where there is another way", async () => {
    const scene = new Scene();
    await scene.open(["password", "keyboard-interactive"]);
    (await scene.person.credentials.next()).answer({ kind: "challenge" });
    await scene.sent();
    scene.say(infoRequest([["Code: ", true]]));
    (await scene.person.challenges.next()).answer([ascii("1")]);
    await scene.sent();
    scene.fail(["password", "keyboard-interactive"]);
    expect((await scene.person.credentials.next()).question).toMatchObject({
      challenge: true,
      problem: "challenge-refused",
    });
  });

  it("is not tried again where the server failed it without a question", async () => {
    const scene = new Scene();
    await scene.open(["password", "keyboard-interactive"]);
    (await scene.person.credentials.next()).answer({ kind: "challenge" });
    await scene.sent();
    scene.fail(["password", "keyboard-interactive"]);
    expect((await scene.person.credentials.next()).question).toMatchObject({ password: true, challenge: false });

    const only = new Scene();
    await challenged(only);
    only.fail(["keyboard-interactive"]);
    expect((await only.error()).code).toBe("authentication");
    expect(only.unread).toBe(0);
  });

  it("ends a server that goes on asking nothing", async () => {
    const scene = new Scene();
    await scene.open(["keyboard-interactive"]);
    for (let i = 0; i < 20; i++) {
      await scene.sent();
      scene.say(infoRequest([]));
    }
    expect((await scene.error()).message).toContain("20 rounds");
    expect(scene.unread).toBe(0);
  });

  it.each([
    ["33 questions", infoRequest(Array.from({ length: 33 }, () => ["?", true]))],
    ["questions without end", concat(infoRequest([]).subarray(0, -4), Uint8Array.of(255, 255, 255, 255))],
    ["fewer questions than it says", concat(infoRequest([]).subarray(0, -4), Uint8Array.of(0, 0, 0, 1))],
    ["more questions than it says", concat(infoRequest([]), ascii("more"))],
    ["a name longer than the message", concat(Uint8Array.of(60, 0, 0, 1, 0), ascii("name"))],
  ])("refuses %s", async (_what, payload) => {
    const scene = new Scene();
    await challenged(scene);
    expect(thrown(() => scene.say(payload))).toMatch(/^protocol/);
  });

  it("takes 32 questions", async () => {
    const scene = new Scene();
    await challenged(scene);
    scene.say(infoRequest(Array.from({ length: 32 }, () => ["?", true])));
    expect((await scene.person.challenges.next()).question.prompts).toHaveLength(32);
  });

  it("cleans and bounds every text of the server", async () => {
    const scene = new Scene();
    await challenged(scene);
    const hostile = `\u001b]0;x\u0007\u202e\u0000${"A".repeat(20000)}`;
    scene.say(infoRequest([[hostile, true]], `a\nb${hostile}`, hostile));
    const { question } = await scene.person.challenges.next();
    for (const text of [question.name, question.instruction, question.prompts[0]?.text ?? ""]) {
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(text.length).toBeLessThanOrEqual(4098);
      expect(text).toMatch(/A\u2026$/);
    }
    expect(question.name).toMatch(/^a b/);
  });

  it("refuses answers that are not as many as the questions", async () => {
    const scene = new Scene();
    await challenged(scene);
    scene.say(
      infoRequest([
        ["One", true],
        ["Two", true],
      ]),
    );
    (await scene.person.challenges.next()).answer([ascii("1")]);
    expect((await scene.error()).code).toBe("internal");
  });
});

describe("partial success", () => {
  it("asks for the further factor, and names what completed the login", async () => {
    const scene = new Scene();
    const signer = ed25519();
    await scene.open(["publickey"]);
    (await scene.person.credentials.next()).answer({ kind: "key", signer });
    await scene.sent();
    scene.say(KeyAccepted.encode({ algorithm: "ssh-ed25519", key: signer.publicKey }));
    await scene.sent();
    scene.fail(["password", "keyboard-interactive"], true);
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
    const signer = ed25519();
    await scene.open(["publickey"]);
    (await scene.person.credentials.next()).answer({ kind: "key", signer });
    await scene.sent();
    scene.say(KeyAccepted.encode({ algorithm: "ssh-ed25519", key: signer.publicKey }));
    await scene.sent();
    scene.fail(["publickey"], true);
    (await scene.person.credentials.next()).answer({ kind: "key", signer });
    const again = await scene.person.credentials.next();
    expect(again.question).toMatchObject({ furtherFactor: true, problem: "key-refused" });
    expect(scene.unread).toBe(0);
    const other = ed25519();
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
    (await scene.person.credentials.next()).answer({ kind: "challenge" });
    await scene.sent();
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

describe("messages that answer nothing", () => {
  const KEY_ACCEPTED = KeyAccepted.encode({ algorithm: "rsa-sha2-512", key: rsa().publicKey });
  const unasked = {
    SUCCESS: Success.encode({}),
    FAILURE: Failure.encode({ methods: ["password"], partialSuccess: false }),
    "message 60": KEY_ACCEPTED,
    "a client's message 61": Uint8Array.of(61, 0, 0, 0, 0),
    "a client's message 50": Uint8Array.of(50),
    "message 62": Uint8Array.of(62),
    "no number": new Uint8Array(0),
  };

  const moments: readonly [string, (scene: Scene) => Promise<unknown>][] = [
    ["before SERVICE_ACCEPT", (scene) => scene.sent()],
    ["right behind SERVICE_ACCEPT, before we ask", (scene) => scene.service()],
    [
      "while the person is asked for a credential",
      async (scene) => {
        await scene.open(["password"]);
        await scene.person.credentials.next();
      },
    ],
    [
      "while the person answers a challenge",
      async (scene) => {
        await scene.open(["keyboard-interactive"]);
        await scene.sent();
        scene.say(infoRequest([["Code: ", true]]));
        await scene.person.challenges.next();
      },
    ],
    [
      "while the person chooses a new password",
      async (scene) => {
        await scene.open(["password"]);
        await scene.password("old");
        await scene.sent();
        scene.say(PasswordChangeRequired.encode({ prompt: ascii("Expired"), language: "" }));
        await scene.person.newPasswords.next();
      },
    ],
    [
      "while the key signs",
      async (scene) => {
        await scene.open(["publickey"]);
        const signing = new Handover<true>();
        const never = new Promise<Uint8Array>(() => {});
        const sign = () => {
          signing.push(true);
          return never;
        };
        (await scene.person.credentials.next()).answer({ kind: "key", signer: rsa({ sign }) });
        await scene.sent();
        scene.say(KEY_ACCEPTED);
        await signing.next();
      },
    ],
    [
      "after SUCCESS",
      async (scene) => {
        await scene.service();
        await scene.sent();
        scene.succeed();
        await scene.result;
      },
    ],
  ];

  it.each(
    moments.flatMap(([moment, reach]) =>
      Object.entries(unasked).map(([what, bytes]) => ({ moment, what, reach, bytes })),
    ),
  )("$what $moment is an error at once", async ({ reach, bytes }) => {
    const scene = new Scene();
    await reach(scene);
    const authentications = scene.authentications;
    expect(thrown(() => scene.say(bytes))).toMatch(/^protocol/);
    expect(scene.authentications).toBe(authentications);
  });

  it("a FAILURE and a SUCCESS in one chunk do not pass for one answer", async () => {
    const scene = new Scene();
    await scene.service();
    await scene.sent();
    scene.fail(["password"]);
    expect(thrown(() => scene.succeed())).toMatch(/^protocol/);
  });

  it("message 60 is refused by requests that have no such answer, and in another method's form", async () => {
    const none = new Scene();
    await none.service();
    await none.sent();
    expect(thrown(() => none.say(infoRequest([])))).toMatch(/^protocol/);

    const password = new Scene();
    await password.open(["password"]);
    await password.password("word");
    await password.sent();
    expect(thrown(() => password.say(infoRequest([["Password for root: ", false]])))).toMatch(/^protocol/);

    const key = new Scene();
    await key.open(["publickey"]);
    (await key.person.credentials.next()).answer({ kind: "key", signer: rsa() });
    await key.sent();
    expect(thrown(() => key.say(infoRequest([["Password: ", false]])))).toMatch(/^protocol/);

    const challenge = new Scene();
    await challenge.open(["keyboard-interactive"]);
    await challenge.sent();
    expect(thrown(() => challenge.say(KEY_ACCEPTED))).toMatch(/^protocol/);
  });

  it("SUCCESS with bytes behind it is no success", async () => {
    const scene = new Scene();
    await scene.service();
    await scene.sent();
    expect(thrown(() => scene.say(Uint8Array.of(52, 0)))).toMatch(/^protocol/);
    expect(scene.authentications).toBe(0);
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
    const login = new Login({
      send: () => Promise.resolve(),
      sessionId: new Uint8Array(32),
      serverSignatureAlgorithms: undefined,
      authenticated: () => {},
      signal: new AbortController().signal,
    });
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

describe("the end of every wait", () => {
  const waits: readonly [string, (scene: Scene) => Promise<unknown>][] = [
    ["for SERVICE_ACCEPT", (scene) => scene.sent()],
    [
      "for the answer to none",
      async (scene) => {
        await scene.service();
        await scene.sent();
      },
    ],
    [
      "for a credential",
      async (scene) => {
        await scene.open(["password"]);
        await scene.person.credentials.next();
      },
    ],
    [
      "for the answer to a password",
      async (scene) => {
        await scene.open(["password"]);
        await scene.password("word");
        await scene.sent();
      },
    ],
    [
      "for a new password",
      async (scene) => {
        await scene.open(["password"]);
        await scene.password("word");
        await scene.sent();
        scene.say(PasswordChangeRequired.encode({ prompt: ascii("Expired"), language: "" }));
        await scene.person.newPasswords.next();
      },
    ],
    [
      "for a challenge's answers",
      async (scene) => {
        await scene.open(["keyboard-interactive"]);
        await scene.sent();
        scene.say(infoRequest([["Code: ", true]]));
        await scene.person.challenges.next();
      },
    ],
    [
      "for PK_OK",
      async (scene) => {
        await scene.open(["publickey"]);
        (await scene.person.credentials.next()).answer({ kind: "key", signer: rsa() });
        await scene.sent();
      },
    ],
    [
      "for a signature",
      async (scene) => {
        await scene.open(["publickey"]);
        const sign = () => new Promise<Uint8Array>(() => {});
        (await scene.person.credentials.next()).answer({ kind: "key", signer: rsa({ sign }) });
        await scene.sent();
        scene.say(KeyAccepted.encode({ algorithm: "rsa-sha2-512", key: rsa().publicKey }));
      },
    ],
  ];

  it.each(waits)("%s comes with the end of the connection, and its reason", async (_what, reach) => {
    const scene = new Scene();
    await reach(scene);
    const reason = scene.abort(new SshError("peer-disconnect", "The server ended the connection."));
    expect(await scene.error()).toBe(reason);
    expect(scene.unread).toBe(0);
  });

  it("comes at once on a connection that is over before it begins", async () => {
    const over = new AbortController();
    const reason = new SshError("lost", "Gone.");
    over.abort(reason);
    const login = new Login({
      send: () => Promise.reject(reason),
      sessionId: new Uint8Array(32),
      serverSignatureAlgorithms: undefined,
      authenticated: () => {},
      signal: over.signal,
    });
    await expect(login.run("alice", new Person())).rejects.toBe(reason);
  });

  it("comes when a message cannot be sent", async () => {
    const reason = new SshError("lost", "Gone.");
    const login = new Login({
      send: () => Promise.reject(reason),
      sessionId: new Uint8Array(32),
      serverSignatureAlgorithms: undefined,
      authenticated: () => {},
      signal: new AbortController().signal,
    });
    await expect(login.run("alice", new Person())).rejects.toBe(reason);
  });

  it.each(["null", "an AbortError", "the code aborted"])("comes when the person cancels by %s", async (how) => {
    const cancel = (asked: { answer(answer: null): void; fail(error: unknown): void }) => {
      if (how === "null") asked.answer(null);
      else if (how === "an AbortError") asked.fail(new DOMException("Cancelled", "AbortError"));
      else asked.fail(new SshError("aborted", "Cancelled."));
    };
    const credential = new Scene();
    await credential.open(["password"]);
    cancel(await credential.person.credentials.next());
    expect((await credential.error()).code).toBe("aborted");

    const challenge = new Scene();
    await challenge.open(["keyboard-interactive"]);
    await challenge.sent();
    challenge.say(infoRequest([["Code: ", true]]));
    cancel(await challenge.person.challenges.next());
    expect((await challenge.error()).code).toBe("aborted");
    expect(challenge.unread).toBe(0);

    const change = new Scene();
    await change.open(["password"]);
    await change.password("old");
    await change.sent();
    change.say(PasswordChangeRequired.encode({ prompt: ascii("Expired"), language: "" }));
    cancel(await change.person.newPasswords.next());
    expect((await change.error()).code).toBe("aborted");
    expect(change.unread).toBe(0);
  });

  it("wipes what the person typed into a connection that was over by then", async () => {
    const scene = new Scene();
    await scene.open(["password"]);
    const asked = await scene.person.credentials.next();
    scene.abort();
    await scene.error();
    expect(asked.signal.aborted).toBe(true);
    const password = ascii("late");
    asked.answer({ kind: "password", password });
    await Promise.resolve();
    expect(password).toEqual(new Uint8Array(4));
    expect(scene.unread).toBe(0);
  });
});
