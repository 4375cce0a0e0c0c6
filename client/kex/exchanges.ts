// Which key exchange has which name. Each method is a chunk of its own, loaded when it is chosen or a little ahead.

import { loaded } from "../bytes/loaded.ts";
import type { StartExchange } from "./exchange.ts";

const mlkem = async () => (await loaded(import("./mlkem768x25519.ts"))).mlkem768x25519;
const sntrup = async () => (await loaded(import("./sntrup761x25519.ts"))).sntrup761x25519;
const x25519 = () => loaded(import("./curve25519.ts"));
const ecdh = () => loaded(import("./ecdh.ts"));
const dh = () => loaded(import("./dh.ts"));
const groupExchange = () => loaded(import("./group-exchange.ts"));

const sntrup761x25519: StartExchange = async (context) => (await sntrup()).start(context);
const curve25519: StartExchange = async (context) => (await x25519()).curve25519(context);

/** Strongest first; the three with SHA-1 are for old servers only (`LEGACY` in proposal.ts). */
export const keyExchanges: Readonly<Record<string, StartExchange>> = {
  "mlkem768x25519-sha256": async (context) => (await mlkem()).start(context),
  "sntrup761x25519-sha512": sntrup761x25519,
  "sntrup761x25519-sha512@openssh.com": sntrup761x25519,
  "curve25519-sha256": curve25519,
  "curve25519-sha256@libssh.org": curve25519,
  "ecdh-sha2-nistp256": async (context) => (await ecdh()).ecdhNistp256(context),
  "ecdh-sha2-nistp384": async (context) => (await ecdh()).ecdhNistp384(context),
  "ecdh-sha2-nistp521": async (context) => (await ecdh()).ecdhNistp521(context),
  "diffie-hellman-group-exchange-sha256": async (context) => (await groupExchange()).groupExchangeSha256(context),
  "diffie-hellman-group16-sha512": async (context) => (await dh()).group16Sha512(context),
  "diffie-hellman-group18-sha512": async (context) => (await dh()).group18Sha512(context),
  "diffie-hellman-group14-sha256": async (context) => (await dh()).group14Sha256(context),
  "diffie-hellman-group-exchange-sha1": async (context) => (await groupExchange()).groupExchangeSha1(context),
  "diffie-hellman-group14-sha1": async (context) => (await dh()).group14Sha1(context),
  "diffie-hellman-group1-sha1": async (context) => (await dh()).group1Sha1(context),
};

/** Does it withstand someone who records today and computes later? */
export function isPostQuantum(kex: string): boolean {
  return kex.startsWith("mlkem") || kex.startsWith("sntrup");
}

/**
 * Loads and rehearses those of the named exchanges that most servers will choose and that are slow the first time, while
 * there is something to wait for anyway. A failure shows when the exchange is chosen, and only then.
 */
export async function prefetchExchanges(names: readonly string[]): Promise<void> {
  const slow = [
    { prefix: "mlkem768x25519", load: mlkem },
    { prefix: "sntrup761x25519", load: sntrup },
  ];
  const wanted = slow.filter(({ prefix }) => names.some((name) => name.startsWith(prefix)));
  const rehearsals = wanted.map(async ({ load }) => (await load()).rehearse());
  await Promise.allSettled(rehearsals);
}
