// The addresses of this machine, other than loopback, which the policy knows anyway. A public address that a router in
// front translates is on no interface: only the operator can know of it, and deny it.

import { networkInterfaces } from "node:os";
import { type Address, parseAddress, sameAddress } from "./addresses.ts";

/** Networks come and go: so long an answer is believed. */
const FRESH_MS = 60_000;

/** Is this address one of ours? */
export function ownAddresses(
  interfaces = networkInterfaces,
  now = () => performance.now(),
): (address: Address) => boolean {
  let known: readonly Address[] = [];
  let read = Number.NEGATIVE_INFINITY;
  return (address) => {
    if (now() - read > FRESH_MS) {
      read = now();
      const rows = Object.values(interfaces()).flatMap((rows) => rows ?? []);
      known = rows.flatMap((row) => (row.internal ? [] : (parseAddress(row.address.replace(/%.*$/, "")) ?? [])));
    }
    return known.some((own) => sameAddress(own, address));
  };
}
