// What a server may pour over us without end: each is dropped, answered or refused, or ends the connection by name; what is
// kept of it has a bound.

import type { SshError, SshErrorCode } from "../../client/bytes/errors.ts";
import * as payloads from "./payloads.ts";
import type { ScriptedOptions } from "./server.ts";
import { reach, type Stage } from "./stage.ts";
import { flood, works } from "./trace.ts";

export interface Flood {
  /** Names its requirement. */
  readonly title: string;
  readonly at: Stage;
  readonly server?: ScriptedOptions;
  readonly payload: (i: number) => Uint8Array;
  /** In a full run. */
  readonly times: number;
  readonly ends: SshErrorCode | "works";
  /** It takes very many, and what stops it is shown by another one, or beside the code. */
  readonly fullRunOnly?: true;
}

/** Reads no more once this message of the client's has come: what we answer stays with us. */
const deafAfter = (number: number): ScriptedOptions => ({
  incoming: (packet, proceed) => (packet.number === number ? new Promise(() => {}) : proceed()),
});

const TYPES = ["session", "x11", "forwarded-tcpip", "auth-agent@openssh.com", "tun@openssh.com", "\u0000"] as const;

export const FLOODS: readonly Flood[] = [
  {
    title: "R-CH-3: replies to global requests that nobody made",
    at: "open",
    payload: (i) => payloads.bare(i % 2 === 0 ? 81 : 82),
    times: 1_000_000,
    ends: "works",
  },
  {
    title: "R-CH-3: replies on a channel that asked for nothing",
    at: "in a session",
    payload: (i) => (i % 2 === 0 ? payloads.channelSuccess(0) : payloads.channelFailure(0)),
    times: 1_000_000,
    ends: "works",
  },
  {
    title: "R-CH-4: channels that the server would open",
    at: "open",
    payload: (i) => payloads.open(TYPES[i % TYPES.length] ?? "", i),
    times: 100_000,
    ends: "works",
  },
  {
    title: "requests that want an answer, all of which are read",
    at: "open",
    payload: () => payloads.globalRequest("tcpip-forward", true),
    times: 100_000,
    ends: "works",
  },
  {
    title: "requests that want an answer, none of which is read",
    at: "open",
    server: deafAfter(82),
    payload: () => payloads.globalRequest("tcpip-forward", true),
    times: 100_000,
    ends: "protocol",
  },
  {
    title: "channel requests that want an answer, none of which is read",
    at: "in a session",
    server: deafAfter(100),
    payload: () => payloads.request(0, "unheard-of", true),
    times: 100_000,
    ends: "protocol",
    fullRunOnly: true,
  },
  {
    title: "R-KEX-6: requests while a key exchange stands still, so that every answer waits",
    at: "rekey offered",
    payload: () => payloads.globalRequest("tcpip-forward", true),
    times: 100_000,
    ends: "protocol",
  },
  {
    title: "R-KEX-6: unknown messages while a key exchange stands still",
    at: "rekey offered",
    payload: () => payloads.bare(120),
    times: 100_000,
    ends: "protocol",
  },
  {
    title: "R-KEX-7: PING, none of whose answers is read",
    at: "open",
    server: { ...deafAfter(193), extensions: { "ping@openssh.com": "0" } },
    payload: () => payloads.ping("x".repeat(1000)),
    times: 100_000,
    ends: "protocol",
  },
  {
    title: "R-KEX-7: PING while a key exchange stands still",
    at: "rekey offered",
    server: { extensions: { "ping@openssh.com": "0" } },
    payload: () => payloads.ping("x".repeat(1000)),
    times: 100_000,
    ends: "works",
  },
  {
    title: "unknown messages, none of whose answers is read",
    at: "open",
    server: deafAfter(3),
    payload: () => payloads.bare(120),
    times: 100_000,
    ends: "protocol",
  },
  {
    title: "R-KEX-5: IGNORE before the login",
    at: "in the login",
    payload: () => payloads.ignore(100),
    times: 100_000,
    ends: "protocol",
  },
  {
    title: "R-KEX-5: IGNORE as long as packets can be before the login",
    at: "in the login",
    payload: () => payloads.ignore(250_000),
    times: 1000,
    ends: "protocol",
  },
  {
    title: "R-KEX-5: DEBUG in a first key exchange that is not strict",
    at: "before the reply",
    server: { strict: false },
    payload: () => payloads.debug("x"),
    times: 100_000,
    ends: "protocol",
  },
  {
    title: "R-UI-1: banners",
    at: "in the login",
    payload: () => payloads.banner("buy now\n"),
    times: 100_000,
    ends: "protocol",
  },
  {
    title: "R-UI-1: DEBUG, for a log",
    at: "open",
    payload: () => payloads.debug("x".repeat(10_000)),
    times: 10_000,
    ends: "works",
  },
  {
    title: "UNIMPLEMENTED",
    at: "open",
    payload: (i) => payloads.unimplemented(i),
    times: 1_000_000,
    ends: "works",
  },
  {
    title: "R-CH-1: bytes of stdout and stderr in turns, one by one, that nobody reads",
    at: "in a session",
    payload: (i) => (i % 2 === 0 ? payloads.data(0, 1) : payloads.extended(0, 1, 1)),
    times: 1_000_000,
    ends: "protocol",
    fullRunOnly: true,
  },
];

/** What was wrong; undefined if it came out as it should. */
export async function pour(what: Flood, times: number): Promise<string | undefined> {
  const scene = await reach(what.at, what.server === undefined ? {} : { server: what.server });
  await flood(scene, times, what.payload);
  if (what.ends === "works") {
    await works(scene).catch(() => {});
  } else {
    // A server that takes nothing more is left without a goodbye.
    await new Promise<void>((resolve) => setImmediate(resolve));
    scene.clock.advance(2000);
  }
  const patience = new Promise<"goes on">((resolve) => setTimeout(resolve, 2000, "goes on"));
  const cause = await Promise.race([scene.over as Promise<SshError | undefined>, patience]);
  const ends = cause === "goes on" ? cause : (cause?.code ?? "works");
  if (cause === "goes on") scene.server.hangUp();
  return ends === what.ends ? undefined : `${ends}, not ${what.ends}`;
}
