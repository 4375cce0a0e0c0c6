import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { readGrantKey } from "./grant-keys.ts";
import { Grants } from "./grants.ts";

const EXAMPLE = fileURLToPath(new URL("../docs/examples/grant.mjs", import.meta.url));

it("the relay takes what the example signs, with keys made as the example says", async () => {
  const folder = mkdtempSync(join(tmpdir(), "periwinkle-grant-"));
  try {
    const commands = readFileSync(EXAMPLE, "utf8").matchAll(/^\/\/ {3}(openssl [^(]*?) *(?:\(.*)?$/gm);
    for (const [, command = ""] of commands)
      execFileSync("openssl", command.split(" ").slice(1), { cwd: folder, stdio: "ignore" });
    const key = readGrantKey(readFileSync(join(folder, "platform.pem"), "utf8"), "platform.pem", "--grant-key");
    const args = [EXAMPLE, "db1.example", "22", "ada", "https://learn.example"];
    const [first = "", second = ""] = [0, 1].map(() =>
      execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" }).trim(),
    );
    const grants = new Grants([key], () => new Set());
    const verdict = await grants.check(first, { host: "db1.example", port: 22 });
    expect(verdict).toMatchObject({
      kind: "good",
      claims: { host: "db1.example", port: 22, user: "ada", origin: "https://learn.example", pins: [] },
    });
    const other = await grants.check(second, { host: "db1.example", port: 22 });
    const uses = [verdict, verdict, other].map((one) => one.kind === "good" && grants.use(one.claims));
    expect(uses).toEqual([undefined, "used", undefined]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
