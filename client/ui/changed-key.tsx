// A host shows another key than the one that was trusted. There is no way to accept it in passing: the old key can be
// forgotten, by typing the host's name, or replaced by one whose fingerprint the person got elsewhere.

import { formatTarget, knownHostsName, SSH_PORT } from "../../shared/target.ts";
import type { ChangedHostKey, EarlierAnswer, KeySource } from "../knownhosts/claim.ts";
import type { Around } from "./around.ts";
import { formatDay } from "./day.ts";
import { Fingerprint } from "./fingerprint.tsx";
import { ForgetHost } from "./forget-host.tsx";
import { ReplaceKey } from "./replace-key.tsx";
import { Stopped } from "./stopped.tsx";

interface ChangedKeyProps {
  readonly around: Pick<Around, "leave" | "toKnownHosts" | "forgetHost">;
  readonly changed: ChangedHostKey;
  /** Connects again, with the new key in place of the old one. Undefined where that cannot be done. */
  readonly replace: ((earlier: EarlierAnswer) => void) | undefined;
}

type Known = ChangedHostKey["known"][number];

export function ChangedKey({ around, changed, replace }: ChangedKeyProps) {
  const { forgetHost } = around;
  const { alias, known, shown } = changed;
  const place = alias === undefined ? changed : { host: alias, port: SSH_PORT };
  return (
    <Stopped
      around={around}
      name={knownHostsName(place)}
      title={`The key of ${formatTarget(changed)} changed`}
      shortTitle={`The key of ${changed.host} changed`}
    >
      {alias !== undefined && (
        <p class="soft">
          Its keys are kept under the alias <b>{alias}</b>, which is set under Options. If that belongs to another host,
          this is why.
        </p>
      )}
      <div class="compare">
        <div class="known">
          {known.map((key) => (
            <KnownKey key={key.fingerprint} known={key} />
          ))}
        </div>
        <div class="new">
          <div>
            <h2>The server now shows</h2>
            <Fingerprint fingerprint={shown.fingerprint} />
            <p class="caption">{shown.keyType}, never trusted here</p>
          </div>
        </div>
      </div>
      <div>
        <h2>What may have happened</h2>
        <ul class="causes">
          <li>Someone stands between you and the server, and would read what you type.</li>
          <li>The server was installed anew, or its owner gave it a new key.</li>
          <li>The name or the address now belongs to another machine.</li>
          {known.some(({ kind }) => kind === "authority") && (
            <li>The server lost its certificate, or it ran out and was not made anew.</li>
          )}
        </ul>
        <p>Ask the server's owner which it is, on another way than through this connection, before you go on.</p>
      </div>
      <div class="ways">
        {replace && <ReplaceKey shown={shown.fingerprint} onReplace={replace} />}
        {forgetHost && (
          <ForgetHost
            place={place}
            forget={() => forgetHost(changed.scope, place.host, place.port)}
            forgotten={() => around.leave()}
          />
        )}
      </div>
    </Stopped>
  );
}

function KnownKey({ known: { kind, keyType, fingerprint, firstSeen, lastSeen, source } }: { readonly known: Known }) {
  const authority = kind === "authority";
  return (
    <div>
      <h2>{authority ? "You trusted certificates by" : "You trusted"}</h2>
      <Fingerprint fingerprint={fingerprint} />
      <p class="caption">
        {keyType}
        {source !== undefined && `, ${CAME_BY[source]}`}
      </p>
      {authority ? (
        <p class="caption">Now there is none by this authority.</p>
      ) : (
        <p class="caption">
          First seen {formatDay(firstSeen)}, last seen {formatDay(lastSeen)}
        </p>
      )}
    </div>
  );
}

const CAME_BY: Record<KeySource, string> = {
  asked: "you were asked",
  "accept-new": "taken unasked as a new host",
  imported: "imported",
  added: "added by hand",
  rotation: "announced by the server itself",
};
