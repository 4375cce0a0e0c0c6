// A long fat link: a real sshd behind 100 ms of round trip. What counts is how many bytes are on their way to us, which is
// what a window allows, and not how long it takes.

import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { connect } from "../../client/ssh.ts";
import { type DelayProxy, startDelayProxy } from "../fixtures/delay-proxy.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { direct } from "../node-surroundings.ts";
import { intact, noise, roundTrip } from "./driving.ts";

const MiB = 1024 * 1024;
const BYTES = 32 * MiB;
/** Heads, padding and tags of the packets, and what else a connection says. */
const AROUND = 1.02;

let sshd: Sshd;
let link: DelayProxy;
beforeAll(async () => {
  sshd = await startSshd({ pam: false });
});
afterAll(() => sshd.stop());
beforeEach(async () => {
  link = await startDelayProxy(sshd.port, 50);
});
afterEach(() => link.stop());

const over = () => connect(direct(link.port, sshd.user, { passwords: [sshd.password] }));

/** Takes everything at once; the hash of what came. */
async function download(window?: number): Promise<string> {
  const connection = await over();
  const session = await connection.exec(`head -c ${BYTES} /dev/zero`, window === undefined ? {} : { window });
  const hash = createHash("sha256");
  for (let chunk = await session.read(); chunk; chunk = await session.read()) {
    hash.update(chunk.bytes);
    session.credit(chunk.bytes.length);
  }
  await connection.close();
  return hash.digest("hex");
}

const zeros = createHash("sha256").update(Buffer.alloc(BYTES)).digest("hex");

it("has more on its way than the first window, and never more than 6 MiB, when we take all there is", async () => {
  expect(await download()).toBe(zeros);
  expect(link.peak).toBeGreaterThan(2 * MiB * AROUND);
  expect(link.peak).toBeLessThanOrEqual(6 * MiB * AROUND);
});

it("has no more on its way than a window that was asked for", async () => {
  expect(await download(MiB)).toBe(zeros);
  expect(link.peak).toBeGreaterThan(MiB / 2);
  expect(link.peak).toBeLessThanOrEqual(MiB * AROUND);
});

it("carries both ways at once, whole", async () => {
  const connection = await over();
  const bytes = noise(4 * MiB);
  expect(await roundTrip(connection, bytes)).toEqual(intact(bytes));
  await connection.close();
});
