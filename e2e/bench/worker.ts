// The product's engine in a worker, as the product runs it, with a stopwatch in place of a terminal. What is downloaded is
// handed to the window, which gives the credit back, so that the whole way of a byte is measured.

import { openRelayStream } from "../../client/bytes/relay-stream.ts";
import { type Connection, connect } from "../../client/ssh.ts";
import { Output } from "../../client/switchboard/output.ts";
import { browserClock, browserRandom, browserSocket, soon } from "../../client/switchboard/surroundings.ts";
import { type ConnectJob, downloadCommand, ECHO_BYTES, ECHO_COMMAND, FIRST_WORDS, UPLOAD_COMMAND } from "./messages.ts";
import { serve } from "./serve.ts";

let connection: Connection | undefined;
let taken: (bytes: number, spent: ArrayBuffer) => void = () => {};

function connected(): Connection {
  if (!connection) throw new Error("not connected");
  return connection;
}

serve({
  async connect(job) {
    const begun = performance.now();
    connection = await open(job);
    const session = await connection.exec(FIRST_WORDS);
    if ((await session.read()) === null) throw new Error("no first words");
    const elapsed = performance.now() - begun;
    session.close();
    return elapsed;
  },

  async download(bytes, toPage) {
    const begun = performance.now();
    const session = await connected().exec(downloadCommand(bytes));
    const output = new Output(toPage, soon, browserClock);
    taken = (length, spent) => {
      output.recycle([spent]);
      session.credit(length);
    };
    let left = bytes;
    while (left > 0) {
      const chunk = await session.read();
      if (!chunk) throw new Error(`ended ${left} bytes too early`);
      left -= chunk.bytes.length;
      output.push(chunk.bytes);
    }
    output.flush();
    const elapsed = performance.now() - begun;
    session.close();
    return elapsed;
  },

  taken: (bytes, spent) => taken(bytes, spent),

  async upload(bytes) {
    const begun = performance.now();
    const session = await connected().exec(UPLOAD_COMMAND);
    const block = new Uint8Array(256 * 1024);
    for (let left = bytes; left > 0; left -= block.length)
      await session.write(block.subarray(0, Math.min(left, block.length)));
    session.end();
    while (await session.read());
    await session.exit;
    return performance.now() - begun;
  },

  async echo(count) {
    const session = await connected().exec(ECHO_COMMAND);
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const begun = performance.now();
      await session.write(new Uint8Array(ECHO_BYTES).fill(97));
      for (let got = 0; got < ECHO_BYTES; ) {
        const chunk = await session.read();
        if (!chunk) throw new Error("cat ended");
        got += chunk.bytes.length;
        session.credit(chunk.bytes.length);
      }
      times.push((performance.now() - begun) * 1000);
    }
    session.close();
    return times;
  },

  async close() {
    await connection?.close();
    connection = undefined;
  },
});

function open({ url, token, port, user, password, cipher, mac, kex }: ConnectJob): Promise<Connection> {
  const target = { host: "127.0.0.1", port };
  return connect({
    target,
    route: url,
    user,
    open: (signal) =>
      openRelayStream({
        url,
        token,
        target,
        socket: browserSocket,
        clock: browserClock,
        signal,
        progress: () => {},
      }),
    hostKeys: { verify: async () => "accept" },
    prompts: {
      credential: async () => ({ kind: "password", password: new TextEncoder().encode(password) }),
      challenge: async () => null,
      newPassword: async () => null,
      banner: () => {},
    },
    random: browserRandom,
    clock: browserClock,
    preferences: {
      ...(cipher === undefined ? {} : { cipher: [cipher] }),
      ...(mac === undefined ? {} : { mac: [mac] }),
      ...(kex === undefined ? {} : { kex: [kex] }),
    },
  });
}
