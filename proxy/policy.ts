// May this target be dialled, and at which addresses? A name is resolved once, every answer is judged, and only what was
// judged is dialled. One bad answer refuses the whole name: picking out the good ones is what DNS rebinding hopes for.

import type { CloseName } from "../shared/close-codes.ts";
import type { Target } from "../shared/target.ts";
import { type Address, isMetadata, isSpecial, parseAddress, parseHost, unwrap } from "./addresses.ts";
import { isExact, isNarrow, matchesAddress, matchesName, type Rule } from "./rules.ts";

export interface Policy {
  /** Empty means: whatever `local` lets through. */
  readonly allow: readonly Rule[];
  /** Stronger than every allow rule. */
  readonly deny: readonly Rule[];
  /** The relay serves this machine's own person, who can reach private and loopback targets without it. */
  readonly local: boolean;
  /** Is it an address of the relay's own machine, on which services trust what comes from there? */
  readonly isOwn: (address: Address) => boolean;
}

/** All addresses of a name as text, in the order of preference. Rejects, or answers none, when there is no such name. */
export type Resolve = (name: string) => Promise<readonly string[]>;

export type Admission =
  | { readonly kind: "admitted"; readonly addresses: readonly string[] }
  | { readonly kind: "refused"; readonly close: Extract<CloseName, "target-denied" | "name-not-found"> };

/** So many of a name's addresses are tried. All are judged. */
const MOST_DIALLED = 8;
/** A name with more answers than this is not a host. */
const MOST_ANSWERS = 64;

const DENIED: Admission = { kind: "refused", close: "target-denied" };
const NOT_FOUND: Admission = { kind: "refused", close: "name-not-found" };

export async function admit(target: Target, policy: Policy, resolve: Resolve): Promise<Admission> {
  const host = parseHost(target.host);
  if (host === undefined) return DENIED;
  const { port } = target;
  const literal = parseAddress(host);
  if (policy.deny.some((rule) => matchesName(rule, host, port))) return DENIED;
  const named = policy.allow.some((rule) => matchesName(rule, host, port));
  // A name that no rule can admit is not even looked up: the question itself tells a name server something.
  if (policy.allow.length > 0 && !named && !policy.allow.some((rule) => rule.kind === "network")) return DENIED;

  const answers = literal ? [host] : await lookUp(host, resolve);
  if (answers === undefined || answers.length === 0) return NOT_FOUND;
  if (answers.length > MOST_ANSWERS) return DENIED;
  const addresses = answers.map(parseAddress);
  const judged = addresses.every((address) => address !== undefined && admitsAddress(address, port, policy, named));
  return judged ? { kind: "admitted", addresses: answers.slice(0, MOST_DIALLED) } : DENIED;
}

async function lookUp(host: string, resolve: Resolve): Promise<readonly string[] | undefined> {
  try {
    return await resolve(host);
  } catch {
    return undefined;
  }
}

/** Every form of the address must pass: the one on the wire, and the ones that a translator would make of it. */
function admitsAddress(address: Address, port: number, policy: Policy, named: boolean): boolean {
  const forms = unwrap(address);
  if ([address, ...forms].some((form) => policy.deny.some((rule) => matchesAddress(rule, form, port)))) return false;
  return forms.every((form) => admitsForm(form, port, policy, named));
}

function admitsForm(form: Address, port: number, policy: Policy, named: boolean): boolean {
  const rules = policy.allow.filter((rule) => matchesAddress(rule, form, port));
  if (isMetadata(form) || (!policy.local && policy.isOwn(form))) return rules.some(isExact);
  if (!isSpecial(form)) return policy.allow.length === 0 ? policy.local : named || rules.length > 0;
  if (policy.local) return policy.allow.length === 0 || named || rules.length > 0;
  // A name rule never opens a private range: whoever holds the name's zone could point it anywhere.
  return rules.some(isNarrow);
}
