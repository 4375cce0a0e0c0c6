// What an import would do, before it does it. What contradicts the known hosts is left out unless the person says otherwise.

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren, RefObject } from "preact";
import { cleanLine } from "../../bytes/text.ts";
import { fingerprint } from "../../keys/fingerprint.ts";
import { keyLabel } from "../../knownhosts/describe.ts";
import type { ImportLine } from "../../knownhosts/import.ts";
import { type Chosen, choicesFor, conflictKey, countOf, type Preview, type ScopedConflict } from "./preview.ts";
import { scopeWords } from "./scopes.ts";
import type { ChoicesOf } from "./shelf.ts";

/** A person looks at a sample; the rest is a number. */
const SAMPLES = 12;
const CONFLICTS_SHOWN = 40;
const LINE_SHOWN = 120;

const numbers = new Intl.NumberFormat("en");

interface ImportPreviewProps {
  readonly preview: Preview;
  /** "Import", "Add", "Restore" */
  readonly verb: string;
  readonly busy: boolean;
  /** May be pressed when no line goes in: a backup holds more than known hosts. */
  readonly always?: boolean;
  /** Has the focus when it is shown. */
  readonly cancel: RefObject<HTMLButtonElement | null>;
  onTake(choices: ChoicesOf, count: number): void;
  onBack(): void;
}

export function ImportPreview({ preview, verb, busy, always = false, cancel, onTake, onBack }: ImportPreviewProps) {
  const chosen = useSignal<Chosen>({ replace: new Set(), authorities: true });
  const count = countOf(preview, chosen.value);
  const { added, known, conflicts, revocations, authorities, revoked, unreadable, wide, uncompared } = preview;
  return (
    <>
      <ul class="preview">
        <Part count={added.length} what="new" lines={added}>
          {wide > 0 && <p class="help">{numbers.format(wide)} of them speak of many hosts, by a pattern.</p>}
          {uncompared > 0 && (
            <p class="help">
              {numbers.format(uncompared)} of them could not be compared with every host you know, because names are
              hidden behind hashes. What you know of a host stays in any case.
            </p>
          )}
        </Part>
        <Part count={known.length} what="there already" lines={known} />
        {conflicts.length > 0 && <Conflicts conflicts={conflicts} chosen={chosen} />}
        <Part
          count={revocations.length}
          what={one(
            revocations,
            "revocation: its key is refused from now on",
            "revocations: their keys are refused from now on",
          )}
          lines={revocations}
        />
        {authorities.length > 0 && (
          <Part
            count={authorities.length}
            what={one(
              authorities,
              "authority: who has its key can vouch for hosts",
              "authorities: who has their keys can vouch for hosts",
            )}
            lines={authorities}
          >
            <label class="tick">
              <input
                type="checkbox"
                checked={chosen.value.authorities}
                onInput={(event) => {
                  chosen.value = { ...chosen.value, authorities: event.currentTarget.checked };
                }}
              />
              <span>{one(authorities, `${verb} the authority too`, `${verb} the authorities too`)}</span>
            </label>
          </Part>
        )}
        <Part
          count={revoked.length}
          what={one(revoked, "left out, because its key is revoked", "left out, because their keys are revoked")}
          lines={revoked}
        />
        {unreadable.length > 0 && (
          <li>
            <details>
              <summary>
                <b>{numbers.format(unreadable.length)}</b> left out, because{" "}
                {one(unreadable, "the line cannot be read", "the lines cannot be read")}
              </summary>
              <ul class="samples">
                {unreadable.slice(0, SAMPLES).map(({ number, text, reason }) => (
                  <li key={number}>
                    Line {number}: {reason}. <code>{cleanLine(text, LINE_SHOWN)}</code>
                  </li>
                ))}
              </ul>
            </details>
          </li>
        )}
        {added.length + known.length + conflicts.length + revocations.length + authorities.length === 0 && (
          <li>No known host is in it.</li>
        )}
      </ul>
      <div class="actions">
        <button type="button" class="first" ref={cancel} onClick={onBack}>
          Cancel
        </button>
        <button
          type="button"
          class="primary"
          disabled={busy || (count === 0 && !always)}
          onClick={() => onTake(choicesFor(preview, chosen.value), count)}
        >
          {verb} {count === 1 ? "1 line" : `${numbers.format(count)} lines`}
        </button>
      </div>
    </>
  );
}

interface PartProps {
  readonly count: number;
  readonly what: string;
  readonly lines: readonly ImportLine[];
  readonly children?: ComponentChildren;
}

function Part({ count, what, lines, children }: PartProps) {
  if (count === 0) return null;
  return (
    <li>
      <details>
        <summary>
          <b>{numbers.format(count)}</b> {what}
        </summary>
        <ul class="samples">
          {lines.slice(0, SAMPLES).map((line) => (
            <li key={line.number}>
              <bdi>{nameOf(line)}</bdi>, {keyLabel(line.entry.keyType)} <code>{fingerprint(line.entry.keyBlob)}</code>
            </li>
          ))}
          {count > SAMPLES && <li>and {numbers.format(count - SAMPLES)} more</li>}
        </ul>
      </details>
      {children}
    </li>
  );
}

interface ConflictsProps {
  readonly conflicts: readonly ScopedConflict[];
  readonly chosen: Signal<Chosen>;
}

function Conflicts({ conflicts, chosen }: ConflictsProps) {
  const { replace } = chosen.value;
  const isChosen = (conflict: ScopedConflict): boolean => replace === "all" || replace.has(conflictKey(conflict));
  const choose = (conflict: ScopedConflict, yes: boolean): void => {
    const left = new Set(replace === "all" ? conflicts.map(conflictKey) : replace);
    if (yes) left.add(conflictKey(conflict));
    else left.delete(conflictKey(conflict));
    chosen.value = { ...chosen.value, replace: left };
  };
  return (
    <li class="conflicts">
      <fieldset>
        <legend>
          <b>{numbers.format(conflicts.length)}</b>{" "}
          {one(
            conflicts,
            "contradicts what you know: its host is known by another key of this type. It is left out,",
            "contradict what you know: their hosts are known by other keys of their types. They are left out,",
          )}{" "}
          unless you choose to replace the saved key.
        </legend>
        {conflicts.length > 1 && (
          <label class="tick">
            <input
              type="checkbox"
              checked={replace === "all"}
              onInput={(event) => {
                chosen.value = { ...chosen.value, replace: event.currentTarget.checked ? "all" : new Set() };
              }}
            />
            <span>Replace all {numbers.format(conflicts.length)}</span>
          </label>
        )}
        <ul>
          {conflicts.slice(0, CONFLICTS_SHOWN).map((conflict) => (
            <li key={conflictKey(conflict)}>
              <label class="tick">
                <input
                  type="checkbox"
                  checked={isChosen(conflict)}
                  onInput={(event) => choose(conflict, event.currentTarget.checked)}
                />
                <span>
                  Replace the key of <bdi>{clashNames(conflict)}</bdi>
                  {conflict.scope !== "" && <small> ({scopeWords(conflict.scope)})</small>}
                </span>
              </label>
              <dl class="clash">
                <dt>known</dt>
                <dd>
                  <code>{knownPrint(conflict)}</code>
                </dd>
                <dt>new</dt>
                <dd>
                  <code>{fingerprint(conflict.entry.keyBlob)}</code>
                </dd>
              </dl>
            </li>
          ))}
          {conflicts.length > CONFLICTS_SHOWN && <li>and {numbers.format(conflicts.length - CONFLICTS_SHOWN)} more</li>}
        </ul>
      </fieldset>
    </li>
  );
}

const one = (all: readonly unknown[], single: string, several: string): string => (all.length === 1 ? single : several);

function nameOf({ entry: { hosts, names } }: ImportLine): string {
  return names.kind === "hashed" ? "hidden name" : cleanLine(hosts.replaceAll(",", ", "), LINE_SHOWN);
}

function clashNames({ clashes }: ScopedConflict): string {
  const names = new Set(clashes.map(({ name }) => (name.startsWith("|") ? "a hidden name" : name)));
  return cleanLine([...names].join(", "), LINE_SHOWN);
}

function knownPrint({ clashes }: ScopedConflict): string {
  const prints = new Set(clashes.slice(0, 4).map(({ known }) => fingerprint(known.keyBlob)));
  return [...prints].join(", ");
}
