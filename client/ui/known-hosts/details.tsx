// One known host, with all that is known of it, and what can be done with it.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { cleanLine, cleanText } from "../../bytes/text.ts";
import { parsePublicKey } from "../../keys/public-key.ts";
import { randomart } from "../../keys/randomart.ts";
import type { Sighting } from "../../knownhosts/claim.ts";
import { formatDay } from "../day.ts";
import { Dialog } from "../dialog.tsx";
import { Fingerprint } from "../fingerprint.tsx";
import { commentOf, fingerprintOf, isUnseen, type Row, sourceWords } from "./rows.ts";
import { scopeWords } from "./scopes.ts";

const LINE_SHOWN = 8000;
const NAMES_SHOWN = 2000;

interface DetailsProps {
  readonly row: Row;
  readonly sighting: Sighting | undefined;
  onClose(): void;
  onRemove(): void;
  onRevoke(): void;
}

export function Details({ row, sighting, onClose, onRemove, onRevoke }: DetailsProps) {
  const close = useRef<HTMLButtonElement>(null);
  const asked = useSignal<"none" | "revoke" | "remove">("none");
  const { marker, names, hosts } = row.entry;
  const drawing = drawingOf(row);
  const comment = commentOf(row);

  const remove = (): void => {
    // To take a revocation away lets a key in that was locked out: not in passing.
    if (marker === "revoked" && asked.value !== "remove") asked.value = "remove";
    else onRemove();
  };

  return (
    <Dialog title={titleOf(row)} wide focus={close} onCancel={onClose}>
      <div class="print">
        <div>
          <p class="caption">
            {row.keyType}
            {drawing && `, ${drawing.bits} bits`}
          </p>
          <Fingerprint fingerprint={fingerprintOf(row)} />
        </div>
        {drawing && (
          <div class="picture shown">
            <pre role="img" aria-label="Picture of the key (randomart)">
              {drawing.picture}
            </pre>
          </div>
        )}
      </div>
      {!drawing && <p class="help">Periwinkle keeps this key, and does not connect with keys of this kind or size.</p>}
      <dl class="facts">
        <dt>Names</dt>
        <dd>
          {names.kind === "hashed" ? (
            "Hidden behind a hash: it is found by its whole name only"
          ) : (
            <bdi>{cleanLine(hosts.replaceAll(",", ", "), NAMES_SHOWN)}</bdi>
          )}
        </dd>
        <dt>Counts</dt>
        <dd>{scopeWords(row.scope)}</dd>
        {marker === undefined && (
          <>
            <dt>{sighting && isUnseen(sighting) ? "Added" : "First seen"}</dt>
            <dd>{formatDay(sighting?.firstSeen)}</dd>
            <dt>Last seen</dt>
            <dd>
              {sighting && isUnseen(sighting) ? "not yet" : formatDay(sighting?.lastSeen)}
              {sighting?.route && <> over {cleanLine(sighting.route, 255).replace(/^https?:\/\//, "")}</>}
            </dd>
            <dt>Source</dt>
            <dd>{sourceWords(sighting)}</dd>
          </>
        )}
        {comment && (
          <>
            <dt>Comment</dt>
            <dd>
              <bdi>{comment}</bdi>
            </dd>
          </>
        )}
      </dl>
      <label class="field">
        <span>Its line</span>
        <textarea readOnly rows={3} value={cleanText(row.text, LINE_SHOWN)} />
      </label>
      {asked.value === "none" ? (
        <div class="actions choices">
          <button type="button" class="first" ref={close} onClick={onClose}>
            Close
          </button>
          {marker !== "revoked" && (
            <button type="button" class="danger" onClick={() => (asked.value = "revoke")}>
              Revoke…
            </button>
          )}
          <button type="button" onClick={remove}>
            {marker === "revoked" ? "Remove…" : "Remove"}
          </button>
        </div>
      ) : (
        <Ask
          key={asked.value}
          text={asked.value === "revoke" ? REVOKE : REMOVE}
          yes={asked.value === "revoke" ? "Revoke this key" : "Remove the revocation"}
          onYes={asked.value === "revoke" ? onRevoke : onRemove}
          onNo={() => (asked.value = "none")}
        />
      )}
    </Dialog>
  );
}

const REVOKE =
  "For a key that somebody else may have. It is refused for every host and over every relay from now on, and this host is asked about like a new one when it shows another key.";
const REMOVE = "Whoever has this key could then pose as a host again. Remove it only if the revocation was a mistake.";

interface AskProps {
  readonly text: string;
  readonly yes: string;
  onYes(): void;
  onNo(): void;
}

function Ask({ text, yes, onYes, onNo }: AskProps) {
  const no = useRef<HTMLButtonElement>(null);
  useEffect(() => no.current?.focus(), []);
  return (
    <fieldset class="ask">
      <legend class="visually-hidden">{yes}</legend>
      <p role="alert">{text}</p>
      <div class="actions">
        <button type="button" class="first" ref={no} onClick={onNo}>
          Keep it
        </button>
        <button type="button" class="danger" onClick={onYes}>
          {yes}
        </button>
      </div>
    </fieldset>
  );
}

function titleOf({ entry: { marker } }: Row): string {
  if (marker === undefined) return "Known host";
  return marker === "revoked" ? "Revoked key" : "Authority";
}

/** Undefined for a key of a kind that we do not use, or that is too short or too long. */
function drawingOf({ entry: { keyBlob } }: Row): { readonly bits: number; readonly picture: string } | undefined {
  try {
    return { bits: parsePublicKey(keyBlob).bits, picture: randomart(keyBlob) };
  } catch {
    return undefined;
  }
}
