import { afterEach, expect, it } from "vitest";
import { DialError, dial, judge } from "./dial.ts";
import { Opened } from "./testing.ts";

const opened = new Opened();
afterEach(() => opened.closeAll());

const never = new AbortController().signal;
const failure = (outcome: Promise<unknown>): Promise<string> =>
  outcome.then(
    () => "connected",
    (error: unknown) => (error instanceof DialError ? error.close : String(error)),
  );

async function closedPort(): Promise<number> {
  const gone = new Opened();
  const port = await gone.target(() => {});
  await gone.closeAll();
  return port;
}

it("reads nothing before it is told where to", async () => {
  const port = await opened.target((socket) => socket.end("SSH-2.0-x\r\n"));
  const { socket, start } = await dial(["127.0.0.1"], port, never, () => "going-away");
  opened.add(() => socket.destroy());
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  const heard = new Promise<string>((resolve) => {
    let text = "";
    start((chunk) => {
      text += String(chunk);
      return true;
    });
    socket.on("end", () => resolve(text));
  });
  expect(await heard).toBe("SSH-2.0-x\r\n");
});

it("tells the most telling failure of all addresses", async () => {
  const port = await closedPort();
  expect(await failure(dial(["127.0.0.1", "127.0.0.2"], port, never, () => "going-away"))).toBe("target-refused");
  // A broadcast address, and then a refusal: somebody was there.
  expect(await failure(dial(["255.255.255.255", "127.0.0.1"], port, never, () => "going-away"))).toBe("target-refused");
  expect(await failure(dial(["255.255.255.255"], port, never, () => "going-away"))).toBe("target-unreachable");
});

it("ends at once, and as told, when it is called off", async () => {
  const stop = new AbortController();
  const port = await opened.target(() => {});
  const outcome = failure(dial(["127.0.0.1"], port, stop.signal, () => "target-timeout"));
  stop.abort();
  expect(await outcome).toBe("target-timeout");
  expect(await failure(dial(["127.0.0.1"], port, stop.signal, () => "going-away"))).toBe("going-away");
});

it.each([
  ["that was cut before it could be asked", undefined, 4, "target-reset"],
  ["to another address", "127.0.0.2", 4, "target-denied"],
  ["to itself", "127.0.0.1", 5, "target-refused"],
  ["to where it was meant to go", "127.0.0.1", 4, undefined],
  ["to there in its mapped form", "::ffff:127.0.0.1", 4, undefined],
])("a connection %s is judged", (_what, remoteAddress, localPort, close) => {
  expect(judge({ remoteAddress, remotePort: 5, localAddress: "127.0.0.1", localPort }, "127.0.0.1")).toBe(close);
});
