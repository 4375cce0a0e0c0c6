// sntrup761x25519-sha512 with a real OpenSSH: our Streamlined NTRU Prime agrees with theirs, again and again, with fresh keys
// each time. By its longer name, which every OpenSSH since 8.5 knows.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { direct } from "../node-surroundings.ts";
import { connected, run } from "./driving.ts";

const NAME = "sntrup761x25519-sha512@openssh.com";

describe("OpenSSH", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  it("agrees with us in the first exchange and in rekeys after it", async () => {
    const options = direct(sshd.port, sshd.user, { passwords: [sshd.password] }, { preferences: { kex: [NAME] } });
    await connected(options, async (connection) => {
      expect(connection.facts).toMatchObject({ kex: NAME, postQuantum: true });
      for (let i = 0; i < 5; i++) {
        connection.rekey();
        expect((await run(connection, `echo ${i}`)).stdout).toBe(`${i}\n`);
      }
    });
  });
});
