// For tests: one host key shown to a verifier, and everything that came of it.

import { ed25519 } from "@noble/curves/ed25519.js";
import { Writer } from "../bytes/wire.ts";
import {
  type Basis,
  type HostKeyClaim,
  type HostKeyQuestion,
  NO_CHOICES,
  type TrustChoices,
  type Verdict,
} from "./claim.ts";
import { MemoryStore } from "./memory-store.ts";
import { type TrustingVerifierOptions, trustingVerifier } from "./verifier.ts";

export const keyOf = (seed: number): Uint8Array =>
  new Writer()
    .text("ssh-ed25519")
    .string(ed25519.getPublicKey(new Uint8Array(32).fill(seed)))
    .done();
/** The key that is shown unless the claim says otherwise, and another one. */
export const [mine, other] = [keyOf(1), keyOf(2)];
export const NOW = 1_790_000_000_000;
export const RELAY = "https://relay.example.net";

export interface Scene {
  readonly store?: MemoryStore;
  readonly claim?: Partial<HostKeyClaim>;
  readonly choices?: Partial<TrustChoices>;
  readonly answer?: Verdict | TrustingVerifierOptions["ask"];
  readonly signal?: AbortSignal;
}

export async function play({ store = new MemoryStore(), claim = {}, choices = {}, answer, signal }: Scene) {
  const questions: HostKeyQuestion[] = [];
  const notices: string[] = [];
  const trusted: Basis[] = [];
  const verifier = trustingVerifier({
    store,
    choices: { ...NO_CHOICES, ...choices },
    trusted: (basis) => trusted.push(basis),
    now: () => NOW,
    notice: (sentence) => notices.push(sentence),
    ask: async (question, heard, claimed) => {
      questions.push(question);
      if (answer === undefined) throw new Error("nobody was to be asked");
      return typeof answer === "string" ? answer : answer(question, heard, claimed);
    },
  });
  const whole = { host: "db1.example.net", port: 22, route: RELAY, keyBlob: mine, algorithm: "ssh-ed25519", ...claim };
  const outcome = await verifier
    .verify(whole, signal ?? new AbortController().signal)
    .catch((thrown: unknown) => thrown);
  return { outcome, questions, notices, trusted, store, verifier };
}
