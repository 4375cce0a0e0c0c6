// What has happened in one login, what may be tried next, and the sentence when nothing may. The server's list is read
// anew after every failure (RFC 4252 5.1); nothing it says makes us go on without end.

import { SshError } from "../bytes/errors.ts";
import { cleanLine } from "../bytes/text.ts";
import type { Outcome } from "./auth-requests.ts";
import type { CredentialQuestion } from "./prompt.ts";

/** Security notes, R-AU-3. OpenSSH's server allows 6 failures too (MaxAuthTries). */
const FAILURE_LIMIT = 6;
const ROUND_LIMIT = 20;
/** How much of the server's list is quoted. */
const QUOTE_LIMIT = 300;

type Method = "password" | "key" | "challenge";

const METHODS: Readonly<Record<Method, { readonly name: string; readonly tried: string }>> = {
  password: { name: "password", tried: "a password" },
  key: { name: "publickey", tried: "a key" },
  challenge: { name: "keyboard-interactive", tried: "the server's own questions" },
};

/** The methods we can tell a person about. Any other name is the server's word, and only quoted. */
const WORDS: Readonly<Record<string, string>> = {
  password: "a password",
  publickey: "a key",
  "keyboard-interactive": "questions of its own",
  hostbased: "the key of your machine (hostbased)",
  "gssapi-with-mic": "Kerberos (gssapi-with-mic)",
  "gssapi-keyex": "Kerberos (gssapi-keyex)",
};

export class LoginHistory {
  #acceptable: readonly string[];
  #problem: CredentialQuestion["problem"];
  #challengeIsMute = false;
  readonly #refused = new Map<Method, number>();
  readonly #succeeded: Method[] = [];
  #rounds = 0;

  constructor(acceptable: readonly string[]) {
    this.#acceptable = acceptable;
  }

  /** What to ask the person now. Throws `authentication` if the server accepts nothing that we can do. */
  next(): CredentialQuestion {
    const can = (method: Method) => this.#acceptable.includes(METHODS[method].name);
    const [password, key, challenge] = [can("password"), can("key"), can("challenge") && !this.#challengeIsMute];
    if (!password && !key && !challenge) throw this.#error(this.#nothingLeft());
    const { furtherFactor } = this;
    return { kind: "credential", password, key, challenge, problem: this.#problem, furtherFactor };
  }

  /** Did an earlier method succeed, and the server want one more (RFC 4252 5.1)? */
  get furtherFactor(): boolean {
    return this.#succeeded.length > 0;
  }

  /** Before each message to the server. Throws `authentication` when there were too many. */
  round(): void {
    if (++this.#rounds > ROUND_LIMIT)
      throw this.#error(`The server kept asking for more, and the login was given up after ${ROUND_LIMIT} rounds.`);
  }

  /** After each attempt that did not end the login. Throws `authentication` when there were too many. */
  record(method: Method, outcome: Exclude<Outcome, { readonly kind: "success" }>): void {
    this.#acceptable = outcome.methods;
    if (outcome.partialSuccess) {
      this.#succeeded.push(method);
      this.#problem = undefined;
      this.#challengeIsMute = false;
      return;
    }
    this.#problem = `${method}-refused`;
    this.#refused.set(method, (this.#refused.get(method) ?? 0) + 1);
    let failures = 0;
    for (const count of this.#refused.values()) failures += count;
    if (failures >= FAILURE_LIMIT) throw this.#error(`The server refused ${failures} attempts to log in.`);
  }

  /** The key was one that the server has taken already: it is not sent again. */
  keyAlreadyUsed(): void {
    this.#problem = "key-refused";
  }

  /** keyboard-interactive failed without one question (OpenSSH on Windows does this): asking again would be no use. */
  challengeWasMute(): void {
    this.#challengeIsMute = true;
  }

  #nothingLeft(): string {
    if (this.furtherFactor) return "The server took what it got, and wants something more that is not possible here.";
    if (this.#refused.size > 0) return "The server refused the login.";
    if (this.#acceptable.length === 0) return "The server offers no way to log in for this user name.";
    return "The server wants a way to log in that Periwinkle does not have.";
  }

  #error(what: string): SshError {
    const refused = [...this.#refused].map(([method, count]) => `${METHODS[method].tried} (${times(count)})`);
    const accepted = this.#succeeded.map((method) => METHODS[method].tried);
    const wanted = Object.entries(WORDS).flatMap(([name, words]) => (this.#acceptable.includes(name) ? [words] : []));
    const sentences = [
      what,
      refused.length > 0 ? `Refused: ${refused.join(", ")}.` : "",
      accepted.length > 0 ? `Accepted: ${accepted.join(", ")}.` : "",
      wanted.length > 0 ? `It would accept: ${wanted.join(", ")}.` : "",
      wanted.length > 0 || this.#refused.size > 0
        ? "Check the user name and what you log in with, then try again, or ask who runs the server."
        : "Check the user name, or ask who runs the server to allow a password or a key.",
    ];
    const list = cleanLine(this.#acceptable.slice(0, 32).join(", "), QUOTE_LIMIT);
    return new SshError(
      "authentication",
      sentences.filter((sentence) => sentence !== "").join(" "),
      list === "" ? {} : { quoted: list },
    );
  }
}

function times(count: number): string {
  return count === 1 ? "once" : count === 2 ? "twice" : `${count} times`;
}
