// All 256 message numbers in every state of a live engine (R-SM-1, R-SM-3). What must come of each is written down here
// from notes on RFC 4253 7.1 and 11, RFC 4252 6, RFC 8308 2.4 and OpenSSH's PROTOCOL, and not from the gate's table.

import { describe, expect, it } from "vitest";
import type { SshError, SshErrorCode } from "../../client/bytes/errors.ts";
import { Writer } from "../../client/bytes/wire.ts";
import { MSG } from "../../client/framing/numbers.ts";
import * as payloads from "../scripted/payloads.ts";
import { reach, type Scene, type Stage } from "../scripted/stage.ts";
import { works } from "../scripted/trace.ts";

interface Row {
  readonly at: Stage;
  readonly strict: boolean;
  /** Comes and changes nothing. */
  readonly lives?: string;
  readonly unimplemented?: string;
  /** Comes and is answered with a message of that number. */
  readonly answered?: Readonly<Record<number, number>>;
  /** Ends the connection in another way than as a broken rule. */
  readonly ends?: Readonly<Record<number, SshErrorCode>>;
  /** What an honest server may say here: shown by letting it go on. All other numbers break a rule. */
  readonly next: string;
}

const OPEN = {
  lives: "2-4 7 51 53 81 82 193",
  unimplemented: "0 6 8-19 22-29 52 54-79 83-89 101-191 194-255",
  answered: { 80: 82, 90: 92, 192: 193 },
  ends: { 1: "peer-disconnect" },
} as const;

const table: readonly Row[] = [
  { at: "before KEXINIT", strict: false, lives: "2 4", ends: { 1: "peer-disconnect" }, next: "20" },
  { at: "before KEXINIT", strict: true, ends: { 1: "peer-disconnect" }, next: "20" },
  { at: "before the reply", strict: false, lives: "2 4", ends: { 1: "peer-disconnect" }, next: "31" },
  { at: "before the reply", strict: true, ends: { 1: "peer-disconnect" }, next: "31" },
  { at: "before NEWKEYS", strict: false, lives: "2 4", ends: { 1: "peer-disconnect" }, next: "21" },
  { at: "before NEWKEYS", strict: true, ends: { 1: "peer-disconnect" }, next: "21" },
  {
    at: "before SERVICE_ACCEPT",
    strict: true,
    lives: "2 4 53 192 193",
    unimplemented: "0 8-19 22-29 54-59",
    ends: { 1: "peer-disconnect" },
    next: "6 7 20",
  },
  {
    at: "in the login",
    strict: true,
    lives: "2 4 53 192 193",
    unimplemented: "0 8-19 22-29 54-59",
    ends: { 1: "peer-disconnect", 51: "authentication" },
    next: "7 20 52",
  },
  { at: "open", strict: true, ...OPEN, next: "20" },
  // Ours is out and the server has not seen it: all that was legal still is. Answers wait, and no PONG is worth that.
  { at: "rekey offered", strict: true, ...OPEN, lives: `${OPEN.lives} 192`, answered: { 80: 82, 90: 92 }, next: "20" },
  // Behind its own KEXINIT a server must not go on, and AsyncSSH before 2.15 does. Answers wait.
  {
    at: "rekey before the reply",
    strict: true,
    lives: "2-4 81 82",
    answered: { 80: 82, 90: 92 },
    ends: { 1: "peer-disconnect" },
    next: "31",
  },
  {
    at: "rekey before NEWKEYS",
    strict: true,
    lives: "2-4 81 82",
    answered: { 80: 82, 90: 92 },
    ends: { 1: "peer-disconnect" },
    next: "21",
  },
  {
    at: "rekey before NEWKEYS",
    strict: false,
    lives: "2-4 81 82",
    answered: { 80: 82, 90: 92 },
    ends: { 1: "peer-disconnect" },
    next: "21",
  },
];

/** Messages that say something well-formed, so that it is their number that is judged. */
const WELL_FORMED: Readonly<Record<number, Uint8Array>> = Object.fromEntries(
  [
    payloads.disconnect(2, "enough"),
    payloads.ignore(3),
    payloads.unimplemented(1),
    payloads.debug("x"),
    new Writer().byte(5).text("ssh-userauth").done(),
    payloads.serviceAccept("ssh-userauth"),
    new Writer().byte(7).uint32(0).done(),
    payloads.kexInit(),
    payloads.bare(21),
    payloads.kexReply,
    new Writer().byte(50).text("root").text("ssh-connection").text("none").done(),
    payloads.failure([]),
    payloads.banner("hello"),
    new Writer().byte(60).text("").text("").text("").uint32(0).done(),
    payloads.globalRequest("unheard-of", true),
    payloads.open("session"),
    payloads.confirmation(7),
    payloads.openFailure(7),
    payloads.adjust(7, 1),
    payloads.data(7, 1),
    payloads.extended(7, 1, 1),
    payloads.eof(7),
    payloads.close(7),
    payloads.request(7, "exit-status", false, payloads.uint32(0)),
    payloads.channelSuccess(7),
    payloads.channelFailure(7),
    payloads.ping("x"),
    payloads.pong("x"),
  ].map((payload) => [payload[0] ?? 0, payload]),
);
const wellFormed = (number: number): Uint8Array => WELL_FORMED[number] ?? payloads.bare(number);

function numbers(ranges = ""): number[] {
  return ranges.split(" ").flatMap((range) => {
    const [from = Number.NaN, to = from] = range.split("-").map(Number);
    return range === "" ? [] : Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}

const sceneOf = ({ at, strict }: Row): Promise<Scene> =>
  reach(at, { server: { strict, extensions: { "ping@openssh.com": "0" } } });
/** A connection that lives on is known by that it did not end in the turns that follow. */
async function endOf({ over }: Scene): Promise<SshErrorCode | "lives" | undefined> {
  const patience = new Promise<"lives">((resolve) => setTimeout(resolve, 1000, "lives"));
  const cause = await Promise.race([over as Promise<SshError | undefined>, patience]);
  return cause === "lives" ? "lives" : cause?.code;
}

describe.each(table)("$at, strict: $strict", (row) => {
  const [lives, unimplemented, next] = [row.lives, row.unimplemented, row.next].map(numbers) as [
    number[],
    number[],
    number[],
  ];
  const { answered = {}, ends = {} } = row;
  const others = [...lives, ...unimplemented, ...next, ...numbers(Object.keys(answered).join(" "))];

  it(`R-SM-1: what may come changes nothing, and what means nothing is answered by its own number`, async () => {
    const scene = await sceneOf(row);
    const { server } = scene;
    const asked: number[] = [];
    for (const number of [...unimplemented, ...lives]) {
      if (unimplemented.includes(number)) asked.push(server.sequence);
      await server.sendNow(wellFormed(number));
    }
    for (const number of Object.keys(answered).map(Number)) await server.sendNow(wellFormed(number));
    await works(scene);
    expect(await endOf(scene)).toBeUndefined();
    const of = (number: number) => server.received.filter((packet) => packet.number === number);
    expect(of(MSG.UNIMPLEMENTED).map(({ payload }) => payload)).toEqual(asked.map(payloads.unimplemented));
    for (const number of [82, 92, 193]) {
      expect(of(number)).toHaveLength(Object.values(answered).includes(number) ? 1 : 0);
    }
  });

  it("R-SM-3: every other number ends it, and the server is told so", async () => {
    const wrong: unknown[] = [];
    for (let number = 0; number <= 255; number++) {
      if (others.includes(number)) continue;
      const scene = await sceneOf(row);
      void scene.server.sendNow(wellFormed(number));
      // What is harmless but for its place shows only by what follows it: strict rules count it.
      if (row.at === "before KEXINIT" && (number === 2 || number === 4)) void scene.resume();
      const cause = await endOf(scene);
      if (cause !== "lives") await scene.server.ended;
      const goodbye = scene.server.received.at(-1);
      const wanted = ends[number] ?? "protocol";
      const told = wanted === "protocol" ? goodbye?.number === 1 && goodbye.payload[4] === 2 : true;
      if (cause !== wanted || !told) wrong.push({ number, cause, wanted, told });
    }
    expect(wrong).toEqual([]);
  });
});
