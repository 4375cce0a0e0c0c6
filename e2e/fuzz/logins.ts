// Target "logins": the login with a person who answers whatever is asked.

import { SshError } from "../../client/bytes/errors.ts";
import { TRUSTED_KEY } from "../../client/knownhosts/scripted-trust.ts";
import { Login } from "../../client/login/login.ts";
import type { LoginPrompts } from "../../client/login/prompt.ts";
import * as payloads from "../scripted/payloads.ts";
import { rsaSigner } from "../scripted/signers.ts";
import { settle } from "./channels.ts";
import type { Choices } from "./choices.ts";
import { generate, LOGIN } from "./grammar.ts";
import { mutate } from "./mutate.ts";
import { isNamed, type Target } from "./target.ts";

/** From one answer of the server's, by way of the person, to the next request. */
const TURNS = 40;

const METHODS = ["password", "publickey", "keyboard-interactive"];

function person(choices: Choices): LoginPrompts {
  return {
    async credential({ password, key, challenge }) {
      if (password && choices.once(2)) return { kind: "password", password: Uint8Array.of(1, 2, 3) };
      if (key) return { kind: "key", signer: rsaSigner() };
      if (challenge) return { kind: "challenge" };
      return password ? { kind: "password", password: new Uint8Array(0) } : null;
    },
    challenge: async ({ prompts }) => prompts.map(() => Uint8Array.of(1)),
    newPassword: async () => ({ old: Uint8Array.of(1), fresh: Uint8Array.of(2) }),
    banner: () => {},
  };
}

export const logins: Target = {
  name: "logins",
  share: 12,
  async begin(choices) {
    const over = new AbortController();
    const login = new Login(TRUSTED_KEY, {
      send: async () => {},
      sessionId: new Uint8Array(32),
      serverSignatureAlgorithms: choices.once(2) ? undefined : ["rsa-sha2-256"],
      hostBoundTo: choices.once(2) ? undefined : new Uint8Array(51),
      authenticated: () => {},
      signal: over.signal,
    });
    let ended = false;
    let wrong: unknown;
    login.run("alice", person(choices)).then(
      () => {
        ended = true;
      },
      (error: unknown) => {
        ended = true;
        if (!isNamed(error)) wrong = error;
      },
    );
    await settle(TURNS);
    if (!choices.once(20)) login.receive(payloads.serviceAccept("ssh-userauth"));
    await settle(TURNS);
    if (!choices.once(10)) login.receive(payloads.failure(METHODS));
    await settle(TURNS);
    return {
      // A refusal is what a login goes on with.
      next: (dice) => (dice.once(2) ? payloads.failure(METHODS, dice.once(4)) : mutate(generate(dice, LOGIN), dice)),
      async feed(payload) {
        login.receive(payload);
        await settle(TURNS);
        if (wrong !== undefined) throw wrong;
        return !ended;
      },
      async end() {
        over.abort(new SshError("lost", "The end."));
        await settle(TURNS);
        if (!ended) throw new Error("the login does not end with its connection");
        if (wrong !== undefined) throw wrong;
      },
    };
  },
};
