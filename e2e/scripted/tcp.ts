// The scripted server on a loopback port, for tests that come through a relay or from a browser.

import { createServer, type Socket } from "node:net";
import { tcpStream } from "../tcp-stream.ts";
import { type ScriptedOptions, ScriptedServer } from "./server.ts";

export interface ScriptedPort {
  readonly port: number;
  /** One for every connection so far, in order. */
  readonly servers: readonly ScriptedServer[];
  /** The next server to be connected to, or the `index`th. */
  connection(index?: number): Promise<ScriptedServer>;
  close(): Promise<void>;
}

/** `options` may differ per connection, whose number from 0 is passed. */
export async function serveScripted(
  options: ScriptedOptions | ((index: number) => ScriptedOptions) = {},
): Promise<ScriptedPort> {
  const servers: ScriptedServer[] = [];
  const sockets = new Set<Socket>();
  let watchers: (() => void)[] = [];
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    const server = new ScriptedServer(
      tcpStream(socket),
      typeof options === "function" ? options(servers.length) : options,
    );
    servers.push(server);
    void server.run();
    for (const wake of watchers.splice(0)) wake();
  });
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(0, "127.0.0.1", resolve);
  });
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    servers,
    async connection(index = servers.length) {
      for (;;) {
        const server = servers[index];
        if (server) return server;
        await new Promise<void>((resolve) => {
          watchers.push(resolve);
        });
      }
    },
    async close() {
      watchers = [];
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
