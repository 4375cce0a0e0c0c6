// Decides about a host key: silent for a known one, a question for an unknown one, an error for a changed or revoked one.
// Trust is bound to the host and port that were asked for, and to the relay where only the relay can resolve the name.
// Whatever fails on the way here refuses the key.

import {
  formatTarget,
  isRelayLocal,
  knownHostsName,
  normaliseHost,
  SSH_PORT,
  type Target,
} from "../../shared/target.ts";
import { aborted, SshError } from "../bytes/errors.ts";
import { cleanLine } from "../bytes/text.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { HostKeyChangedError } from "./changed.ts";
import type { ChangedHostKey, HostKeyClaim, HostKeyQuestion, HostKeyVerifier, Sighting, Verdict } from "./claim.ts";
import { describeKey, keyLabel } from "./describe.ts";
import { type Entry, entriesOf, formatEntry, parseKnownHosts, typeInside } from "./file.ts";
import { lookUp, otherNamesOf } from "./lookup.ts";
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

/** What the claim is judged by: whose keys are looked up, in which scope. */
interface Subject {
  readonly target: Target;
  readonly key: SightingKey;
}

type Judgement = { readonly kind: "trusted" } | { readonly kind: "unknown"; readonly entries: readonly Entry[] };

/** The verifier's `verify` ends as soon as its signal aborts, whatever the store or the person are doing. */
export function trustingVerifier(options: TrustingVerifierOptions): HostKeyVerifier {
  return { verify: (claim, signal) => untilAborted(verify(options, claim, signal), signal) };
}

/**
 * The known hosts that speak of this host, for `knownKeyTypes` before the key exchange and for the verifier. In the relay's
 * scope nothing of the global text counts but its revocations. Throws SshError `trust-store`.
 */
export async function readEntries(store: KnownHostsStore, host: string, route: string): Promise<readonly Entry[]> {
  const scope = scopeOf(host, route);
  try {
    const own = entriesOf(parseKnownHosts(await store.read(scope)));
    if (scope === "") return own;
    const everywhere = entriesOf(parseKnownHosts(await store.read("")));
    return [...own, ...everywhere.filter(({ marker }) => marker === "revoked")];
  } catch (cause) {
    if (cause instanceof SshError && cause.code === "trust-store") throw cause;
    throw new SshError(
      "trust-store",
      "The known hosts could not be read, so the host cannot be checked. Reload the page and try again.",
      { cause },
    );
  }
}

async function verify(options: TrustingVerifierOptions, claim: HostKeyClaim, signal: AbortSignal): Promise<Verdict> {
  const { store, ask, now, notice } = options;
  if (signal.aborted) throw reasonOf(signal);
  const subject = subjectOf(claim);
  const first = await judge(store, claim, subject);
  if (first.kind === "trusted") {
    // Not awaited: neither the failure nor the slowness of writing a date is the connection's.
    void touchIfPossible(store, subject.key, now());
    return "accept";
  }
  const verdict = await ask(questionOf(claim, subject, first.entries), signal);
  if (signal.aborted) throw reasonOf(signal);
  if (verdict !== "accept" && verdict !== "accept-once") return "reject";
  // The answer was given to what was known then: another tab may have saved or revoked a key while the question was open.
  const second = await judge(store, claim, subject);
  if (verdict === "accept-once" || second.kind === "trusted") return verdict;
  try {
    await store.add(subject.key, formatEntry(subject.key.name, claim.keyBlob), now());
    return "accept";
  } catch {
    const where = formatTarget(claim);
    notice(`The key of ${where} could not be saved. It is trusted for this connection only.`);
    return "accept-once";
  }
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

/** Throws where there is nothing to ask: changed, revoked, unreadable. */
async function judge(store: KnownHostsStore, claim: HostKeyClaim, { target, key }: Subject): Promise<Judgement> {
  const entries = await readEntries(store, claim.host, claim.route);
  const trust = lookUp(entries, target, claim.keyBlob);
  switch (trust.kind) {
    case "trusted":
      return { kind: "trusted" };
    case "unknown":
      return { kind: "unknown", entries };
    case "revoked":
      throw new SshError(
        "host-key-revoked",
        `The key of ${formatTarget(claim)} has been revoked: whoever has it may not be that host. Ask whoever runs it for its new key.`,
      );
    case "changed":
      throw new HostKeyChangedError(await changeOf(store, claim, key, trust.known));
    default:
      return trust satisfies never;
  }
}

function subjectOf(claim: HostKeyClaim): Subject {
  const host = normaliseHost(claim.alias ?? claim.host);
  if (host === undefined) throw new SshError("internal", "A host key was to be checked for something that is no host.");
  // HostKeyAlias stands for host and port together (ssh_config(5)), so it is looked up without a port.
  const target = { host, port: claim.alias === undefined ? claim.port : SSH_PORT };
  const scope = scopeOf(claim.host, claim.route);
  return { target, key: { scope, name: knownHostsName(target), keySha256: fingerprint(claim.keyBlob) } };
}

/** An alias does not widen it: the machine is the one that this relay found under the name that was asked for. */
function scopeOf(host: string, route: string): string {
  if (route === "")
    throw new SshError("internal", "A host key was to be checked without saying how its host is reached.");
  return isRelayLocal(normaliseHost(host) ?? host) ? route : "";
}

function questionOf(claim: HostKeyClaim, { target }: Subject, entries: readonly Entry[]): HostKeyQuestion {
  const others = otherNamesOf(entries, target, claim.keyBlob, NAMES_SHOWN);
  return {
    kind: "host-key",
    host: claim.host,
    port: claim.port,
    ...describeKey(claim.keyBlob),
    alsoKeyOf: others.map((name) => cleanLine(name, NAME_LENGTH_SHOWN)),
  };
}

async function changeOf(
  store: KnownHostsStore,
  { host, port, keyBlob }: HostKeyClaim,
  { scope, name, keySha256 }: SightingKey,
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
  const shown = { keyType: keyLabel(typeInside(keyBlob)), fingerprint: keySha256 };
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
