// Method "publickey" (RFC 4252 7, RFC 8332): ask whether the key would do, then sign. Nothing is signed for a server that
// does not want the key, and never with SHA-1. Where the server knows how, the signature names its host key as well, so
// that whoever is asked to sign can tell which server it is for.

import { concat, equal } from "../bytes/bytes.ts";
import { protocolError, SshError } from "../bytes/errors.ts";
import { Writer } from "../bytes/wire.ts";
import type { Signer } from "../keys/signer.ts";
import { type Attempt, CONNECTION_SERVICE } from "./attempt.ts";
import { HostBoundQuery, HostBoundRequest, KeyAccepted, PublicKeyQuery, PublicKeyRequest } from "./auth-messages.ts";
import type { Outcome } from "./auth-requests.ts";
import { untilAborted } from "./until-aborted.ts";

const METHOD = "publickey";
/** OpenSSH PROTOCOL 3.1 */
const HOST_BOUND_METHOD = "publickey-hostbound-v00@openssh.com";

/**
 * The best algorithm of the key that the server announced, or else the key's best: servers announce nothing, or only
 * some of what they take (OpenSSH 7.4 names its RSA algorithms alone), so an announcement orders and does not exclude.
 */
function signatureAlgorithm(
  algorithms: readonly string[],
  announced: readonly string[] | undefined,
): string | undefined {
  return algorithms.find((name) => announced?.includes(name)) ?? algorithms[0];
}

export async function tryPublicKey(attempt: Attempt, signer: Signer): Promise<Outcome> {
  const algorithm = signatureAlgorithm(signer.algorithms, attempt.transport.serverSignatureAlgorithms);
  if (algorithm === undefined) throw new SshError("unsupported", "This key cannot sign. Choose another key.");
  const key = signer.publicKey;
  const messages = messagesFor(attempt.transport.hostBoundTo, {
    user: attempt.user,
    service: CONNECTION_SERVICE,
    algorithm,
    key,
  });

  const reply = await attempt.converse(messages.query(false), {
    success: false,
    more(payload) {
      const echo = KeyAccepted.decode(payload);
      // Some servers name the key's type where its algorithm belongs (x/crypto ebb717d). The key must be ours to the byte.
      if ((echo.algorithm !== algorithm && echo.algorithm !== signer.keyType) || !equal(echo.key, key))
        throw protocolError("it accepted another key than the one it was asked about (RFC 4252 7)");
    },
  });
  if (reply.kind !== "more") return reply;

  // Bound to this session and this user: the signature is good for nothing else.
  const signed = concat(new Writer().string(attempt.transport.sessionId).done(), messages.query(true));
  const signature = await untilAborted(signer.sign(algorithm, signed), attempt.transport.signal);
  return await attempt.request(messages.request(signature));
}

interface Head {
  readonly user: string;
  readonly service: string;
  readonly algorithm: string;
  readonly key: Uint8Array;
}

interface Messages {
  query(signed: boolean): Uint8Array;
  request(signature: Uint8Array): Uint8Array;
}

/** Fixed for one attempt: what is asked and what is signed must be the same. */
function messagesFor(hostKey: Uint8Array | undefined, head: Head): Messages {
  if (hostKey === undefined) {
    const values = { ...head, method: METHOD };
    return {
      query: (signed) => PublicKeyQuery.encode({ ...values, signed }),
      request: (signature) => PublicKeyRequest.encode({ ...values, signed: true, signature }),
    };
  }
  const values = { ...head, method: HOST_BOUND_METHOD, hostKey };
  return {
    query: (signed) => HostBoundQuery.encode({ ...values, signed }),
    request: (signature) => HostBoundRequest.encode({ ...values, signed: true, signature }),
  };
}
