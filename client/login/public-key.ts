// Method "publickey" (RFC 4252 7, RFC 8332): ask whether the key would do, then sign. Nothing is signed for a server that
// does not want the key, and never with SHA-1.

import { concat, equal } from "../bytes/bytes.ts";
import { protocolError, SshError } from "../bytes/errors.ts";
import { Writer } from "../bytes/wire.ts";
import type { Signer } from "../keys/signer.ts";
import { type Attempt, CONNECTION_SERVICE } from "./attempt.ts";
import { KeyAccepted, PublicKeyQuery, PublicKeyRequest } from "./auth-messages.ts";
import type { Outcome } from "./auth-requests.ts";
import { untilAborted } from "./until-aborted.ts";

const METHOD = "publickey";

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
  const head = { user: attempt.user, service: CONNECTION_SERVICE, method: METHOD, algorithm, key };

  const reply = await attempt.converse(PublicKeyQuery.encode({ ...head, signed: false }), {
    success: false,
    more(payload) {
      const echo = KeyAccepted.decode(payload);
      // Some servers name the key's type where its algorithm belongs (x/crypto ebb717d). The key must be ours to the byte.
      if ((echo.algorithm !== algorithm && echo.algorithm !== signer.keyType) || !equal(echo.key, key))
        throw protocolError("it accepted another key than the one it was asked about (RFC 4252 7)");
    },
  });
  if (reply.kind !== "more") return reply;

  const request = PublicKeyQuery.encode({ ...head, signed: true });
  // Bound to this session and this user: the signature is good for nothing else.
  const signed = concat(new Writer().string(attempt.transport.sessionId).done(), request);
  const signature = await untilAborted(signer.sign(algorithm, signed), attempt.transport.signal);
  return await attempt.request(PublicKeyRequest.encode({ ...head, signed: true, signature }));
}
