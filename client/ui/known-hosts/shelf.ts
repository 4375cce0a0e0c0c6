// The known hosts of this browser as the page shows them: all scopes as rows, followed while other tabs change them, and the
// changes that a person makes, each of which can be taken back.

import { signal } from "@preact/signals";
import { cleanLine } from "../../bytes/text.ts";
import { fingerprint } from "../../keys/fingerprint.ts";
import type { KeySource, Sighting } from "../../knownhosts/claim.ts";
import { removeLine, revokeKey } from "../../knownhosts/edit.ts";
import type { Entry } from "../../knownhosts/file.ts";
import { applyImport, type ImportChoices, type ImportPlan } from "../../knownhosts/import.ts";
import { isLiteral } from "../../knownhosts/names.ts";
import type { Seen } from "../../knownhosts/store.ts";
import type { KnownHostsAccess } from "./access.ts";
import { type Row, rowsOf, sightingRow } from "./rows.ts";
import { EVERYWHERE, type ScopedText } from "./scopes.ts";
import { type Change, takenBack } from "./undo.ts";

/** A date is kept for each name that is imported. Of a longer list the dates begin when each host is met. */
const IMPORTED_DATES = 2000;
const NAME_SHOWN = 60;

interface Done {
  readonly sentence: string;
  readonly changes: readonly Change[];
}

export interface ScopedPlan {
  readonly scope: string;
  readonly plan: ImportPlan;
}

export class Shelf {
  /** Undefined until they are read. */
  readonly rows = signal<readonly Row[] | undefined>(undefined);
  readonly seen = signal<ReadonlyMap<string, Sighting>>(new Map());
  /** Why they cannot be shown or changed. */
  readonly trouble = signal("");
  /** What was done last, and how to undo it. */
  readonly done = signal<Done | undefined>(undefined);
  readonly relay: string;
  readonly #access: KnownHostsAccess;
  readonly #now: () => number;
  #parsed = new Map<string, { readonly text: string; readonly rows: readonly Row[] }>();
  #reading: Promise<void> | undefined;
  #stale = false;

  /** `relay` is the scope of the relay that the page uses. */
  constructor(access: KnownHostsAccess, relay: string, now: () => number) {
    this.#access = access;
    this.relay = relay;
    this.#now = now;
  }

  /** Reads, and follows every change until the returned function is called. */
  open(): () => void {
    const unwatch = this.#access.watch(() => void this.load());
    void this.load();
    return unwatch;
  }

  /** Never rejects. A call while it reads makes it read once more. */
  load(): Promise<void> {
    this.#stale = true;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  get texts(): readonly ScopedText[] {
    return [...this.#parsed].map(([scope, { text }]) => ({ scope, text }));
  }

  textOf(scope: string): string {
    return this.#parsed.get(scope)?.text ?? "";
  }

  remove(row: Row): Promise<boolean> {
    const what = row.entry.marker === undefined ? `the key of ${nameOf(row)}` : `the line about ${nameOf(row)}`;
    return this.#change(`Removed ${what}.`, [{ scope: row.scope, change: (text) => removeLine(text, row.text) }]);
  }

  /** A key that somebody else may have is no host's: it is refused for every name, whichever relay leads there. */
  revoke(row: Row): Promise<boolean> {
    const add = (text: string): string => revokeKey(text, "*", row.entry.keyBlob);
    const drop = (text: string): string => removeLine(text, row.text);
    return this.#change(
      `Revoked the key of ${nameOf(row)}.`,
      // The revocation first: should the second change fail, the key is refused all the same.
      row.scope === EVERYWHERE
        ? [{ scope: EVERYWHERE, change: (text) => drop(add(text)) }]
        : [
            { scope: EVERYWHERE, change: add },
            { scope: row.scope, change: drop },
          ],
    );
  }

  /** What was planned, and nothing else, even if the known hosts have changed since. Without a source nothing is dated by it. */
  add(sentence: string, plans: readonly ScopedPlan[], choices: ChoicesOf, source?: KeySource): Promise<boolean> {
    let dates = IMPORTED_DATES;
    const edits = plans.map(({ scope, plan }) => {
      const chosen = choices(scope);
      const conflicting = plan.conflicts.filter(({ number }) => chosen.replace === "all" || chosen.replace.has(number));
      const seen = [...plan.added, ...conflicting].flatMap(({ entry }): Seen[] => {
        if (source === undefined || dates <= 0) return [];
        const names = literalNames(entry);
        dates -= names.length;
        const keySha256 = fingerprint(entry.keyBlob);
        return names.map((name) => ({ key: { scope, name, keySha256 }, at: this.#now(), source, route: undefined }));
      });
      return { scope, change: (text: string) => applyImport(text, plan, chosen), seen };
    });
    return this.#change(sentence, edits);
  }

  async undo(): Promise<void> {
    const undone = this.done.value;
    if (undone === undefined) return;
    const edits = [...undone.changes]
      .reverse()
      .map((change) => ({ scope: change.scope, change: (text: string) => takenBack(text, change) }));
    if (await this.#change("Undone.", edits)) this.done.value = { sentence: "Undone.", changes: [] };
  }

  /** True when all of it is saved. */
  async #change(sentence: string, edits: readonly Edit[]): Promise<boolean> {
    const changes: Change[] = [];
    try {
      for (const { scope, change, seen = [] } of edits) {
        let made: Change | undefined;
        const edit = (before: string): string => {
          const after = change(before);
          made = { scope, before, after };
          return after;
        };
        await this.#access.edit(scope, edit, seen);
        if (made !== undefined && made.before !== made.after) changes.push(made);
      }
      this.trouble.value = "";
      this.done.value = { sentence, changes };
      await this.load();
      return true;
    } catch (thrown) {
      this.done.value = undefined;
      this.trouble.value = `The known hosts could not be changed. ${reasonOf(thrown)}`;
      await this.load();
      return false;
    }
  }

  async #read(): Promise<void> {
    try {
      while (this.#stale) {
        this.#stale = false;
        const texts = await this.#access.readAll();
        const sightings = await Promise.all(texts.map(({ scope }) => this.#access.sightings(scope)));
        const parsed = texts.map(({ scope, text }) => {
          const known = this.#parsed.get(scope);
          return [scope, known?.text === text ? known : { text, rows: rowsOf(scope, text) }] as const;
        });
        this.#parsed = new Map(parsed);
        this.seen.value = new Map(
          sightings.flat().map(({ key, sighting }) => [sightingRow(key.scope, key.name, key.keySha256), sighting]),
        );
        this.rows.value = parsed.flatMap(([, { rows }]) => rows);
      }
    } catch (thrown) {
      this.trouble.value = `The known hosts could not be read. ${reasonOf(thrown)}`;
      this.rows.value ??= [];
    }
  }
}

interface Edit {
  readonly scope: string;
  readonly change: (text: string) => string;
  readonly seen?: readonly Seen[];
}

export type ChoicesOf = (scope: string) => ImportChoices;

const nameOf = (row: Row): string => cleanLine(row.names, NAME_SHOWN);

/** Our own sentences only: an error of the browser is none. */
const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error && thrown.name === "SshError" ? thrown.message : "Reload the page and try again.";

function literalNames({ names }: Entry): string[] {
  if (names.kind === "hashed") return [];
  return names.patterns
    .filter((pattern) => isLiteral(pattern) && !pattern.negated && pattern.glob !== "")
    .map(({ glob }) => glob);
}
