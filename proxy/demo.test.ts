import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { userInfo } from "node:os";
import ssh2, { Client, type ClientChannel, type ConnectConfig } from "ssh2";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Demo, startDemo } from "./demo.ts";
import { type Relay, startRelay } from "./relay.ts";
import { formatStart } from "./start-text.ts";
import { Opened } from "./testing.ts";

let demo: Demo;
let client: Client;
const clients: Client[] = [];
beforeAll(async () => {
  demo = await startDemo();
  client = new Client();
  clients.push(client);
  client.connect({ host: demo.host, port: demo.port, username: demo.user, password: demo.password });
  await once(client, "ready");
});
afterAll(async () => {
  for (const client of clients) client.end();
  await demo.close();
});

type Authenticate = (user: string, password: string) => void;
type Started = (error: Error | undefined, channel: ClientChannel) => void;

const started = (start: (callback: Started) => void): Promise<ClientChannel> =>
  new Promise((resolve, reject) => start((error, channel) => (error ? reject(error) : resolve(channel))));

/** All output of a command, and how it exited. Listens from the first moment: a short command is over at once. */
function run(start: (callback: Started) => void, input?: string) {
  return new Promise<{ out: string; err: string; status: number | null; signal?: string }>((resolve, reject) => {
    start((error, channel) => {
      if (error) return reject(error);
      let [out, err] = ["", ""];
      let exit: { status: number | null; signal?: string } = { status: null };
      channel.on("data", (data: Buffer) => {
        out += data;
      });
      channel.stderr.on("data", (data: Buffer) => {
        err += data;
      });
      channel.on("exit", (status: number | null, signal?: string) => {
        exit = { status, ...(signal === undefined ? {} : { signal }) };
      });
      channel.on("close", () => resolve({ out, err, ...exit }));
      if (input !== undefined) channel.end(input);
    });
  });
}

/** When nobody reads and the client's window is full, what has come grows no more, and the server's writes wait. */
async function stands({ stderr }: ClientChannel): Promise<void> {
  let before = -1;
  const still = () => {
    const same = before > 0 && stderr.readableLength === before;
    before = stderr.readableLength;
    return same;
  };
  await expect.poll(still, { interval: 50, timeout: 4_000 }).toBe(true);
}

/** A login shell on a busy machine may take its time. */
const PATIENCE = { interval: 5, timeout: 10_000 };

describe("the demo server", () => {
  it("is this account, on loopback, behind 128 random bits", () => {
    expect(demo).toMatchObject({ host: "127.0.0.1", user: userInfo().username });
    expect(demo.password).toMatch(/^[\w-]{22}$/);
  });

  it("gives a shell in a terminal of the asked size, which follows a resize", async () => {
    const channel = await started((callback) => client.shell({ term: "xterm-256color", cols: 91, rows: 31 }, callback));
    let out = "";
    channel.on("data", (data: Buffer) => {
      out += data;
    });
    channel.write("stty size; echo $TERM\n");
    await expect.poll(() => out, PATIENCE).toMatch(/31 91[\s\S]*\nxterm-256color/);
    channel.setWindow(41, 101, 0, 0);
    channel.write("stty size\n");
    await expect.poll(() => out, PATIENCE).toContain("41 101");
    const exit = once(channel, "exit");
    channel.write("exit 3\n");
    expect((await exit)[0]).toBe(3);
  }, 20_000);

  it("runs commands without a terminal: output, errors, input and exit status apart", async () => {
    expect(await run((callback) => client.exec("cat; echo oops >&2; exit 7", callback), "typed")).toMatchObject({
      out: "typed",
      err: "oops\n",
      status: 7,
    });
  });

  it("reports a signal", async () => {
    expect(await run((callback) => client.exec("kill -TERM $$", callback))).toMatchObject({
      status: null,
      signal: "SIGTERM",
    });
  });

  it("runs commands in a terminal too", async () => {
    expect(await run((callback) => client.exec("stty size", { pty: { cols: 50, rows: 20 } }, callback))).toMatchObject({
      out: "20 50\r\n",
      status: 0,
    });
  });

  it("delivers every byte of much output", async () => {
    expect((await run((callback) => client.exec("head -c 3000000 /dev/zero | tr '\\0' x", callback))).out.length).toBe(
      3_000_000,
    );
  });

  it("delivers what a command says on stderr also to readers who are slower than the command", async () => {
    const channel = await started((callback) => client.exec("head -c 4000000 /dev/zero >&2", callback));
    await stands(channel);
    let length = 0;
    channel.stderr.on("data", (data: Buffer) => {
      length += data.length;
    });
    channel.resume();
    await once(channel, "close");
    expect(length).toBe(4_000_000);
  });

  it("delivers both outputs of a command, however much of each waits for the reader", async () => {
    const command = "head -c 4000000 /dev/zero & head -c 4000000 /dev/zero >&2; wait";
    const { out, err, status } = await run((callback) => client.exec(command, callback));
    expect([out.length, err.length, status]).toEqual([4_000_000, 4_000_000, 0]);
  });

  it("outlives a client that leaves a command in the midst of what it says on stderr", async () => {
    const channel = await started((callback) => client.exec("yes >&2", callback));
    await stands(channel);
    channel.close();
    channel.stderr.resume();
    channel.resume();
    await once(channel, "close");
    expect(await run((callback) => client.exec("echo still here", callback))).toMatchObject({ out: "still here\n" });
  });

  it("delivers the end of a terminal's output also to readers who are slower than the command", async () => {
    // Where a command is when its reader starts depends on the length: some have ended, some wait.
    const lengths = [2_000_000, 2_100_000, 2_110_000, 2_200_000, 2_300_000, 2_500_000];
    const read = async (length: number): Promise<string> => {
      const command = `head -c ${length} /dev/zero | tr '\\0' x; printf THE-END`;
      const channel = await started((callback) => client.exec(command, { pty: true }, callback));
      await new Promise((resolve) => setTimeout(resolve, 600)); // being slow is the point
      let [count, tail] = [0, ""];
      channel.on("data", (data: Buffer) => {
        count += data.length;
        tail = (tail + data.toString("latin1")).slice(-7);
      });
      await once(channel, "close");
      return `${count} ${tail}`;
    };
    expect(await Promise.all(lengths.map(read))).toEqual(lengths.map((length) => `${length + 7} THE-END`));
  }, 15_000);

  it("passes on the language and nothing else", async () => {
    const env = { LANG: "C.UTF-8", PATH_TO_EVIL: "1" };
    expect((await run((callback) => client.exec("echo $LANG-$PATH_TO_EVIL", { env }, callback))).out).toBe(
      "C.UTF-8-\n",
    );
  });

  it.each<[string, ConnectConfig]>([
    ["a wrong password", { password: "x" }],
    ["a wrong user", { username: "nobody-here" }],
  ])("ends a connection after five times %s", async (_what, wrong) => {
    const client = new Client();
    clients.push(client);
    client.on("error", () => {});
    let tries = 0;
    client.connect({
      host: demo.host,
      port: demo.port,
      username: demo.user,
      authHandler: (_left, _partial, next) => {
        tries++;
        next({ type: "password", username: demo.user, password: demo.password, ...wrong } as never);
      },
    });
    await once(client, "close");
    expect(tries).toBeGreaterThanOrEqual(5);
    expect(tries).toBeLessThanOrEqual(6);
  });
});

describe("the door of the demo", () => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await startDemo();
  });
  afterAll(() => demo.close());

  it("has keys also when the library makes a malformed one", async () => {
    const make = vi.spyOn(ssh2.utils, "generateKeyPairSync").mockReturnValueOnce({ private: "none", public: "" });
    const other = await startDemo();
    const client = new Client();
    clients.push(client);
    client.connect({ host: other.host, port: other.port, username: other.user, password: other.password });
    await once(client, "ready");
    expect(make).toHaveBeenCalledTimes(3);
    await other.close();
    make.mockRestore();
  });

  it("judges no password after the fifth wrong one, also when the right one has come already", async () => {
    const client = new Client();
    clients.push(client);
    client.on("error", () => {});
    let ready = false;
    client.on("ready", () => {
      ready = true;
    });
    // What the server gets is all in its hands before it answers the first: as many requests as there are, in one write.
    client.connect({
      host: demo.host,
      port: demo.port,
      username: demo.user,
      authHandler: (_left, _partial, next) => {
        const { _protocol: protocol } = client as unknown as { _protocol: { authPassword: Authenticate } };
        for (let i = 0; i < 5; i++) protocol.authPassword(demo.user, "wrong");
        next({ type: "password", username: demo.user, password: demo.password } as never);
      },
    });
    await once(client, "close");
    expect(ready).toBe(false);
  });

  it("opens for a newcomer however many wait in front of it", async () => {
    const waiting: Socket[] = [];
    for (let i = 0; i < 16; i++) {
      const socket = connect(demo.port, demo.host);
      socket.on("error", () => {});
      waiting.push(socket);
      await once(socket, "data");
    }
    const [longest] = waiting;
    const turnedOut = longest && once(longest, "close");
    const client = new Client();
    clients.push(client);
    client.connect({ host: demo.host, port: demo.port, username: demo.user, password: demo.password });
    await once(client, "ready");
    await turnedOut;
    for (const socket of waiting) socket.destroy();
  });
});

describe("the demo beside a relay", () => {
  const opened = new Opened();
  afterAll(() => opened.closeAll());

  it("is dialled through it, also with an allow list, and is told of", async () => {
    const relay: Relay = await startRelay({ demo: true, allow: [{ kind: "name", name: "db.example", port: 22 }] });
    opened.add(() => relay.close());
    const client = await opened.client(relay).dial(relay, relay.demo?.port ?? 0);
    expect((await client.next()).bytes.toString()).toContain("SSH-2.0-PeriwinkleDemo");
    const text = formatStart(relay, { host: "127.0.0.1", port: 0 });
    for (const shown of [relay.url, String(relay.demo?.port), relay.demo?.user, relay.demo?.password])
      expect(text).toContain(shown);
  });
});
