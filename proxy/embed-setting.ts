// Who may embed the widget, as an operator writes it: origins alone, or objects that say what their pages may do. A mistake
// here opens a door or closes one unseen, so that nothing is passed over: neither an unknown key nor an origin given twice.

import * as v from "valibot";
import type { Embedder } from "../shared/page-config.ts";
import { parseTargetPattern } from "../shared/target-pattern.ts";
import { clean } from "./log.ts";
import { parsed, parseOrigin, separated } from "./setting.ts";

const ENTRIES = 'wants origins, as in https://learn.example or "self", or objects with an "origin"';
const ORIGIN = 'wants an origin without path or *, as in https://learn.example, or "self" for the relay\'s own';

/** No address of IPv6: browsers know none in `frame-ancestors`. */
function parseEmbedOrigin(text: string): string | undefined {
  if (text === "self") return text;
  return text.includes("[") ? undefined : parseOrigin(text);
}

function targets(name: keyof Embedder) {
  const wants = `wants an array of host, host:port, *.suffix:port or [address]:port as "${name}" (port 22 unless given)`;
  const pattern = (text: string): string | undefined => (parseTargetPattern(text) ? text.trim() : undefined);
  return v.optional(v.pipe(v.array(v.string(wants), wants), v.array(parsed(pattern, wants))), []);
}

const right = (name: keyof Embedder) => v.optional(v.boolean(`wants true or false as "${name}"`), false);

/** `expected` is "never" for a key too many, and the key itself for one that is missing. */
function misshapen({ expected, received }: v.StrictObjectIssue): string {
  return expected === "never" ? `does not know ${clean(received, 80)} in an entry` : ENTRIES;
}

const Entry = v.pipe(
  v.unknown(),
  v.transform((entry) => (typeof entry === "string" ? { origin: entry } : entry)),
  v.strictObject(
    {
      origin: parsed(parseEmbedOrigin, ORIGIN),
      open: targets("open"),
      autoConnect: targets("autoConnect"),
      keepTrust: right("keepTrust"),
      tellTitle: right("tellTitle"),
    },
    misshapen,
  ),
);

/** Undefined where nothing was said, which is not the same as nobody. */
export const embedSetting = v.optional(
  v.pipe(
    v.union([v.array(v.unknown()), separated], ENTRIES),
    v.array(Entry),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const origins = dataset.value.map(({ origin }) => origin);
      const twice = origins.find((origin, at) => origins.indexOf(origin) < at);
      if (twice !== undefined) addIssue({ message: `names ${twice} twice` });
    }),
  ),
);
