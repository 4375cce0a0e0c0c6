// A host that is known by one key tells of its others (OpenSSH PROTOCOL 2.5): new ones are learned, vanished ones dropped, so
// that it can change keys without becoming a stranger. Under OpenSSH's rules (ssh_config(5), UpdateHostKeys): only for a plain key
// that the person's own known hosts hold, and only where no line speaks of more than this one name.

import { formatTarget } from "../../shared/target.ts";
import { equal } from "../bytes/bytes.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import { parsePublicKey } from "../keys/public-key.ts";
import type { Basis, HostKeyClaim } from "./claim.ts";
import { keyLabel } from "./describe.ts";
import { rotateHost } from "./edit.ts";
import { type Entry, typeInside } from "./file.ts";
import type { KnownHosts } from "./known-hosts.ts";
import type { Known, KnownTexts } from "./known-texts.ts";
import { isKeyOfOthers, isRevoked, keysOf } from "./lookup.ts";
import { isExactly } from "./names.ts";
import type { Subject } from "./subject.ts";
import type { VerificationOptions } from "./verification.ts";

/** As many as the engine reads (mux/host-keys.ts); real servers have three or four. */
const KEYS_LIMIT = 32;
const KEYS_TOLD = 8;
/** `SHA256:` and enough of it to be found again in the list of known hosts. */
const FINGERPRINT_TOLD = 19;

/** Those of `keys` that the server proved to own; none of them if any proof was wrong or the connection ended. Never rejects. */
export type ProveHostKeys = (keys: readonly Uint8Array[]) => Promise<readonly Uint8Array[]>;

/** What `verify` ended with. */
export interface Verified {
  readonly claim: HostKeyClaim;
  readonly subject: Subject;
  readonly basis: Basis;
}

export interface Rotation {
  readonly learned: readonly Uint8Array[];
  readonly dropped: readonly Entry[];
}

/** Never rejects: whatever fails, the known hosts stay as they are, and the connection goes on. */
export async function rotate(
  { store, choices, now, notice }: VerificationOptions,
  texts: KnownTexts,
  verified: Verified,
  announced: readonly Uint8Array[],
  prove: ProveHostKeys,
): Promise<void> {
  if (choices.mode === "strict" || !mayLearn(verified)) return;
  const { claim, subject } = verified;
  const { scope, name } = subject.key;
  try {
    const known = await texts.read(claim);
    const planned = rotationOf(known.own, subject, announced, revocationsIn(known, subject));
    if (!planned) return;
    const proved = planned.learned.length === 0 ? [] : await prove(planned.learned);
    if (!isAmongAll(planned.learned, proved)) return;
    const at = now();
    const seen = planned.learned.map((blob) => ({
      key: { scope, name, keySha256: fingerprint(blob) },
      ...{ at, source: "rotation" as const, route: claim.route },
    }));
    const done: Rotation[] = [];
    // Read again for the revocations elsewhere; the text itself is judged as it is when it is changed.
    const revoked = revocationsIn(await texts.read(claim), subject);
    const change = (text: string): string => {
      const rotation = rotationOf(texts.index(scope, text), subject, announced, revoked);
      if (!rotation || !isAmongAll(rotation.learned, planned.learned)) throw new Error("known otherwise by now");
      done.push(rotation);
      const gone = rotation.dropped.map(({ keyBlob }) => keyBlob);
      return rotateHost(text, subject.target, rotation.learned, gone);
    };
    await store.edit(scope, change, seen);
    const last = done.at(-1);
    if (last) notice(sentence(formatTarget(claim), last));
  } catch {
    // Nothing was learned. The server will tell again the next time.
  }
}

/** Undefined where nothing is to be changed, or where the lines leave room for doubt. */
export function rotationOf(
  hosts: KnownHosts,
  { target, key, plain }: Pick<Subject, "target" | "key" | "plain">,
  announced: readonly Uint8Array[],
  isRevokedElsewhere: (blob: Uint8Array) => boolean,
): Rotation | undefined {
  const entries = hosts.about(key.name);
  const known = keysOf(entries, target);
  const isKnown = (blob: Uint8Array): boolean => known.some(({ keyBlob }) => equal(keyBlob, blob));
  const isAnnounced = (blob: Uint8Array): boolean => announced.some((one) => equal(one, blob));
  if (announced.length > KEYS_LIMIT || !isAnnounced(plain.blob) || !isKnown(plain.blob)) return undefined;
  if (!known.every(({ names }) => isExactly(names, key.name))) return undefined;
  const refused = (blob: Uint8Array): boolean => isRevoked(entries, target, blob) || isRevokedElsewhere(blob);
  if (refused(plain.blob)) return undefined;
  const learned = announced.filter((blob) => !isKnown(blob) && !refused(blob));
  const dropped = known.filter(
    ({ keyBlob }) =>
      !isAnnounced(keyBlob) && isUnderstood(keyBlob) && !isKeyOfOthers(hosts.withKey(keyBlob), target, keyBlob),
  );
  return learned.length + dropped.length === 0 ? undefined : { learned, dropped };
}

/** Not by a certificate, by the operator or for this connection only: then nothing of the person's own vouches for what comes. */
function mayLearn({ subject, basis }: Verified): boolean {
  if (subject.certificate) return false;
  return basis.kind === "known" || ((basis.kind === "asked" || basis.kind === "new") && basis.saved);
}

function revocationsIn({ everywhere, operator }: Known, { target, key }: Subject): (blob: Uint8Array) => boolean {
  const lists = [everywhere, operator?.hosts].flatMap((hosts) => hosts?.about(key.name) ?? []);
  return (blob) => isRevoked(lists, target, blob);
}

/** The engine hides announced keys that it would not accept, so one of those that is known only looks as if it had vanished. */
function isUnderstood(blob: Uint8Array): boolean {
  try {
    parsePublicKey(blob);
    return true;
  } catch {
    return false;
  }
}

function isAmongAll(some: readonly Uint8Array[], all: readonly Uint8Array[]): boolean {
  return some.every((blob) => all.some((one) => equal(one, blob)));
}

/** "db1:22 told which host keys it has: saved ED25519 SHA256:abcdefghijkl…; removed RSA SHA256:abcdefghijkl…" */
function sentence(where: string, { learned, dropped }: Rotation): string {
  const saved = list(
    "saved",
    learned.map((blob) => describe(typeInside(blob), blob)),
  );
  const removed = list(
    "removed",
    dropped.map(({ keyType, keyBlob }) => describe(keyType, keyBlob)),
  );
  return `${where} told which host keys it has: ${[...saved, ...removed].join("; ")}`;
}

function list(verb: string, keys: readonly string[]): readonly string[] {
  if (keys.length === 0) return [];
  const more = keys.length > KEYS_TOLD ? [`${keys.length - KEYS_TOLD} more`] : [];
  return [`${verb} ${[...keys.slice(0, KEYS_TOLD), ...more].join(", ")}`];
}

function describe(keyType: string, blob: Uint8Array): string {
  return `${keyLabel(keyType)} ${fingerprint(blob).slice(0, FINGERPRINT_TOLD)}\u2026`;
}
