// What the scripted server and the client agree on (RFC 4253 7.1), and the ciphers and streams that come of it, with the
// directions swapped.

import { compressions, type IncomingKeys, type OutgoingKeys } from "../../client/framing/compression.ts";
import { cipherSuites, macs } from "../../client/framing/suites.ts";
import { deriveKeys, type KeySource } from "../../client/kex/derive.ts";
import { KexInit, STRICT_CLIENT, STRICT_SERVER } from "../../client/kex/proposal.ts";

interface Names {
  readonly cipher: string;
  readonly mac: string | undefined;
  readonly compression: string;
}

interface Agreement {
  readonly kex: string;
  readonly toServer: Names;
  readonly toClient: Names;
}

/** What RFC 4253 7.1 makes of two proposals: the client's first name that the server has too. */
export function agree(ours: Uint8Array, theirs: Uint8Array): { agreement: Agreement; strict: boolean } {
  const [server, client] = [KexInit.decode(ours), KexInit.decode(theirs)];
  const choose = (wanted: readonly string[], offered: readonly string[]): string => {
    const chosen = wanted.find((name) => offered.includes(name));
    if (chosen === undefined) throw new Error(`nothing in common: ${wanted.join()} and ${offered.join()}`);
    return chosen;
  };
  const direction = (cipher: string, wanted: readonly string[], offered: readonly string[], compression: string) => ({
    cipher,
    mac: cipherSuites[cipher]?.authenticated ? undefined : choose(wanted, offered),
    compression,
  });
  const toServer = choose(client.cipherClientToServer, server.cipherClientToServer);
  const toClient = choose(client.cipherServerToClient, server.cipherServerToClient);
  return {
    strict: client.kex.includes(STRICT_CLIENT) && server.kex.includes(STRICT_SERVER),
    agreement: {
      kex: choose(client.kex, server.kex),
      toServer: direction(
        toServer,
        client.macClientToServer,
        server.macClientToServer,
        choose(client.compressionClientToServer, server.compressionClientToServer),
      ),
      toClient: direction(
        toClient,
        client.macServerToClient,
        server.macServerToClient,
        choose(client.compressionServerToClient, server.compressionServerToClient),
      ),
    },
  };
}

/** `direction` is the client's word: what comes in to it is what the server seals. */
export function cipherOf(source: KeySource, direction: "outgoing" | "incoming", names: Agreement["toServer"]) {
  const suite = cipherSuites[names.cipher];
  const mac = names.mac === undefined ? undefined : macs[names.mac];
  if (!suite) throw new Error(`no cipher ${names.cipher}`);
  const keys = deriveKeys(source, direction, { key: suite.keyBytes, iv: suite.ivBytes, mac: mac?.keyBytes ?? 0 });
  return { sealing: () => suite.sealing(keys, mac), opening: () => suite.opening(keys, mac) };
}

export async function compressionOf(name: string, which: "deflater"): Promise<OutgoingKeys["compression"]>;
export async function compressionOf(name: string, which: "inflater"): Promise<IncomingKeys["compression"]>;
export async function compressionOf(name: string, which: "deflater" | "inflater") {
  const compression = compressions[name];
  if (!compression) return undefined;
  const { delayed } = compression;
  return { stream: await (which === "deflater" ? compression.deflater() : compression.inflater()), delayed };
}
