// What a person chose under Options for each host: what is remembered, and what has just been changed in the form. What the
// form shows is what is sent: nothing is looked up between the two.

import { signal } from "@preact/signals";
import { formatTarget, type Target } from "../../shared/target.ts";
import type { TrustMode } from "../knownhosts/claim.ts";
import type { HostOptions } from "../storage/host-options.ts";
import { type FormFields, targetIn } from "./destination-input.ts";
import { asciiHost } from "./host-name.ts";

export type Choices = Omit<HostOptions, keyof Target>;

/** As they stand in the form: the alias as it is typed. */
export interface ChoiceFields {
  readonly legacy: boolean;
  readonly mode: TrustMode;
  readonly alias: string;
}

export interface HostOptionsStore {
  /** Those of every host that has any. */
  readHostOptions(): Promise<readonly HostOptions[]>;
  saveHostOptions(options: HostOptions): Promise<void>;
}

interface Edit {
  /** `host:port` that stood in the form; undefined where none stood there yet. */
  readonly place: string | undefined;
  readonly change: Partial<ChoiceFields>;
}

const DEFAULTS: Choices = { legacy: false, mode: "ask", alias: undefined };
const BAD_ALIAS = "This is not a host name. Type one, or leave it empty.";

export class HostChoices {
  readonly #store: HostOptionsStore;
  readonly #hosts = signal<ReadonlyMap<string, Choices>>(new Map());
  readonly #edit = signal<Edit | undefined>(undefined);

  constructor(store: HostOptionsStore) {
    this.#store = store;
  }

  /** Where nothing can be read, nothing differs from the default. */
  async load(): Promise<void> {
    const known = await this.#store.readHostOptions().catch(() => []);
    this.#hosts.value = new Map(known.map((options) => [formatTarget(options), choicesOf(options)]));
  }

  for(target: Target): Choices {
    return this.#hosts.value.get(formatTarget(target)) ?? DEFAULTS;
  }

  /** For the host in the form. A change belongs to the host it was made for, and goes when another one is typed. */
  in(form: FormFields): ChoiceFields {
    const target = targetIn(form);
    const { alias = "", ...choices } = target ? this.for(target) : DEFAULTS;
    return { ...choices, alias, ...this.#changeIn(form) };
  }

  edit(form: FormFields, change: Partial<ChoiceFields>): void {
    this.#edit.value = { place: placeIn(form), change: { ...this.#changeIn(form), ...change } };
  }

  /** The form was filled with something else. */
  untouch(): void {
    this.#edit.value = undefined;
  }

  /** From now on. A page that may not store keeps them until a reload. */
  keep({ host, port }: Target, choices: Choices): void {
    if (same(this.for({ host, port }), choices)) return;
    this.#hosts.value = new Map(this.#hosts.value).set(formatTarget({ host, port }), choices);
    void this.#store.saveHostOptions({ host, port, ...choices }).catch(() => undefined);
  }

  #changeIn(form: FormFields): Partial<ChoiceFields> {
    const edit = this.#edit.value;
    return edit && (edit.place === undefined || edit.place === placeIn(form)) ? edit.change : {};
  }
}

/** What the form says, or one sentence about the alias. */
export function understandChoices({ alias: typed, ...rest }: ChoiceFields): Choices | { readonly aliasError: string } {
  const alias = typed.trim() === "" ? undefined : asciiHost(typed);
  if (alias === undefined && typed.trim() !== "") return { aliasError: BAD_ALIAS };
  return { ...rest, alias };
}

/** What differs from the default, in a few words each. */
export function inWords({ legacy, mode, alias }: ChoiceFields): readonly string[] {
  return [
    ...(legacy ? ["old algorithms allowed"] : []),
    ...(mode === "accept-new" ? ["new hosts accepted"] : []),
    ...(mode === "strict" ? ["unknown keys refused"] : []),
    ...(alias.trim() === "" ? [] : [`known as ${alias.trim()}`]),
  ];
}

function placeIn(form: FormFields): string | undefined {
  const target = targetIn(form);
  return target && formatTarget(target);
}

function choicesOf({ legacy, mode, alias }: HostOptions): Choices {
  return { legacy, mode, alias };
}

function same(one: Choices, other: Choices): boolean {
  return one.legacy === other.legacy && one.mode === other.mode && one.alias === other.alias;
}
