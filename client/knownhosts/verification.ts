// One claim on its way to a verdict: what is known, what follows from it, the question where there is one, and the saving.

import { formatTarget } from "../../shared/target.ts";
import { HostKeyChangedError } from "./changed.ts";
import type { Basis, HostKeyClaim, HostKeyQuestion, TrustChoices, Verdict } from "./claim.ts";
import { type Decision, decide } from "./decide.ts";
import { type Findings, findingsOf } from "./findings.ts";
import type { Known, KnownTexts } from "./known-texts.ts";
import { changeOf, questionOf } from "./question.ts";
import { saveKey } from "./saving.ts";
import type { KnownHostsStore } from "./store.ts";
import type { Subject } from "./subject.ts";

export interface VerificationOptions {
  readonly store: KnownHostsStore;
  readonly choices: TrustChoices;
  /**
   * Asks the person. Called at most once per `verify`; its signal aborts when the question is moot. `claim` is what is asked
   * about, for somebody who knows other hosts than these.
   */
  ask(question: HostKeyQuestion, signal: AbortSignal, claim: HostKeyClaim): Promise<Verdict>;
  /** Wall-clock time in ms since 1970. */
  now(): number;
  /** A sentence the person should see; nothing to decide. */
  notice(sentence: string): void;
}

export interface Outcome {
  readonly verdict: "accept" | "accept-once";
  readonly basis: Basis;
}

interface Situation {
  readonly known: Known;
  readonly findings: Findings;
  readonly decision: Exclude<Decision, { kind: "refuse" | "changed" }>;
}

export class Verification {
  readonly #options: VerificationOptions;
  readonly #texts: KnownTexts;
  readonly #claim: HostKeyClaim;
  readonly #subject: Subject;
  readonly #signal: AbortSignal;

  constructor(
    options: VerificationOptions,
    texts: KnownTexts,
    claim: HostKeyClaim,
    subject: Subject,
    signal: AbortSignal,
  ) {
    this.#options = options;
    this.#texts = texts;
    this.#claim = claim;
    this.#subject = subject;
    this.#signal = signal;
  }

  /** Undefined if the person said no. Rejects as `HostKeyVerifier.verify` does. */
  async run(): Promise<Outcome | undefined> {
    const situation = await this.#look();
    const { decision } = situation;
    switch (decision.kind) {
      case "known":
        this.#touch(this.#subject.key.keySha256);
        return { verdict: "accept", basis: decision };
      case "certified":
        // That the host came with a certificate by this authority is remembered: without one it will have changed.
        this.#touch(decision.authority);
        return { verdict: "accept", basis: decision };
      case "vouched":
        return { verdict: "accept-once", basis: decision };
      case "replace":
        return this.#save("asked", true);
      case "save":
        return this.#save(decision.source, false);
      case "once":
        return ONCE;
      case "ask":
        return this.#ask(situation);
    }
  }

  async #look(): Promise<Situation> {
    const { store, choices, now } = this.#options;
    const known = await this.#texts.read(this.#claim);
    const findings = await findingsOf(store, known, this.#claim, this.#subject, now());
    const decision = decide(findings, choices, formatTarget(this.#claim), this.#subject.key.keySha256);
    if (decision.kind === "refuse") throw decision.error;
    if (decision.kind === "changed") {
      throw new HostKeyChangedError(await changeOf(store, this.#claim, this.#subject, decision.known));
    }
    return { known, findings, decision };
  }

  async #ask({ known, findings }: Situation): Promise<Outcome | undefined> {
    const { ask, choices } = this.#options;
    const question = await questionOf(this.#claim, this.#subject, known.own, findings.authorities, choices);
    this.#signal.throwIfAborted();
    const verdict = await ask(question, this.#signal, this.#claim);
    if (verdict !== "accept" && verdict !== "accept-once") return undefined;
    // The answer was given to what was known then: another tab may have saved or revoked a key while the question was open.
    const { decision } = await this.#look();
    if (verdict === "accept-once" || !choices.keep) return ONCE;
    if (decision.kind === "known") return { verdict, basis: { kind: "asked", saved: true } };
    return this.#save("asked", false);
  }

  async #save(source: "asked" | "accept-new", replacing: boolean): Promise<Outcome> {
    const { store, now } = this.#options;
    this.#signal.throwIfAborted();
    const saving = { at: now(), source, route: this.#claim.route, replacing };
    const end = await saveKey(store, this.#texts, this.#subject, saving);
    // What contradicts it in the text by now is found by looking again, and told like any other.
    const saved = end === "saved" || (end === "conflict" && (await this.#look()).decision.kind === "known");
    this.#tell(source, saved);
    const basis = source === "asked" ? ({ kind: "asked", saved } as const) : ({ kind: "new", saved } as const);
    return { verdict: saved ? "accept" : "accept-once", basis };
  }

  #tell(source: "asked" | "accept-new", saved: boolean): void {
    const where = formatTarget(this.#claim);
    const { plain, key } = this.#subject;
    const fate = saved ? "was saved." : "could not be saved. It is trusted for this connection only.";
    if (source === "accept-new") {
      this.#options.notice(`${where} was not known. Its key ${plain.label} ${key.keySha256} ${fate}`);
    } else if (!saved) {
      this.#options.notice(`The key of ${where} ${fate}`);
    }
  }

  /** Not awaited: neither the failure nor the slowness of writing a date is the connection's. Trust does not hang on it. */
  #touch(keySha256: string): void {
    const { store, now } = this.#options;
    const touch = async (): Promise<void> => store.touch({ ...this.#subject.key, keySha256 }, now(), this.#claim.route);
    touch().catch(() => {});
  }
}

const ONCE: Outcome = { verdict: "accept-once", basis: { kind: "asked", saved: false } };
