// Which of the known hosts a line of an import speaks of. Names of which one is hidden behind a hash can only be tried one by
// one, so that part is bounded: a file of somebody's must not hang the page.

import { equal } from "../bytes/bytes.ts";
import type { Entry } from "./file.ts";
import { type HostNames, isLiteral, matchesGlob, matchesName } from "./names.ts";

/** A hash takes about 10 microseconds, a pattern far less: some seconds in all. */
const EFFORT = 2_000_000;
const EFFORT_OF_HASH = 20;
/** A line of so many names times exceptions is nobody's: it is tried like one with wildcards. */
const TANGLED = 100_000;

/** This name is known by that line, which has another key of the same type. */
export interface Clash {
  readonly name: string;
  readonly known: Entry;
}

interface Comparison {
  readonly clashes: readonly Clash[];
  /** Each of its names is known with this very key. */
  readonly covered: boolean;
  /** It speaks of more hosts than it names. */
  readonly wide: boolean;
  /** False where names were left that could not be tried. */
  readonly complete: boolean;
}

export class KnownNames {
  /** By each readable name, and a hashed one by its whole field. */
  readonly #named = new Map<string, Entry[]>();
  readonly #readable: readonly string[];
  /** Lines that may speak of any name: they have to be tried. */
  readonly #others: Entry[] = [];
  #effort = EFFORT;

  /** Lines with a marker count for nothing here: they hold no host's own key. */
  constructor(entries: readonly Entry[]) {
    for (const entry of entries) {
      if (entry.marker !== undefined) continue;
      const literals = literalsOf(entry);
      for (const name of literals) {
        const lines = this.#named.get(name);
        if (lines === undefined) this.#named.set(name, [entry]);
        else lines.push(entry);
      }
      if (entry.names.kind === "hashed" || isWide(entry)) this.#others.push(entry);
    }
    this.#readable = [...this.#named.keys()].filter(isReadable);
  }

  compare(entry: Entry): Comparison {
    const names = literalsOf(entry);
    const wide = isWide(entry);
    // A hashed or wide line may speak of any of the names that are known.
    const hidden = entry.names.kind === "hashed" || wide;
    const spoken = hidden ? this.#matching(entry) : [];
    let complete = spoken !== undefined && !(hidden && this.#others.length > 0);
    const clashes: Clash[] = [];
    const withKey = new Set<string>();
    for (const name of new Set([...names, ...(spoken ?? [])])) {
      const known = this.#knownAs(name);
      if (known === undefined) complete = false;
      const sameType = (known ?? []).filter(({ keyType }) => keyType === entry.keyType);
      if (sameType.some(({ keyBlob }) => equal(keyBlob, entry.keyBlob))) withKey.add(name);
      else clashes.push(...sameType.map((line) => ({ name, known: line })));
    }
    // A hash hides one name only, and it was found.
    const covered =
      !wide && (entry.names.kind === "hashed" ? withKey.size > 0 : names.every((name) => withKey.has(name)));
    return { clashes, covered, wide, complete };
  }

  /** The lines that speak of this name; undefined where trying them all would take too long. */
  #knownAs(name: string): readonly Entry[] | undefined {
    const literal = (this.#named.get(name) ?? []).filter(
      (entry) => !isReadable(name) || matchesName(entry.names, name),
    );
    if (!isReadable(name)) return literal;
    const found = new Set(literal);
    for (const entry of this.#others) {
      if (!this.#spend(entry)) return undefined;
      if (matchesName(entry.names, name)) found.add(entry);
    }
    return [...found];
  }

  #matching(entry: Entry): readonly string[] | undefined {
    const found: string[] = [];
    for (const name of this.#readable) {
      if (!this.#spend(entry)) return undefined;
      if (matchesName(entry.names, name)) found.push(name);
    }
    return found;
  }

  #spend({ names }: Entry): boolean {
    this.#effort -= names.kind === "hashed" ? EFFORT_OF_HASH : names.patterns.length;
    return this.#effort >= 0;
  }
}

const isReadable = (name: string): boolean => !name.startsWith("|");

function literalsOf({ hosts, names }: Entry): readonly string[] {
  if (names.kind === "hashed") return [hosts];
  if (isTangled(names)) return [];
  const written = names.patterns.filter((pattern) => isLiteral(pattern) && !pattern.negated && pattern.glob !== "");
  // A name speaks of itself, so only an exception can speak against it: a line of ten thousand names is not ten thousand squared.
  const exceptions = names.patterns.filter(({ negated }) => negated);
  const distinct = [...new Set(written.map(({ glob }) => glob))];
  return distinct.filter((name) => !exceptions.some(({ glob }) => matchesGlob(glob, name)));
}

function isWide({ names }: Entry): boolean {
  if (names.kind === "hashed") return false;
  return isTangled(names) || names.patterns.some((pattern) => !isLiteral(pattern) && !pattern.negated);
}

function isTangled({ patterns }: Extract<HostNames, { kind: "patterns" }>): boolean {
  const negated = patterns.filter((pattern) => pattern.negated).length;
  return negated * (patterns.length - negated) > TANGLED;
}
