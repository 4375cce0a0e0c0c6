// What we offer a stranger, as ssh-audit reads it off the wire, against the checked-in policy: it does not change unseen.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_PREFERENCES, KexInit, propose } from "../../client/kex/proposal.ts";
import { connect } from "../../client/ssh.ts";
import { startSshAudit } from "../fixtures/ssh-audit.ts";
import { direct } from "../node-surroundings.ts";
import { rejection } from "./driving.ts";

const policy = fileURLToPath(new URL("client-policy.txt", import.meta.url));

/** Its words after "Result:". It hangs up as soon as it has read what we offer, so that connecting always fails. */
async function audited(policyFile: string): Promise<string> {
  const audit = await startSshAudit(policyFile);
  try {
    await rejection(connect(direct(audit.port, "nobody", {})));
    return await audit.verdict();
  } finally {
    await audit.stop();
  }
}

describe("ssh-audit", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "periwinkle-policy-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("finds our offer to be the one of the policy", async () => {
    expect(await audited(policy)).toMatch(/^Passed/);
  });

  it.each([
    ["key exchanges", "Key exchanges"],
    ["host keys", "Host keys"],
    ["ciphers", "Ciphers"],
    ["macs", "MACs"],
    ["compressions", "Compression"],
  ])("would find %s in another order", async (field, named) => {
    const swapped = (await readFile(policy, "utf8")).replace(
      new RegExp(`^(${field} = )([^,\\n]+), ([^,\\n]+)`, "m"),
      "$1$3, $2",
    );
    const file = join(folder, field);
    await writeFile(file, swapped);
    expect(await audited(file)).toMatch(new RegExp(`^Failed![\\s\\S]*${named} did not match`));
  });

  it("needs to look one way only: both ways we offer the same", () => {
    const offer = KexInit.decode(propose(DEFAULT_PREFERENCES, new Uint8Array(16), true));
    expect(offer.cipherClientToServer).toEqual(offer.cipherServerToClient);
    expect(offer.macClientToServer).toEqual(offer.macServerToClient);
    expect(offer.compressionClientToServer).toEqual(offer.compressionServerToClient);
  });
});
