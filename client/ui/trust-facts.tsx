// What else is known of an unknown key: other names that have it, whose certificate it came in, and who could have vouched
// for it. The words of a certificate are the server's own.

import type { HostKeyQuestion, ShownCertificate } from "../knownhosts/claim.ts";
import { Fingerprint } from "./fingerprint.tsx";
import { unicodeHost } from "./unicode-host.ts";

export function TrustFacts({ question, user }: { readonly question: HostKeyQuestion; readonly user: string }) {
  const { host, alias, alsoKeyOf, authorities, certificate, keep } = question;
  const unicode = unicodeHost(host);
  return (
    <>
      <dl class="facts">
        {unicode !== undefined && (
          <>
            <dt>In its own script</dt>
            <dd>
              <bdi>{unicode}</bdi>
            </dd>
          </>
        )}
        {alias !== undefined && (
          <>
            <dt>Known as</dt>
            <dd>{alias} (the alias under Options)</dd>
          </>
        )}
        {/* Inside somebody else's page nothing was looked up. */}
        {keep && (
          <>
            <dt>Same key as</dt>
            <dd>{alsoKeyOf.length > 0 ? alsoKeyOf.join(", ") : "No other host you trust"}</dd>
          </>
        )}
        <dt>Log in as</dt>
        <dd>{user} (nothing has been sent yet)</dd>
      </dl>
      {authorities.length > 0 && (
        <details class="further warning">
          <summary>
            An authority that you know vouches for names like this one, but the server shows no certificate by it.
          </summary>
          {authorities.map((authority) => (
            <Fingerprint key={authority} fingerprint={authority} />
          ))}
        </details>
      )}
      {certificate && <Certificate certificate={certificate} />}
    </>
  );
}

function Certificate({ certificate }: { readonly certificate: ShownCertificate }) {
  const { authority, keyId, serial, validAfter, validBefore, principals } = certificate;
  return (
    <details class="further">
      <summary>It comes with a certificate by an authority that you do not know</summary>
      <p class="caption">The authority's key, SHA256</p>
      <Fingerprint fingerprint={authority} />
      <dl class="facts">
        <dt>Issued as</dt>
        <dd>
          <bdi>{keyId === "" ? "(no name)" : keyId}</bdi>
        </dd>
        <dt>Serial number</dt>
        <dd>{serial}</dd>
        <dt>Valid</dt>
        <dd>{validity(validAfter, validBefore)}</dd>
        <dt>For hosts</dt>
        <dd>
          <bdi>{principals.length > 0 ? principals.join(", ") : "(none named)"}</bdi>
        </dd>
      </dl>
    </details>
  );
}

/** Either may be "always". */
function validity(after: string, before: string): string {
  if (after === before) return after;
  if (after === "always") return `until ${before}`;
  return before === "always" ? `from ${after}` : `${after} to ${before}`;
}
