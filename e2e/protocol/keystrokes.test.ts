// What somebody on the path sees of a person who types, through the whole engine: equal steps, whatever the rhythm, and
// nothing of it where bulk goes through or where there is no terminal.

import { expect, it } from "vitest";
import { MSG } from "../../client/framing/numbers.ts";
import { ChannelData } from "../../client/mux/connection-messages.ts";
import type { Session } from "../../client/mux/session.ts";
import type { ScriptedOptions } from "../scripted/server.ts";
import { reach, type Scene } from "../scripted/stage.ts";

const SIZE = { columns: 80, rows: 24, widthPixels: 0, heightPixels: 0 };
const PING: NonNullable<ScriptedOptions["extensions"]> = { "ping@openssh.com": "0" };
/** The longest step with OpenSSH's numbers: 20 ms and a tenth of it. */
const LONGEST_STEP = 22;

interface Seen {
  readonly at: number;
  readonly kind: "key" | "chaff";
  readonly text: string;
  /** Of the payload: what the packet's length on the wire comes of. */
  readonly length: number;
}

interface Typing {
  readonly scene: Scene;
  readonly session: Session;
  readonly seen: Seen[];
  /** Time passes, and everything that leaves is there before it passes on. */
  pass(milliseconds: number): Promise<void>;
  type(text: string): Promise<void>;
}

const settle = async () => {
  for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
};

async function typing(server: ScriptedOptions = { extensions: PING }, terminal = true): Promise<Typing> {
  const seen: Seen[] = [];
  let now = () => 0;
  let watching = false;
  const scene = await reach("open", {
    server: {
      // A program that reads and says nothing: the only packets of ours are what is typed.
      program: async (channel) => {
        await channel.readAll();
        return 0;
      },
      ...server,
      incoming({ number, payload }, proceed) {
        if (watching && (number === ChannelData.number || number === MSG.PING)) {
          const text = number === MSG.PING ? "" : Buffer.from(ChannelData.decode(payload).data).toString();
          seen.push({ at: now(), kind: number === MSG.PING ? "chaff" : "key", text, length: payload.length });
        }
        return proceed();
      },
    },
  });
  now = () => scene.clock.now();
  const connection = await scene.connecting;
  const session = terminal ? await connection.shell({ size: SIZE }) : await connection.exec("cat");
  scene.clock.advance(1000); // the first round trip is measured
  await settle();
  watching = true;
  return {
    scene,
    session,
    seen,
    async pass(milliseconds) {
      for (let passed = 0; passed < milliseconds; passed++) {
        scene.clock.advance(1);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    type(text) {
      void session.write(Buffer.from(text));
      return settle();
    },
  };
}

const typed = (seen: readonly Seen[]) => seen.map(({ text }) => text).join("");
const gaps = (seen: readonly Seen[]) => seen.slice(1).map(({ at }, index) => at - (seen[index]?.at ?? 0));

it("a burst of keys becomes equal steps, the first key without delay, and chaff as long as a key goes on for a second", async () => {
  const { seen, pass, type, scene } = await typing();
  const began = scene.clock.now();
  for (const [key, pause] of [
    ["s", 3],
    ["e", 11],
    ["c", 90],
    ["r", 2],
    ["e", 47],
    ["t", 5],
  ] as const) {
    await type(key);
    await pass(pause);
  }
  await pass(900);
  expect(typed(seen)).toBe("secret");
  expect(seen[0]).toMatchObject({ at: began, text: "s" });
  const steps = gaps(seen);
  expect(steps.length).toBeGreaterThan(40);
  for (const step of steps) {
    expect(step).toBeGreaterThanOrEqual(18);
    expect(step).toBeLessThanOrEqual(LONGEST_STEP);
  }
  const single = seen.find(({ text }) => text.length === 1);
  expect(seen.find(({ kind }) => kind === "chaff")?.length).toBe(single?.length);
});

it("ends some seconds after the last key, and begins anew with the next", async () => {
  const { seen, pass, type } = await typing();
  await type("x");
  await pass(3200); // 1024 + 2048 ms at most
  const before = seen.length;
  expect(before).toBeGreaterThan(1024 / LONGEST_STEP);
  await pass(500);
  expect(seen).toHaveLength(before);
  await type("y");
  await pass(50);
  expect(typed(seen)).toBe("xy");
  expect(seen.length).toBeGreaterThan(before + 2);
});

it("a paste leaves at once, in order, and nothing is sent for show behind it", async () => {
  const { seen, pass, type, scene } = await typing();
  await type("a");
  await type("b");
  const paste = "p".repeat(5000);
  await type(paste);
  await settle();
  expect(typed(seen)).toBe(`ab${paste}`);
  expect(new Set(seen.map(({ at }) => at))).toEqual(new Set([scene.clock.now()]));
  await pass(200);
  expect(seen.filter(({ kind }) => kind === "chaff")).toEqual([]);
});

it("stops in a key exchange, where nothing of it may be sent, and no key is lost", async () => {
  const { seen, pass, type, scene } = await typing();
  await type("a");
  await pass(50);
  (await scene.connecting).rekey();
  await type("b");
  await type("c");
  await scene.server.untilExchanges(2);
  await pass(30);
  expect(typed(seen)).toBe("abc");
});

it("what was typed last is there before the end of the input", async () => {
  const { seen, type, session } = await typing();
  await type("a");
  await type("b");
  session.end();
  expect(await session.exit).toEqual({ kind: "status", status: 0 });
  expect(typed(seen)).toBe("ab");
});

it.each<[string, ScriptedOptions, boolean]>([
  ["where the server does not answer PING", {}, true],
  ["where there is no terminal", { extensions: PING }, false],
])("%s every key leaves at once, and nothing else", async (_where, server, terminal) => {
  const { seen, pass, type, scene } = await typing(server, terminal);
  const moments: number[] = [];
  for (const key of "abc") {
    moments.push(scene.clock.now());
    await type(key);
    await pass(3);
  }
  await pass(100);
  expect(seen.map(({ at }) => at)).toEqual(moments);
  expect(seen.every(({ kind }) => kind === "key")).toBe(true);
});
