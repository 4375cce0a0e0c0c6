// A key that the known hosts call revoked. Nothing on this page leads on: only taking the mark itself away would.

import { formatTarget, knownHostsName } from "../../shared/target.ts";
import type { ConnectionFailure, Destination } from "../switchboard/messages.ts";
import type { Around } from "./around.ts";
import { Stopped } from "./stopped.tsx";

interface RevokedKeyProps {
  readonly around: Pick<Around, "leave" | "toKnownHosts">;
  readonly destination: Destination;
  readonly failure: ConnectionFailure;
}

export function RevokedKey({ around, destination, failure }: RevokedKeyProps) {
  return (
    <Stopped
      around={around}
      name={knownHostsName(destination)}
      title={`The key of ${formatTarget(destination)} was revoked`}
      shortTitle={`The key of ${destination.host} was revoked`}
    >
      <p>{failure.message}</p>
      <div>
        <h2>What you can do</h2>
        <ul class="causes">
          <li>Ask the server's owner for a new key, on another way than through this connection.</li>
          <li>
            Your known hosts say that this key must not be trusted any more. Remove that line there only if you know
            that it is wrong: then the key is a question again.
          </li>
        </ul>
      </div>
    </Stopped>
  );
}
