// Keys that change every megabyte while twenty run each way: at the server's wish, at ours, and at both.

import { afterAll, beforeAll, expect, it } from "vitest";
import type { Facts } from "../../client/kex/facts.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { direct } from "../node-surroundings.ts";
import { connected, intact, noise, roundTrip, run, tellingExchanges } from "./driving.ts";

const MEGABYTE = 1_000_000;
const bytes = noise(20 * MEGABYTE);

let eager: Sshd;
let calm: Sshd;
beforeAll(async () => {
  eager = await startSshd({ pam: false, config: ["RekeyLimit 1M"] });
  calm = await startSshd({ pam: false });
});
afterAll(async () => {
  await eager.stop();
  await calm.stop();
});

interface Case {
  readonly who: string;
  readonly server: () => Sshd;
  readonly rekey: { readonly bytes?: number; readonly packets?: number };
  /** Of the exchanges, the first one not counted. */
  readonly least: number;
}

it.each<Case>([
  { who: "the server", server: () => eager, rekey: {}, least: 15 },
  { who: "we", server: () => calm, rekey: { bytes: MEGABYTE }, least: 15 },
  { who: "we, by the number of packets,", server: () => calm, rekey: { packets: 100 }, least: 5 },
  { who: "both", server: () => eager, rekey: { bytes: MEGABYTE }, least: 15 },
])("$who can change the keys again and again, and not a byte is lost", async ({ server, rekey, least }) => {
  const sshd = server();
  const agreed: Facts[] = [];
  let exchanges = 0;
  let asked = 0;
  const options = direct(
    sshd.port,
    sshd.user,
    { passwords: [sshd.password] },
    {
      rekey,
      random: tellingExchanges(() => exchanges++),
      facts: (facts) => void agreed.push(facts),
      hostKeys: {
        verify: async () => {
          asked++;
          return "accept-once";
        },
      },
    },
  );
  await connected(options, async (connection) => {
    expect(await roundTrip(connection, bytes)).toEqual(intact(bytes));
    // The way back counts too: after a flood one way only, small commands find the connection in order.
    const { stdout } = await run(connection, "head -c 5000000 /dev/zero | sha256sum; head -c 3000000 /dev/zero >&2");
    expect(stdout).toMatch(/^[0-9a-f]{64} /);
    expect((await run(connection, "echo after")).stdout).toBe("after\n");
  });
  expect(exchanges - 1).toBeGreaterThanOrEqual(least);
  expect(agreed.length).toBe(1); // told once, for nothing in it changed
  expect(asked).toBe(1);
});

it("does nothing without traffic above its limit", async () => {
  let exchanges = 0;
  const random = tellingExchanges(() => exchanges++);
  await connected(direct(calm.port, calm.user, { passwords: [calm.password] }, { random }), (connection) =>
    run(connection, "head -c 100000 /dev/zero"),
  );
  expect(exchanges).toBe(1);
});

it("asked for twice in a breath is one exchange, and asked for at each moment is none too many", async () => {
  let exchanges = 0;
  const random = tellingExchanges(() => exchanges++);
  await connected(direct(calm.port, calm.user, { passwords: [calm.password] }, { random }), async (connection) => {
    connection.rekey();
    connection.rekey();
    await run(connection, "true");
    expect(exchanges).toBe(2);
    const few = bytes.subarray(0, 2 * MEGABYTE);
    expect(await roundTrip(connection, few, { received: () => connection.rekey() })).toEqual(intact(few));
  });
});
