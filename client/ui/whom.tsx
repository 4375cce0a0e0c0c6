// Who logs in where: on every dialog that asks for a secret, so that a server cannot ask in another one's name.

import { formatTarget } from "../../shared/target.ts";
import { Fingerprint } from "./fingerprint.tsx";
import type { Session } from "./session.ts";

export function Whom({ session }: { readonly session: Session }) {
  const { facts } = session.state.value;
  return (
    <div class="whom">
      <p>
        {session.destination.user}@{formatTarget(session.destination)}
      </p>
      {facts && (
        <details>
          <summary>Its key is trusted</summary>
          <p class="caption">{facts.hostKeyAlgorithm}, SHA256</p>
          <Fingerprint fingerprint={facts.hostKeyFingerprint} />
        </details>
      )}
    </div>
  );
}
