import { describe, expect, it } from "vitest";
import { ascii, toHex } from "../bytes/bytes.ts";
import { bcryptPbkdf } from "./bcrypt-pbkdf.ts";

const yieldNow = async () => {};

describe("bcryptPbkdf", () => {
  // The vectors of OpenBSD's regress suite.
  it.each([
    ["password", "salt", 4, "5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9"],
    ["password", "\0", 4, "c12b566235eee04c212598970a579a67"],
    ["\0", "salt", 4, "6051be18c2f4f82cbf0efee5471b4bb9"],
    ["password\0", "salt\0", 4, "7410e44cf4fa07bfaac8a928b1727fac001375e7bf7384370f48efd121743050"],
    ["pass\0wor", "sa\0l", 4, "c2bffd9db38f6569efef4372f4de83c0"],
    ["password", "salt", 42, "833cf0dcf56db65608e8f0dc0ce882bd"],
    [
      "password",
      "salt",
      8,
      "e1367ec5151a33faac4cc1c144cd23fa15d5548493ecc99b9b5d9c0d3b27bec76227ea66088b849b20ab7aa478010246e74bba51723fefa9f9474d6508845e8d",
    ],
  ])("of %j and %j after %i rounds is the published key", async (passphrase, salt, rounds, expected) => {
    const key = await bcryptPbkdf(ascii(passphrase), ascii(salt), rounds, expected.length / 2, { yieldNow });
    expect(toHex(key)).toBe(expected);
  });

  it("gives the event loop a turn between any two rounds", async () => {
    let turns = 0;
    const counting = async () => {
      turns++;
    };
    await bcryptPbkdf(ascii("p"), ascii("s"), 5, 48, { yieldNow: counting });
    expect(turns).toBe(2 * 4);
  });

  it("stops at once when it is cancelled, and says so", async () => {
    const controller = new AbortController();
    let turns = 0;
    const cancelling = async () => {
      if (++turns === 3) controller.abort();
    };
    const work = { yieldNow: cancelling, signal: controller.signal };
    await expect(bcryptPbkdf(ascii("p"), ascii("s"), 2000, 48, work)).rejects.toMatchObject({ code: "aborted" });
    expect(turns).toBe(3);
  });
});
