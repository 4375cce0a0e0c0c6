// Which key exchange has which name.

import { curve25519 } from "./curve25519.ts";
import { ecdhNistp256 } from "./ecdh.ts";
import type { StartExchange } from "./exchange.ts";
import { mlkem768x25519 } from "./mlkem768x25519.ts";

export const keyExchanges: Readonly<Record<string, StartExchange>> = {
  "mlkem768x25519-sha256": mlkem768x25519,
  "curve25519-sha256": curve25519,
  "curve25519-sha256@libssh.org": curve25519,
  "ecdh-sha2-nistp256": ecdhNistp256,
};

/** Does it withstand someone who records today and computes later? */
export function isPostQuantum(kex: string): boolean {
  return kex.startsWith("mlkem");
}
