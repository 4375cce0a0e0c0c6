// What the page around says, checked before anything is done with it: to values of known shape and size, or to a sentence for
// whoever writes that page. Pure, and never throws.

import { LIMITS } from "../../shared/relay-protocol.ts";
import { SSH_PORT, type Target } from "../../shared/target.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { TONES } from "../terminal/theme.ts";
import { asciiHost } from "../ui/host-name.ts";
import { isUserName } from "../ui/user-name.ts";
import type { ParentMessage } from "./embed/1.0.0/contract.d.ts";

export interface Suggestion {
  readonly target: Target;
  readonly user: string | undefined;
  /** `SHA256:` and 43 characters each. */
  readonly pins: readonly string[];
  readonly grant: string | undefined;
}

export type Scheme = "auto" | "light" | "dark";

export type Verb =
  | { readonly type: "connect"; readonly suggestion: Suggestion }
  | { readonly type: "grant"; readonly grant: string }
  | { readonly type: "disconnect" }
  | { readonly type: "focus" }
  | { readonly type: "theme"; readonly scheme: Scheme; readonly colors: Readonly<Record<string, string>> }
  | { readonly type: "font"; readonly family: string | undefined; readonly size: number | undefined }
  | { readonly type: "sendText"; readonly text: string };

export type Understood =
  | { readonly kind: "verb"; readonly verb: Verb }
  | { readonly kind: "problem"; readonly about: ParentMessage["type"]; readonly sentence: string };

const HOST_LIMIT = 253;
const PINS = 16;
const FAMILY_LIMIT = 200;
const TEXT_LIMIT = 64 * 1024;
const SIZES = { least: 8, most: 32 };

/** C0 but tab and line ends, DEL, and C1. */
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;
/** 32 bytes in base64, in the one spelling that ssh-keygen prints; its padding is passed over. */
const PIN = /^(SHA256:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048])=?$/;
const COLOR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;
/** One name of a font family, in quotes or not: nothing in it can end a declaration. */
const FAMILY = /^(?:"[\p{L}\p{N} _-]+"|'[\p{L}\p{N} _-]+'|[\p{L}_-][\p{L}\p{N} _-]*)$/u;
const GENERIC = /^(?:ui-)?(?:monospace|serif|sans-serif)$/i;

type Fields = Readonly<Record<string, unknown>>;
type Reader = (fields: Fields) => Verb | string;

const READERS: Record<ParentMessage["type"], Reader> = {
  connect: readConnect,
  grant: ({ grant }) => (isGrant(grant) ? { type: "grant", grant } : GRANT_SENTENCE),
  disconnect: () => ({ type: "disconnect" }),
  focus: () => ({ type: "focus" }),
  theme: readTheme,
  font: readFont,
  sendText: readText,
};

/** Undefined for what is not of this version of the contract: it is ignored. */
export function understand(data: unknown): Understood | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const fields = data as Fields;
  const { type } = fields;
  if (typeof type !== "string" || !Object.hasOwn(READERS, type)) return undefined;
  const about = type as ParentMessage["type"];
  const read = READERS[about](fields);
  return typeof read === "string" ? { kind: "problem", about, sentence: read } : { kind: "verb", verb: read };
}

const GRANT_SENTENCE = `A grant is a signed token of at most ${LIMITS.grant} characters.`;

function isGrant(grant: unknown): grant is string {
  return typeof grant === "string" && grant.length <= LIMITS.grant && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(grant);
}

function readConnect({ host, port = SSH_PORT, user, pins = [], grant }: Fields): Verb | string {
  const ascii = typeof host === "string" && host.length <= HOST_LIMIT ? asciiHost(host) : undefined;
  if (ascii === undefined) return "The host is no host name and no address.";
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65535)
    return "The port is a number from 1 to 65535.";
  if (user !== undefined && !(typeof user === "string" && isUserName(user)))
    return "A user name has no spaces or invisible characters, and does not begin with a hyphen.";
  if (!Array.isArray(pins) || pins.length > PINS) return `The pins are an array of at most ${PINS} fingerprints.`;
  const fingerprints = pins.map(fingerprintIn);
  // A pin that cannot be read is not passed over: it would be no pin.
  if (!fingerprints.every((fingerprint) => fingerprint !== undefined))
    return "A pin is SHA256: and 43 characters, as ssh-keygen -l prints it.";
  if (grant !== undefined && !isGrant(grant)) return GRANT_SENTENCE;
  return { type: "connect", suggestion: { target: { host: ascii, port }, user, pins: fingerprints, grant } };
}

/** Also of a grant's pins. */
export function fingerprintIn(pin: unknown): string | undefined {
  return typeof pin === "string" ? PIN.exec(pin)?.[1] : undefined;
}

function readTheme({ scheme = "auto", colors = {} }: Fields): Verb | string {
  if (scheme !== "auto" && scheme !== "light" && scheme !== "dark") return "The scheme is auto, light or dark.";
  if (typeof colors !== "object" || colors === null) return "The colors are an object: a colour by each name.";
  const chosen: Record<string, string> = {};
  for (const { name } of TONES) {
    const color: unknown = Object.hasOwn(colors, name) ? (colors as Fields)[name] : undefined;
    if (color === undefined) continue;
    if (typeof color !== "string" || !COLOR.test(color))
      return `The colour ${name} is not of the form #rgb or #rrggbb.`;
    chosen[name] = color;
  }
  return { type: "theme", scheme, colors: chosen };
}

function readFont({ family, size }: Fields): Verb | string {
  if (size !== undefined && !(typeof size === "number" && size >= SIZES.least && size <= SIZES.most))
    return `The size of the font is a number from ${SIZES.least} to ${SIZES.most}.`;
  if (family === undefined) return { type: "font", family, size };
  const names = typeof family === "string" && family.length <= FAMILY_LIMIT ? family.split(",") : [];
  const safe = names.map((name) => name.trim());
  if (safe.length === 0 || !safe.every((name) => FAMILY.test(name)))
    return `The font's family is a list of names with commas between them, of at most ${FAMILY_LIMIT} characters.`;
  const quoted = safe.map((name) => (GENERIC.test(name) ? name : `"${name.replace(/^["']|["']$/g, "")}"`));
  return { type: "font", family: [...quoted, "monospace"].join(", "), size };
}

function readText({ text }: Fields): Verb | string {
  if (typeof text !== "string" || text === "") return "There is no text to be typed.";
  if (text.length > TEXT_LIMIT || encodeUtf8(text).length > TEXT_LIMIT)
    return `The text is longer than ${TEXT_LIMIT / 1024} KiB.`;
  if (CONTROLS.test(text))
    return "The text has control characters other than tabs and line ends. Nothing of it was typed.";
  return { type: "sendText", text };
}
