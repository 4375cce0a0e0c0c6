import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { clean, type LogLevel, openLog } from "./log.ts";

async function written(level: LogLevel): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "periwinkle-log-"));
  const file = join(folder, "log");
  const log = openLog(level, file);
  log.connection({
    event: "connection",
    client: "127.0.0.1",
    origin: "http://a\u202e.example",
    entry: "grant",
    embedder: "https://learn.example",
    fault: undefined,
    target: "db1:22",
    bytesUp: 1,
    bytesDown: 2,
    duration: 3,
    close: "target-closed",
    session: "0123",
  });
  log.fault("dial", Object.assign(new Error("the peer said: secret"), { code: "EWEIRD" }));
  await expect
    .poll(
      () => {
        log.flush();
        return readFileSync(file, { encoding: "utf8", flag: "a+" });
      },
      { interval: 2 },
    )
    .toContain("fault");
  const lines = readFileSync(file, "utf8").trim().split("\n");
  rmSync(folder, { recursive: true });
  return lines;
}

it("writes one JSON line per connection, with what came from outside cleaned", async () => {
  const [line = ""] = await written("info");
  expect(JSON.parse(line)).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    event: "connection",
    client: "127.0.0.1",
    origin: "http://a\ufffd.example",
    entry: "grant",
    embedder: "https://learn.example",
    target: "db1:22",
    bytesUp: 1,
    bytesDown: 2,
    duration: 3,
    close: "target-closed",
    session: "0123",
  });
});

it("names a fault by its code, and never by words that a peer may have written", async () => {
  const lines = await written("error");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ event: "fault", what: "dial", error: "EWEIRD" });
  expect(lines.join("")).not.toContain("secret");
});

it("cleans controls, bidi and invisible characters, and cuts what is long", () => {
  expect(clean("a\u0000\u001b[31m\u009b\u202e\u200bb\n", 100)).toBe("a\ufffd\ufffd[31m\ufffd\ufffd\ufffdb\ufffd");
  expect(clean("x".repeat(500), 10)).toBe("x".repeat(10));
});
