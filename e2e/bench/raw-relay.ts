// The least that a relay can be, as the measure of what a WebSocket gives: no checks, no protocol, 64 KiB messages.

import { connect } from "node:net";
import { WebSocketServer } from "ws";

export function startRawRelay(targetPort: number): Promise<{ url: string; close(): void }> {
  return new Promise((resolve) => {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false }, () => {
      const address = server.address();
      if (typeof address === "object" && address)
        resolve({ url: `ws://127.0.0.1:${address.port}`, close: () => server.close() });
    });
    server.on("connection", (socket) => {
      const tcp = connect({ host: "127.0.0.1", port: targetPort, noDelay: true, highWaterMark: 64 * 1024 } as never);
      tcp.on("data", (chunk) => {
        socket.send(chunk);
        if (socket.bufferedAmount > 1024 * 1024) tcp.pause();
      });
      const drain = setInterval(() => socket.bufferedAmount < 512 * 1024 && tcp.resume(), 1);
      socket.on("message", (data: Buffer) => {
        if (tcp.write(data)) return;
        socket.pause();
        tcp.once("drain", () => socket.resume());
      });
      const over = () => {
        clearInterval(drain);
        tcp.destroy();
        socket.terminate();
      };
      tcp.on("close", over).on("error", over);
      socket.on("close", over);
    });
  });
}
