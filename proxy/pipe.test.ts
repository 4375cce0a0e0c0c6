import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { type Dialled, dial } from "./dial.ts";
import { Pipe } from "./pipe.ts";
import { Opened } from "./testing.ts";

const MIB = 1024 * 1024;
const opened = new Opened();
afterEach(() => opened.closeAll());

/** The relay's two sockets with a pipe between them, and the far ends. */
async function piped(serve: (target: Socket) => void) {
  const port = await opened.target(serve);
  const dialled = await dial(["127.0.0.1"], port, new AbortController().signal, () => "going-away");
  opened.add(() => dialled.socket.destroy());
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  opened.add(() => server.close());
  await once(server, "listening");
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  opened.add(() => client.terminate());
  const [ws, request]: [WebSocket, IncomingMessage] = (await once(server, "connection")) as never;
  if (client.readyState !== WebSocket.OPEN) await once(client, "open");
  // As the target's socket hands chunks over, so that a test can too.
  let receive = (_chunk: Buffer): boolean => true;
  const start: Dialled["start"] = (to) => {
    receive = to;
    dialled.start(to);
  };
  const pipe = new Pipe(ws, { socket: dialled.socket, start }, { idleTimeout: 0, ended: () => ws.close() });
  opened.add(() => pipe.release());
  ws.on("message", (data: Buffer) => pipe.toTarget(data));
  return { client, ws, pipe, wire: request.socket, socket: dialled.socket, receive };
}

/** Waits until a counter has stood still for many turns of the event loop. */
async function still(count: () => number): Promise<number> {
  for (let same = 0, last = count(); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    same = count() === last ? same + 1 : 0;
    last = count();
    if (same === 25) return last;
  }
}

function flood(socket: Socket, chunk: Buffer, total: number): void {
  let sent = 0;
  const more = (): void => {
    while (sent < total) {
      sent += chunk.length;
      if (!socket.write(chunk)) return void socket.once("drain", more);
    }
    socket.end();
  };
  more();
}

describe("a stalled reader", () => {
  it("in the browser costs less than 1 MiB, and loses nothing", async () => {
    const chunk = randomBytes(MIB);
    const total = 32 * MIB;
    const wanted = createHash("sha256");
    for (let i = 0; i < total; i += MIB) wanted.update(chunk);
    const { client, ws, socket } = await piped((target) => flood(target, chunk, total));
    client.pause();
    await expect.poll(() => ws.bufferedAmount, { interval: 1 }).toBeGreaterThan(256 * 1024);
    const read = await still(() => socket.bytesRead);
    expect(read).toBeLessThan(total);
    expect(ws.bufferedAmount).toBeGreaterThan(0);
    expect(ws.bufferedAmount).toBeLessThan(MIB);

    const got = createHash("sha256");
    let length = 0;
    const ended = new Promise<void>((resolve) => {
      client.on("message", (data: Buffer, isBinary) => {
        if (!isBinary) return resolve();
        got.update(data);
        length += data.length;
      });
    });
    client.resume();
    await ended;
    expect(length).toBe(total);
    expect(got.digest("hex")).toBe(wanted.digest("hex"));
  });

  it("in the browser gets every read as it was, though reads and messages share their memory", async () => {
    const { client, receive } = await piped(() => {});
    client.pause();
    const lent = Buffer.alloc(64 * 1024);
    const wanted = createHash("sha256");
    let total = 0;
    const read = (): void => {
      lent.fill(randomBytes(1024));
      wanted.update(lent);
      total += lent.length;
      receive(lent);
      lent.fill(0);
    };
    for (let i = 0; i < 320; i++) read(); // more than the system holds: the rest waits here
    for (let round = 0; round < 4; round++) {
      await new Promise((resolve) => setTimeout(resolve, 10)); // the flood is over: one read leaves alone, one waits for more
      read();
      read();
    }
    const got = createHash("sha256");
    let length = 0;
    client.on("message", (data: Buffer) => {
      got.update(data);
      length += data.length;
    });
    client.resume();
    await expect.poll(() => length, { interval: 1 }).toBe(total);
    expect(got.digest("hex")).toBe(wanted.digest("hex"));
  });

  it("at the target costs less than 1 MiB, and loses nothing", async () => {
    let target: Socket | undefined;
    const { client, wire, socket } = await piped((accepted) => {
      target = accepted;
    });
    const message = randomBytes(256 * 1024);
    const count = 128;
    const wanted = createHash("sha256");
    for (let i = 0; i < count; i++) {
      wanted.update(message);
      client.send(message);
    }
    await expect.poll(() => socket.writableLength, { interval: 1 }).toBeGreaterThan(256 * 1024 - 1);
    const read = await still(() => wire.bytesRead);
    expect(read).toBeLessThan(count * message.length);
    const delivered = socket.bytesWritten - socket.writableLength;
    expect(read - delivered).toBeLessThan(MIB);

    const got = createHash("sha256");
    let length = 0;
    const all = new Promise<void>((resolve) => {
      target?.on("data", (data) => {
        got.update(data);
        length += data.length;
        if (length === count * message.length) resolve();
      });
    });
    await all;
    expect(got.digest("hex")).toBe(wanted.digest("hex"));
  });
});

describe("a flood of tiny messages", () => {
  it("is held back by what it costs, and not by its bytes", async () => {
    const { client, ws, pipe } = await piped(() => {});
    const pause = ws.pause.bind(ws);
    let first: number | undefined;
    vi.spyOn(ws, "pause").mockImplementation(() => {
      first ??= pipe.bytesUp;
      pause();
    });
    for (let i = 0; i < 20_000; i++) client.send(Buffer.of(i % 256));
    await expect.poll(() => pipe.bytesUp, { interval: 1 }).toBe(20_000);
    expect(first).toBeLessThan(1_024);
  });

  it("reaches the target whole, and in few writes", async () => {
    const heard: Buffer[] = [];
    const { client, socket } = await piped((target) => target.on("data", (data) => heard.push(data)));
    const write = vi.spyOn(socket, "write");
    const bytes = randomBytes(5_000);
    for (const byte of bytes) client.send(Buffer.of(byte));
    await expect.poll(() => Buffer.concat(heard).equals(bytes), { interval: 1 }).toBe(true);
    expect(write.mock.calls.length).toBeLessThan(1_000);
  });

  it("that are empty leaves nothing behind", async () => {
    const heard: Buffer[] = [];
    const { client, socket } = await piped((target) => target.on("data", (data) => heard.push(data)));
    const write = vi.spyOn(socket, "write");
    for (let i = 0; i < 5_000; i++) client.send(Buffer.alloc(0));
    client.send(Buffer.from("x"));
    await expect.poll(() => heard.length, { interval: 1 }).toBe(1);
    expect(write).toHaveBeenCalledTimes(1);
  });

  it("from the target is held back too, and goes on when it has gone out", async () => {
    const { client, pipe, socket, receive } = await piped(() => {});
    const resume = vi.spyOn(socket, "resume");
    let count = 1;
    while (receive(Buffer.of(7)) && count < 5_000) count++;
    expect(count).toBeLessThan(1_024);
    expect(resume).not.toHaveBeenCalled();
    await expect.poll(() => resume.mock.calls.length, { interval: 1 }).toBe(1);
    expect([pipe.bytesDown, client.readyState]).toEqual([count, WebSocket.OPEN]);
  });
});

it("a server's last words before a reset are heard, also by a client that is just sending", async () => {
  let target: Socket | undefined;
  const { client, pipe } = await piped((accepted) => {
    target = accepted;
  });
  await expect.poll(() => target, { interval: 1 }).toBeDefined();
  const heard = once(client, "message");
  // A timer's turn, after which the event loop looks for what can be read: as if all three had come in between.
  await new Promise((resolve) => setTimeout(resolve, 1));
  // When the pipe comes to write, the words wait unread in the system, and the connection is gone.
  target?.write("last words");
  target?.resetAndDestroy();
  pipe.toTarget(Buffer.from("x"));
  expect(String((await heard)[0])).toBe("last words");
});

it("a client that leaves is heard to its last byte, and then FIN", async () => {
  let target: Socket | undefined;
  const { client, pipe, socket } = await piped((accepted) => {
    target = accepted;
  });
  // So much that the system's buffers are full and some of it waits here.
  let sent = 0;
  while (socket.writableLength === 0) {
    client.send(Buffer.alloc(64 * 1024));
    sent += 64 * 1024;
    await expect.poll(() => pipe.bytesUp, { interval: 1 }).toBe(sent);
  }
  pipe.release();
  let heard = 0;
  target?.on("data", (data) => {
    heard += data.length;
  });
  await once(target ?? client, "end");
  expect(heard).toBe(sent);
});

describe("messages", () => {
  it("are large where much is there to read, and never above 256 KiB", async () => {
    const { client } = await piped((target) => flood(target, randomBytes(MIB), 16 * MIB));
    const sizes: number[] = [];
    await new Promise<void>((resolve) => {
      client.on("message", (data: Buffer, isBinary) => (isBinary ? sizes.push(data.length) : resolve()));
    });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024);
    // Reads of 64 KiB, Node's own, would never exceed this.
    expect(Math.max(...sizes)).toBeGreaterThan(64 * 1024);
  });

  it("are not held back when small", async () => {
    const { client } = await piped((target) => target.pipe(target));
    for (const word of ["a", "b", "c"]) {
      client.send(Buffer.from(word));
      const [data] = await once(client, "message");
      expect(String(data)).toBe(word);
    }
  });

  it("of two sockets that read into the same buffer do not mix", async () => {
    const fill = (value: number) => (target: Socket) => flood(target, Buffer.alloc(MIB, value), 8 * MIB);
    const pipes = await Promise.all([piped(fill(1)), piped(fill(2))]);
    const pure = pipes.map(
      ({ client }, i) =>
        new Promise<boolean>((resolve) => {
          let clean = true;
          client.on("message", (data: Buffer, isBinary) => {
            if (!isBinary) resolve(clean);
            else clean &&= data.equals(Buffer.alloc(data.length, i + 1));
          });
        }),
    );
    expect(await Promise.all(pure)).toEqual([true, true]);
  });
});

describe("what comes from the target", () => {
  /** Messages that reach the client, by their length. */
  function lengths(client: WebSocket): number[] {
    const got: number[] = [];
    client.on("message", (data: Buffer, isBinary) => isBinary && got.push(data.length));
    return got;
  }
  const bytes = (length: number) => Buffer.alloc(length, 7);

  it("leaves at once, piece by piece, as long as it is little", async () => {
    const { client, receive } = await piped(() => {});
    const got = lengths(client);
    for (const length of [36, 1, 16_383, 36]) receive(bytes(length));
    await expect.poll(() => got).toEqual([36, 1, 16_383, 36]);
  });

  it("is joined to messages of at most 256 KiB when it is a flood, the first piece at once", async () => {
    const { client, receive } = await piped(() => {});
    const got = lengths(client);
    for (let i = 0; i < 20; i++) receive(bytes(40_000));
    await expect.poll(() => got).toEqual([40_000, 240_000, 240_000, 240_000, 40_000]);
  });

  it("reaches the client before the end of the target, and before a reset too", async () => {
    for (const end of ["eof", "reset"] as const) {
      const { client, receive, socket } = await piped((target) => {
        if (end === "eof") target.end();
        else target.on("data", () => target.resetAndDestroy());
      });
      const heard: (number | string)[] = [];
      client.on("message", (data: Buffer, isBinary) => heard.push(isBinary ? data.length : "eof"));
      client.on("close", () => heard.push("closed"));
      for (const length of [20_000, 3, 4]) receive(bytes(length));
      if (end === "eof") await expect.poll(() => heard).toEqual([20_000, 7, "eof"]);
      else {
        socket.write("go");
        await expect.poll(() => heard).toEqual([20_000, 7, "closed"]);
      }
    }
  });
});
