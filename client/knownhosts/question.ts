// What a person is shown in order to decide: the question about an unknown key, and what is known of a host whose key changed.

import { loaded } from "../bytes/loaded.ts";
import { cleanLine } from "../bytes/text.ts";
import { fingerprint } from "../keys/fingerprint.ts";
import type { ChangedHostKey, HostKeyClaim, HostKeyQuestion, Sighting, TrustChoices } from "./claim.ts";
import type { KnownBy } from "./decide.ts";
import { describeKey, keyLabel } from "./describe.ts";
import type { KnownHosts } from "./known-hosts.ts";
import { otherNamesOf } from "./lookup.ts";
import { pinnedBy } from "./pins.ts";
import type { KnownHostsStore, SightingKey } from "./store.ts";
import type { Subject } from "./subject.ts";

/** More does not help a person to decide. */
const NAMES_SHOWN = 8;
const KEYS_SHOWN = 16;
const AUTHORITIES_SHOWN = 8;
const NAME_LENGTH_SHOWN = 255;

export async function questionOf(
  { host, port, alias }: HostKeyClaim,
  { target, plain, key, certificate }: Subject,
  hosts: KnownHosts,
  authorities: readonly string[],
  { pins, lostSince, earlier, keep }: TrustChoices,
): Promise<HostKeyQuestion> {
  const others = otherNamesOf(hosts.withKey(plain.blob), target, plain.blob, NAMES_SHOWN);
  return {
    kind: "host-key",
    host,
    port,
    ...describeKey(plain),
    alsoKeyOf: others.map((name) => cleanLine(name, NAME_LENGTH_SHOWN)),
    alias: alias === undefined ? undefined : target.host,
    pinnedBy: pinnedBy(pins, key.keySha256),
    lostSince,
    certificate: certificate && (await loaded(import("./certified.ts"))).shownCertificate(certificate),
    authorities: authorities.slice(0, AUTHORITIES_SHOWN),
    otherThanAnswered: earlier !== undefined && earlier.fingerprint !== key.keySha256,
    keep,
  };
}

export async function changeOf(
  store: KnownHostsStore,
  { host, port, alias }: HostKeyClaim,
  { target, key: { scope, name, keySha256 }, plain }: Subject,
  known: readonly KnownBy[],
): Promise<ChangedHostKey> {
  const each = new Map(known.map((one) => [fingerprint(one.entry.keyBlob), one]));
  const rows = [...each].slice(0, KEYS_SHOWN).map(async ([knownSha256, { kind, entry }]) => {
    const seen = await sightingIfPossible(store, { scope, name, keySha256: knownSha256 });
    return {
      kind,
      keyType: keyLabel(entry.keyType),
      fingerprint: knownSha256,
      firstSeen: seen?.firstSeen,
      lastSeen: seen?.lastSeen,
      source: seen?.source,
    };
  });
  return {
    ...{ host, port, alias: alias === undefined ? undefined : target.host, scope },
    known: await Promise.all(rows),
    shown: { keyType: plain.label, fingerprint: keySha256 },
  };
}

/** Undefined also where it cannot be read: the date is then shown as unknown. */
async function sightingIfPossible(store: KnownHostsStore, key: SightingKey): Promise<Sighting | undefined> {
  try {
    return await store.sighting(key);
  } catch {
    return undefined;
  }
}
