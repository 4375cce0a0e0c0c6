// The relay protocol, version 1: what both ends of the WebSocket must agree on. Binary frames are TCP bytes and nothing
// else; text frames are control, one JSON object each, checked by the schemas below. Unknown control types are ignored.

import * as v from "valibot";

export const SUBPROTOCOL = "periwinkle.v1";
/** A new session opens here; a lost one resumes at RELAY_PATH/<instance>. */
export const RELAY_PATH = "/relay";

export const LIMITS = {
  /** A first frame, and any control frame. */
  control: 8 * 1024,
  /** A data message at most; larger ones gain nothing in Chromium. */
  data: 256 * 1024,
  /** What `ws` is told: data plus head-room. */
  maxPayload: 320 * 1024,
  maxFragments: 64,
  maxBufferedChunks: 1024,
  /** Binary that may follow `open` before the TCP connection is there. */
  early: 64 * 1024,
  /** Characters of a grant (grant.ts). */
  grant: 4096,
  /** The first frame must come within this, in ms. */
  firstFrame: 5_000,
} as const;

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));
const token = v.pipe(v.string(), v.maxLength(1024));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** A session id or an instance's name. */
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(128));

/** What a client may send. */
export const ClientControl = v.variant("type", [
  v.object({
    type: v.literal("open"),
    host: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
    port,
    token: v.optional(token),
    /** In place of a token (grant.ts). */
    grant: v.optional(v.pipe(v.string(), v.maxLength(LIMITS.grant))),
  }),
  v.object({
    type: v.literal("resume"),
    session: name,
    received: count,
    ended: v.boolean(),
    token: v.optional(token),
  }),
  v.object({ type: v.literal("eof") }),
  v.object({ type: v.literal("ack"), received: count }),
]);
export type ClientControl = v.InferOutput<typeof ClientControl>;

/** What a relay may send. `window: 0` in `opened` means: no acks, no replay, not resumable. */
export const RelayControl = v.variant("type", [
  v.object({ type: v.literal("dialing") }),
  v.object({ type: v.literal("opened"), session: name, instance: name, window: count, replay: count }),
  v.object({ type: v.literal("eof") }),
  v.object({ type: v.literal("ack"), received: count }),
  v.object({ type: v.literal("drain"), seconds: count }),
]);
export type RelayControl = v.InferOutput<typeof RelayControl>;

export type Control<T> =
  | { readonly kind: "known"; readonly control: T }
  /** A type of a later version: ignored, as the protocol says. */
  | { readonly kind: "unknown" }
  | { readonly kind: "malformed" };

function parse<T>(schema: v.GenericSchema<unknown, T>, types: readonly string[], frame: string): Control<T> {
  // Characters, not bytes: never more than the bytes, so what is within the limit always passes.
  if (frame.length > LIMITS.control) return { kind: "malformed" };
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return { kind: "malformed" };
  }
  if (typeof value !== "object" || value === null || !("type" in value) || typeof value.type !== "string")
    return { kind: "malformed" };
  if (!types.includes(value.type)) return { kind: "unknown" };
  const checked = v.safeParse(schema, value);
  return checked.success ? { kind: "known", control: checked.output } : { kind: "malformed" };
}

export function parseClientControl(frame: string): Control<ClientControl> {
  return parse(ClientControl, ["open", "resume", "eof", "ack"], frame);
}

export function parseRelayControl(frame: string): Control<RelayControl> {
  return parse(RelayControl, ["dialing", "opened", "eof", "ack", "drain"], frame);
}
