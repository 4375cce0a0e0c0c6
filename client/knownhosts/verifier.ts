// Decides about a host key: silent for a known one, a question for an unknown one, an error for a changed or revoked one.
// Whatever fails on the way here refuses the key.

import { formatTarget, normaliseHost } from "../../shared/target.ts";
import { aborted, SshError } from "../bytes/errors.ts";
import { cleanLine } from "../bytes/text.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { knownKeys } from "./algorithms.ts";
import { HostKeyChangedError } from "./changed.ts";
import type { ChangedHostKey, HostKeyClaim, HostKeyQuestion, HostKeyVerifier, Sighting, Verdict } from "./claim.ts";
import { describeKey, keyLabel } from "./describe.ts";
import { type Entry, formatEntry } from "./file.ts";
import { type Judgement, judge, readEntries, type Subject, subjectOf } from "./judge.ts";
import { otherNamesOf } from "./lookup.ts";
import type { KnownHostsStore, SightingKey } from "./store.ts";

/** More does not help a person to decide. */
const NAMES_SHOWN = 8;
const KEYS_SHOWN = 16;
const NAME_LENGTH_SHOWN = 255;

export interface TrustingVerifierOptions {
  readonly store: KnownHostsStore;
  /** Asks the person. Called at most once per `verify`; its signal aborts when the question is moot. */
  ask(question: HostKeyQuestion, signal: AbortSignal): Promise<Verdict>;
  /** Wall-clock time in ms since 1970. */
  now(): number;
  /** A sentence the person should see; nothing to decide. */
  notice(sentence: string): void;
}

/** The verifier's `verify` ends as soon as its signal aborts, whatever the store or the person are doing. */
export function trustingVerifier(options: TrustingVerifierOptions): HostKeyVerifier {
  return {
    async knownAlgorithms(target, route) {
      const host = normaliseHost(target.host) ?? target.host;
      return knownKeys(await readEntries(options.store, host, route), { host, port: target.port });
    },
    verify: (claim, signal) => untilAborted(verify(options, claim, signal), signal),
  };
}

async function verify(options: TrustingVerifierOptions, claim: HostKeyClaim, signal: AbortSignal): Promise<Verdict> {
  const { store, ask, now, notice } = options;
  if (signal.aborted) throw reasonOf(signal);
  const subject = await subjectOf(claim);
  const first = await judgeOrThrow(options, claim, subject);
  if (first.kind === "certified") return "accept";
  if (first.kind === "trusted") {
    // Not awaited: neither the failure nor the slowness of writing a date is the connection's.
    void touchIfPossible(store, subject.key, now());
    return "accept";
  }
  const verdict = await ask(questionOf(claim, subject, first.entries), signal);
  if (signal.aborted) throw reasonOf(signal);
  if (verdict !== "accept" && verdict !== "accept-once") return "reject";
  // The answer was given to what was known then: another tab may have saved or revoked a key while the question was open.
  const second = await judgeOrThrow(options, claim, subject);
  if (verdict === "accept-once" || second.kind !== "unknown") return verdict;
  try {
    await store.add(subject.key, formatEntry(subject.key.name, subject.plain.blob), now());
    return "accept";
  } catch {
    const where = formatTarget(claim);
    notice(`The key of ${where} could not be saved. It is trusted for this connection only.`);
    return "accept-once";
  }
}

/** A changed key is nothing to decide either. */
async function judgeOrThrow(
  { store, now }: TrustingVerifierOptions,
  claim: HostKeyClaim,
  subject: Subject,
): Promise<Exclude<Judgement, { kind: "changed" }>> {
  const judgement = await judge(store, claim, subject, now());
  if (judgement.kind === "changed") {
    throw new HostKeyChangedError(await changeOf(store, claim, subject, judgement.known));
  }
  return judgement;
}

async function touchIfPossible(store: KnownHostsStore, key: SightingKey, at: number): Promise<void> {
  try {
    await store.touch(key, at);
  } catch {
    // An old date is shown the next time. Trust does not hang on it.
  }
}

/** Undefined also where it cannot be read: the date is then shown as unknown. */
async function sightingIfPossible(store: KnownHostsStore, key: SightingKey): Promise<Sighting | undefined> {
  try {
    return await store.sighting(key);
  } catch {
    return undefined;
  }
}

function questionOf(claim: HostKeyClaim, { target, plain }: Subject, entries: readonly Entry[]): HostKeyQuestion {
  const others = otherNamesOf(entries, target, plain.blob, NAMES_SHOWN);
  return {
    kind: "host-key",
    host: claim.host,
    port: claim.port,
    ...describeKey(plain),
    alsoKeyOf: others.map((name) => cleanLine(name, NAME_LENGTH_SHOWN)),
  };
}

async function changeOf(
  store: KnownHostsStore,
  { host, port }: HostKeyClaim,
  { key: { scope, name, keySha256 }, plain }: Subject,
  known: readonly Entry[],
): Promise<ChangedHostKey> {
  const each = new Map(known.map((entry) => [fingerprint(entry.keyBlob), entry]));
  const rows = [...each].slice(0, KEYS_SHOWN).map(async ([knownSha256, entry]) => {
    const seen = await sightingIfPossible(store, { scope, name, keySha256: knownSha256 });
    return {
      keyType: keyLabel(entry.keyType),
      fingerprint: knownSha256,
      firstSeen: seen?.firstSeen,
      lastSeen: seen?.lastSeen,
    };
  });
  const shown = { keyType: plain.label, fingerprint: keySha256 };
  return { host, port, scope, known: await Promise.all(rows), shown };
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(reasonOf(signal));
    const done = (): void => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(done);
  });
}

/** What ended the connection, where it says so itself. */
function reasonOf({ reason }: AbortSignal): SshError {
  return reason instanceof SshError ? reason : aborted(reason);
}
