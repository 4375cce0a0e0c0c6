// The one error for a packet that does not authenticate. Its text never says which check failed, so that nobody who
// alters packets on the way learns from it.

import { SshError } from "../bytes/errors.ts";

export function notAuthentic(cause?: unknown): SshError {
  return new SshError(
    "integrity",
    "Data from the server was damaged or altered on its way, so the connection was ended. Connect again; if it happens again, do not trust the network in between.",
    { cause },
  );
}
