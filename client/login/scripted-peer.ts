// For tests only: a server in memory that says what the test tells it to and remembers what it was sent, and a person who
// answers when the test says so, with the login between them.

import { ascii } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { Writer } from "../bytes/wire.ts";
import type { Signer } from "../keys/signer.ts";
import { TRUSTED_KEY } from "../knownhosts/scripted-trust.ts";
import {
  Failure,
  NoneRequest,
  PasswordChangeRequired,
  ServiceAccept,
  ServiceRequest,
  Success,
} from "./auth-messages.ts";
import type { LoginTransport } from "./auth-requests.ts";
import { Login, type LoginResult } from "./login.ts";
import type { ChallengeQuestion, Credential, CredentialQuestion, LoginPrompts, NewPasswordQuestion } from "./prompt.ts";

/** Values handed over one by one: `next` waits for the one that `push` brings. */
export class Handover<T> {
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

interface NewPassword {
  readonly old: Uint8Array;
  readonly fresh: Uint8Array;
}

interface Asked<Q, A> {
  readonly question: Q;
  readonly signal: AbortSignal;
  answer(answer: A | null): void;
  fail(error: unknown): void;
}

/** A person who answers when the test says so. */
export class Person implements LoginPrompts {
  readonly credentials = new Handover<Asked<CredentialQuestion, Credential>>();
  readonly challenges = new Handover<Asked<ChallengeQuestion, readonly Uint8Array[]>>();
  readonly newPasswords = new Handover<Asked<NewPasswordQuestion, NewPassword>>();
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
export class Scene implements LoginTransport {
  readonly sessionId = ascii("the session id of 32 bytes......");
  serverSignatureAlgorithms: readonly string[] | undefined = undefined;
  hostBoundTo: Uint8Array | undefined = undefined;
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
    this.login = new Login(TRUSTED_KEY, this);
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

  /** Up to the question for a credential. */
  async untilCredential(): Promise<Asked<CredentialQuestion, Credential>> {
    await this.open(["password"]);
    return await this.person.credentials.next();
  }

  /** Up to the one question of a challenge. */
  async untilChallenge(): Promise<Asked<ChallengeQuestion, readonly Uint8Array[]>> {
    await this.open(["keyboard-interactive"]);
    await this.sent();
    this.say(infoRequest([["Code: ", true]]));
    return await this.person.challenges.next();
  }

  /** Up to the question for a new password, which the server wants in these words. */
  async untilNewPassword(prompt = "Expired"): Promise<Asked<NewPasswordQuestion, NewPassword>> {
    await this.open(["password"]);
    await this.password("old");
    await this.sent();
    this.say(PasswordChangeRequired.encode({ prompt: ascii(prompt), language: "" }));
    return await this.person.newPasswords.next();
  }

  /** Up to the query whether this key would do, which comes back. */
  async query(signer: Signer): Promise<Uint8Array> {
    await this.open(["publickey"]);
    return await this.offer({ kind: "key", signer });
  }

  /** The person answers with this; what the server is sent for it comes back. */
  async offer(credential: Credential): Promise<Uint8Array> {
    (await this.person.credentials.next()).answer(credential);
    return await this.sent();
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

/** A login that nobody has started, on a connection that is not a scene's. */
export function idleLogin(connection: Partial<LoginTransport> = {}): Login {
  return new Login(TRUSTED_KEY, {
    send: () => Promise.resolve(),
    sessionId: new Uint8Array(32),
    serverSignatureAlgorithms: undefined,
    hostBoundTo: undefined,
    authenticated: () => {},
    signal: new AbortController().signal,
    ...connection,
  });
}

/** What `receive` throws, which is the moment at which the connection ends. */
export function thrown(action: () => void): string {
  try {
    action();
  } catch (error) {
    return error instanceof SshError ? `${error.code}: ${error.message}` : String(error);
  }
  return "accepted";
}

/** keyboard-interactive's questions (RFC 4256 3.2), each with whether its answer is shown. */
export const infoRequest = (prompts: readonly [string, boolean][], name = "", instruction = "") => {
  const writer = new Writer().byte(60).text(name).text(instruction).text("").uint32(prompts.length);
  for (const [text, echo] of prompts) writer.text(text).boolean(echo);
  return writer.done();
};
