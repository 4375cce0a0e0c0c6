// User authentication (RFC 4252): learn what the server accepts, ask the person for that, try it, and go on until the
// server is satisfied, the person cancels or a bound is reached. Each method is a file of its own.

import { equal } from "../bytes/bytes.ts";
import { aborted, asSshError, protocolError, SshError } from "../bytes/errors.ts";
import { cleanUtf8 } from "../bytes/text.ts";
import { MSG } from "../framing/numbers.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { VerifiedHostKey } from "../knownhosts/verified.ts";
import { type Attempt, CONNECTION_SERVICE } from "./attempt.ts";
import { Banner, NoneRequest } from "./auth-messages.ts";
import { AuthRequests, type LoginTransport, type Outcome } from "./auth-requests.ts";
import { tryKeyboardInteractive } from "./keyboard-interactive.ts";
import { LoginHistory } from "./login-history.ts";
import { tryPassword } from "./password.ts";
import type { Credential, LoginPrompts } from "./prompt.ts";
import { tryPublicKey } from "./public-key.ts";
import { untilAborted } from "./until-aborted.ts";

/** Security notes, R-UI-1. More banners than this are dropped. */
const BANNER_LIMIT = 16 * 1024;
const BANNER_COUNT_LIMIT = 32;

export interface LoginResult {
  /** The method that completed the login, as RFC 4252 names it. */
  readonly method: string;
  /** Of the key that signed, where one did. */
  readonly keyFingerprint?: string;
  /** False if the server let us in although nobody proved anything: the person is told (PuTTY, CVE-2021-36367). */
  readonly proved: boolean;
}

export class Login {
  readonly #transport: LoginTransport;
  readonly #requests: AuthRequests;
  #prompts: LoginPrompts | undefined;
  #banners = 0;

  /** Throws for anything but a host key that was proved and trusted: nothing is sent to a stranger, not even a user name. */
  constructor(hostKey: VerifiedHostKey | undefined, transport: LoginTransport) {
    if (!VerifiedHostKey.isVerified(hostKey))
      throw new SshError("internal", "A login was to begin before the host key was trusted. Nothing was sent.");
    this.#transport = transport;
    this.#requests = new AuthRequests(transport);
  }

  /** SERVICE_ACCEPT and 50..79, in the turn in which they arrived. Throws a protocol error on what may not come now. */
  receive(payload: Uint8Array): void {
    if (payload[0] === MSG.USERAUTH_BANNER) this.#banner(payload);
    else this.#requests.receive(payload);
  }

  /**
   * Once. Rejects with `authentication` when every way was refused, `aborted` when the person cancels, and with the
   * reason of the transport's signal when the connection ends.
   */
  async run(user: string, prompts: LoginPrompts): Promise<LoginResult> {
    if (/[\u0000-\u001f\u007f-\u009f]/.test(user))
      throw new SshError("authentication", "The user name holds a control character. Correct it and connect again.");
    this.#prompts = prompts;
    await this.#requests.start();
    // "none" is how the server's list is asked for (RFC 4252 5.2), and some servers want nothing else.
    const none = NoneRequest.encode({ user, service: CONNECTION_SERVICE, method: "none" });
    const reply = await this.#requests.request(none);
    if (reply.kind === "success") return { method: "none", proved: false };

    const history = new LoginHistory(reply.methods);
    const attempt = this.#attempt(user, prompts, history);
    const acceptedKeys: Uint8Array[] = [];
    for (;;) {
      const credential = await this.#credential(attempt, history);
      if (credential.kind === "key" && acceptedKeys.some((key) => equal(key, credential.signer.publicKey))) {
        history.keyAlreadyUsed();
        continue;
      }
      const { outcome, result } = await this.#try(attempt, credential, history);
      if (outcome.kind === "success") return result;
      history.record(credential.kind, outcome);
      if (outcome.partialSuccess && credential.kind === "key") acceptedKeys.push(credential.signer.publicKey);
    }
  }

  /** What the person wants to log in with. Where the server only asks questions of its own, there is nothing to choose. */
  async #credential(attempt: Attempt, history: LoginHistory): Promise<Credential> {
    const question = history.next();
    if (!question.password && !question.key) return { kind: "challenge" };
    const credential = await attempt.ask((signal) => attempt.prompts.credential(question, signal), wipe);
    if (question[credential.kind]) return credential;
    wipe(credential);
    throw new SshError("internal", "An answer to another question than the one that was asked.");
  }

  async #try(
    attempt: Attempt,
    credential: Credential,
    history: LoginHistory,
  ): Promise<{ readonly outcome: Outcome; readonly result: LoginResult }> {
    switch (credential.kind) {
      case "password": {
        const outcome = await tryPassword(attempt, credential.password);
        return { outcome, result: { method: "password", proved: true } };
      }
      case "key": {
        const outcome = await tryPublicKey(attempt, credential.signer);
        const keyFingerprint = fingerprint(credential.signer.publicKey);
        return { outcome, result: { method: "publickey", keyFingerprint, proved: true } };
      }
      case "challenge": {
        const { outcome, challenged, answered } = await tryKeyboardInteractive(attempt);
        if (!challenged) history.challengeWasMute();
        return { outcome, result: { method: "keyboard-interactive", proved: answered || history.furtherFactor } };
      }
    }
  }

  #attempt(user: string, prompts: LoginPrompts, history: LoginHistory): Attempt {
    const round = <T>(payload: Uint8Array, send: () => Promise<T>): Promise<T> => {
      try {
        history.round();
      } catch (error) {
        payload.fill(0); // it may hold a password, and will not be sent
        throw error;
      }
      return send();
    };
    return {
      user,
      prompts,
      transport: this.#transport,
      request: async (payload) => await round(payload, () => this.#requests.request(payload)),
      converse: async (payload, expectation) =>
        await round(payload, () => this.#requests.converse(payload, expectation)),
      ask: (question, wipe) => this.#ask(question, wipe),
    };
  }

  async #ask<T>(question: (signal: AbortSignal) => Promise<T | null>, wipe: (answer: T) => void): Promise<T> {
    const { signal } = this.#transport;
    const wipeLate = (answer: T | null) => {
      if (answer !== null) wipe(answer);
    };
    const answer = await untilAborted(question(signal), signal, wipeLate).catch((error: unknown) => {
      throw error instanceof Error && error.name === "AbortError" ? aborted(error) : asSshError(error);
    });
    if (answer === null) throw aborted();
    return answer;
  }

  #banner(payload: Uint8Array): void {
    const prompts = this.#prompts;
    if (!prompts) throw protocolError("a banner before the login began (RFC 4252 5.4)");
    const { text } = Banner.decode(payload);
    if (++this.#banners > BANNER_COUNT_LIMIT) return;
    // Some servers count the NUL that ends their string (cryptlib).
    let end = text.length;
    while (end > 0 && text[end - 1] === 0) end--;
    const shown = cleanUtf8(text.subarray(0, end), BANNER_LIMIT);
    if (shown.trim() !== "") prompts.banner(shown);
  }
}

function wipe(credential: Credential): void {
  if (credential.kind === "password") credential.password.fill(0);
}
