// For which hosts a person allows old algorithms: what is remembered, and what has just been ticked in the form. What the
// form shows is what is sent: nothing is looked up between the two.

import { signal } from "@preact/signals";
import { formatTarget, parsePort, SSH_PORT, type Target } from "../../shared/target.ts";
import type { HostOptions } from "../storage/host-options.ts";
import { type FormFields, spreadHost } from "./destination-input.ts";
import { asciiHost } from "./host-name.ts";

export interface HostChoices {
  /** Those of every host that has any. */
  readHostOptions(): Promise<readonly HostOptions[]>;
  saveHostOptions(options: HostOptions): Promise<void>;
}

interface Ticked {
  /** `host:port` that stood in the form; undefined where none stood there yet. */
  readonly place: string | undefined;
  readonly on: boolean;
}

export class OldAlgorithms {
  readonly #choices: HostChoices;
  readonly #hosts = signal<ReadonlySet<string>>(new Set());
  readonly #ticked = signal<Ticked | undefined>(undefined);

  constructor(choices: HostChoices) {
    this.#choices = choices;
  }

  /** Where nothing can be read nothing is allowed. */
  async load(): Promise<void> {
    const known = await this.#choices.readHostOptions().catch(() => []);
    this.#hosts.value = new Set(known.filter(({ legacy }) => legacy).map(formatTarget));
  }

  allowedFor(target: Target): boolean {
    return this.#hosts.value.has(formatTarget(target));
  }

  /** For the host in the form. A tick belongs to the host it was set for, and goes when another one is typed. */
  allowedIn(fields: FormFields): boolean {
    const place = placeIn(fields);
    const ticked = this.#ticked.value;
    if (ticked && (ticked.place === undefined || ticked.place === place)) return ticked.on;
    return place !== undefined && this.#hosts.value.has(place);
  }

  tick(fields: FormFields, on: boolean): void {
    this.#ticked.value = { place: placeIn(fields), on };
  }

  /** The form was filled with something else. */
  untouch(): void {
    this.#ticked.value = undefined;
  }

  /** From now on. A page that may not store keeps it until a reload. */
  keep({ host, port }: Target, legacy: boolean): void {
    if (this.allowedFor({ host, port }) === legacy) return;
    const hosts = new Set(this.#hosts.value);
    if (legacy) hosts.add(formatTarget({ host, port }));
    else hosts.delete(formatTarget({ host, port }));
    this.#hosts.value = hosts;
    void this.#choices.saveHostOptions({ host, port, legacy }).catch(() => undefined);
  }
}

function placeIn(fields: FormFields): string | undefined {
  const { host: typed, port: digits } = spreadHost(fields);
  const host = asciiHost(typed);
  const port = digits.trim() === "" ? SSH_PORT : parsePort(digits);
  return host === undefined || port === undefined ? undefined : formatTarget({ host, port });
}
