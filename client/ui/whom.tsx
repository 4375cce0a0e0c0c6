// Who logs in where: on every dialog that asks for a secret, so that a server cannot ask in another one's name.

import { formatTarget } from "../../shared/target.ts";
import type { Asked } from "./asked.ts";
import { Fingerprint } from "./fingerprint.tsx";
import { isLasting, trustSentence, trustWords } from "./trust-basis.ts";

export function Whom({ asked }: { readonly asked: Asked }) {
  const { basis, facts } = asked.state.value;
  return (
    <div class="whom">
      <p>
        {asked.destination.user}@{formatTarget(asked.destination)}
      </p>
      {facts && (
        <details>
          <summary>Its key is trusted{basis && !isLasting(basis) && `: ${trustWords(basis)}`}</summary>
          {basis && <p>{trustSentence(basis)}</p>}
          <p class="caption">{facts.hostKeyAlgorithm}, SHA256</p>
          <Fingerprint fingerprint={facts.hostKeyFingerprint} />
        </details>
      )}
    </div>
  );
}
