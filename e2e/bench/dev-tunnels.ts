// The peer: @microsoft/dev-tunnels-ssh in a worker of its own, through the same relay, with its own defaults but for the
// cipher. What is downloaded goes to the page as the product's does, and is credited when the page has it.

import "./node-globals.ts";
import * as ssh from "@microsoft/dev-tunnels-ssh";
import { Buffer } from "buffer/";
import { LIMITS, parseRelayControl, SUBPROTOCOL } from "../../shared/relay-protocol.ts";
import { type ConnectJob, downloadCommand, ECHO_BYTES, ECHO_COMMAND, FIRST_WORDS, UPLOAD_COMMAND } from "./messages.ts";
import { serve } from "./serve.ts";

type Session = InstanceType<typeof ssh.SshClientSession>;
type Channel = InstanceType<typeof ssh.SshChannel>;

let session: Session | undefined;
let credit: (bytes: number) => void = () => {};

async function run(command: string): Promise<Channel> {
  if (!session) throw new Error("not connected");
  const channel = await session.openChannel();
  const request = new ssh.CommandRequestMessage();
  request.command = command;
  // The answer is waited for by whoever waits for the command's words.
  channel.request(request).catch(() => {});
  return channel;
}

const closed = (channel: Channel): Promise<void> => new Promise((resolve) => channel.onClosed(() => resolve()));

serve({
  async connect(job) {
    const begun = performance.now();
    session = await open(job);
    const channel = await run(FIRST_WORDS);
    await new Promise<void>((resolve) => {
      channel.onDataReceived((data) => {
        channel.adjustWindow(data.length);
        resolve();
      });
    });
    return performance.now() - begun;
  },

  async download(bytes, toPage) {
    const begun = performance.now();
    const channel = await run(downloadCommand(bytes));
    credit = (taken) => channel.adjustWindow(taken);
    let left = bytes;
    await new Promise<void>((resolve) => {
      channel.onDataReceived((data) => {
        left -= data.length;
        const own = new Uint8Array(data); // its buffers are its own, so this is the copy that crosses
        toPage(own);
        if (left <= 0) resolve();
      });
    });
    const elapsed = performance.now() - begun;
    await closed(channel);
    return elapsed;
  },

  taken: (bytes) => credit(bytes),

  async upload(bytes) {
    const begun = performance.now();
    const channel = await run(UPLOAD_COMMAND);
    const over = closed(channel);
    const block = Buffer.alloc(256 * 1024);
    for (let left = bytes; left > 0; left -= block.length)
      await channel.send(block.subarray(0, Math.min(left, block.length)));
    await channel.send(Buffer.alloc(0)); // its way to say EOF
    await over;
    return performance.now() - begun;
  },

  async echo(count) {
    const channel = await run(ECHO_COMMAND);
    let arrived: () => void = () => {};
    let got = 0;
    channel.onDataReceived((data) => {
      channel.adjustWindow(data.length);
      got += data.length;
      if (got >= ECHO_BYTES) arrived();
    });
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const begun = performance.now();
      got = 0;
      const answered = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      await channel.send(Buffer.alloc(ECHO_BYTES, 97));
      await answered;
      times.push((performance.now() - begun) * 1000);
    }
    await channel.close();
    return times;
  },

  async close() {
    await session?.close(ssh.SshDisconnectReason.byApplication);
    session?.dispose();
    session = undefined;
  },
});

async function open({ url, token, port, user, password, cipher }: ConnectJob): Promise<Session> {
  const socket = await relayed(url, token, port);
  const configuration = new ssh.SshSessionConfiguration();
  if (cipher !== undefined) {
    const chosen = configuration.encryptionAlgorithms.filter((algorithm) => algorithm?.name === cipher);
    configuration.encryptionAlgorithms.splice(0, configuration.encryptionAlgorithms.length, ...chosen);
  }
  const opened = new ssh.SshClientSession(configuration);
  opened.onAuthenticating((event) => {
    event.authenticationPromise = Promise.resolve({}); // any host key will do, as for the product here
  });
  await opened.connect(new ssh.WebSocketStream(socket));
  if (!(await opened.authenticate({ username: user, password }))) throw new Error("dev-tunnels was not let in");
  return opened;
}

/** The relay's own greeting; what follows are the server's bytes, and text that this client is not shown. */
function relayed(url: string, token: string, port: number): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(JSON.stringify({ type: "open", host: "127.0.0.1", port, token }));
    socket.onclose = ({ code }) => reject(new Error(`the relay said ${code}`));
    socket.addEventListener("message", (event) => {
      if (typeof event.data !== "string") return;
      event.stopImmediatePropagation();
      const parsed = event.data.length > LIMITS.control ? undefined : parseRelayControl(event.data);
      if (parsed?.kind === "known" && parsed.control.type === "opened") resolve(socket);
    });
  });
}
