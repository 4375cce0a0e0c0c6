// The contents of a backup: everything that this browser keeps, in sections that have versions of their own, so that later
// ones can join. Rows are checked one by one: a row that cannot be used must not cost a person the others.

import * as v from "valibot";
import { normaliseHost } from "../../shared/target.ts";
import { cleanLine, decodeUtf8, encodeUtf8 } from "../bytes/text.ts";
import type { KeySource, Sighting } from "../knownhosts/claim.ts";
import { TEXT_LIMIT } from "../knownhosts/file.ts";
import type { SightingKey } from "../knownhosts/store.ts";
import type { RecentDestination } from "./destinations.ts";
import { asHostOptions, type HostOptions } from "./host-options.ts";
import { BackupError, type SealWork, type SlowWork, seal, unseal } from "./sealed.ts";

export interface BackupContents {
  /** Ms since 1970. */
  readonly madeAt: number;
  /** A known_hosts text for each scope. */
  readonly knownHosts: readonly { readonly scope: string; readonly text: string }[];
  readonly sightings: readonly { readonly key: SightingKey; readonly sighting: Sighting }[];
  readonly hostOptions: readonly HostOptions[];
  readonly destinations: readonly RecentDestination[];
}

export interface OpenedBackup {
  readonly contents: BackupContents;
  /** What a newer Periwinkle has put into it, by name, cleaned: it is not among the contents. */
  readonly unknownSections: readonly string[];
  /** So many rows could not be used. */
  readonly unusableRows: number;
}

/** An encrypted file. `passphrase` must not be empty. Rejects with BackupError, or with the signal's reason. */
export function sealBackup(
  contents: BackupContents,
  passphrase: string,
  work: SealWork,
): Promise<Uint8Array<ArrayBuffer>> {
  return seal(encodeUtf8(JSON.stringify(toFile(contents))), passphrase, work);
}

/** Rejects with BackupError, or with the signal's reason. */
export async function openBackup(file: Uint8Array, passphrase: string, work: SlowWork = {}): Promise<OpenedBackup> {
  const text = decodeUtf8(await unseal(file, passphrase, work));
  try {
    return fromFile(JSON.parse(text));
  } catch (cause) {
    throw new BackupError("contents", cause);
  }
}

const NAMES_SHOWN = 16;
const NAME_LENGTH_SHOWN = 40;

/** A line of text that needs no cleaning. */
const line = (limit: number) =>
  v.pipe(
    v.string(),
    v.check((text) => cleanLine(text, limit) === text),
  );
const time = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const host = v.pipe(
  v.string(),
  v.transform(normaliseHost),
  v.custom<string>((name) => name !== undefined),
);
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));
const anything = v.optional(v.unknown());
/** "", or what the relay is known by. */
const scope = line(300);

const KnownHosts = v.object({ scope, text: v.pipe(v.string(), v.maxLength(TEXT_LIMIT)) });

/** Each of them, or this does not compile. */
const SOURCES = { asked: 0, "accept-new": 0, imported: 0, added: 0, rotation: 0 } satisfies Record<KeySource, 0>;

const SeenKeys = v.pipe(
  v.object({
    scope,
    name: line(300),
    keySha256: v.pipe(v.string(), v.regex(/^SHA256:[A-Za-z0-9+/]{43}$/)),
    firstSeen: time,
    lastSeen: time,
    source: v.fallback(v.optional(v.picklist(Object.keys(SOURCES) as KeySource[])), undefined),
    route: v.fallback(v.optional(line(300)), undefined),
  }),
  v.transform(({ scope, name, keySha256, ...sighting }) => ({ key: { scope, name, keySha256 }, sighting })),
);

/** Their own reader says what is left of a row: a value that it does not know makes a host stricter. */
const Options = v.pipe(
  v.object({ host, port, legacy: anything, mode: anything, alias: anything }),
  v.transform((row) => asHostOptions(row)),
  v.custom<HostOptions>((options) => options !== undefined),
);

const Destinations = v.object({ host, port, user: line(255), lastUsed: time });

const File = v.object({
  madeAt: time,
  sections: v.record(v.string(), v.object({ version: v.number(), rows: v.array(v.unknown()) })),
});
type File = v.InferOutput<typeof File>;

function toFile({ madeAt, knownHosts, sightings, hostOptions, destinations }: BackupContents): File {
  const rows = sightings.map(({ key, sighting }) => ({ ...key, ...sighting }));
  return {
    madeAt,
    sections: {
      "known-hosts": { version: 1, rows: [...knownHosts] },
      sightings: { version: 1, rows },
      "host-options": { version: 1, rows: [...hostOptions] },
      destinations: { version: 1, rows: [...destinations] },
    },
  };
}

/** Throws for what is no backup at all. */
function fromFile(file: unknown): OpenedBackup {
  const { madeAt, sections } = v.parse(File, file);
  let unusableRows = 0;
  const unknown = new Set(Object.keys(sections));
  const rowsOf = <Row>(name: string, schema: v.GenericSchema<unknown, Row>): Row[] => {
    const section = sections[name];
    if (section?.version !== 1) return [];
    unknown.delete(name);
    return section.rows.flatMap((row) => {
      const { success, output } = v.safeParse(schema, row);
      if (success) return [output];
      unusableRows++;
      return [];
    });
  };
  const contents: BackupContents = {
    madeAt,
    knownHosts: rowsOf("known-hosts", KnownHosts),
    sightings: rowsOf("sightings", SeenKeys),
    hostOptions: rowsOf("host-options", Options),
    destinations: rowsOf("destinations", Destinations),
  };
  const unknownSections = [...unknown].slice(0, NAMES_SHOWN).map((name) => cleanLine(name, NAME_LENGTH_SHOWN));
  return { contents, unknownSections, unusableRows };
}
