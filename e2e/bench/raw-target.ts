// What the raw relay is pointed at: sends zeros, swallows bytes, or echoes, as its first line says.

import { createServer, type Socket } from "node:net";

const ZEROS = Buffer.alloc(256 * 1024);

export function startRawTarget(): Promise<{ port: number; close(): void }> {
  return new Promise((resolve) => {
    const server = createServer({ noDelay: true }, (socket) => {
      socket.on("error", () => {});
      socket.once("data", (first) => {
        const end = first.indexOf(10);
        const [verb, count] = first.subarray(0, end).toString().split(" ");
        if (verb === "down") pour(socket, Number(count));
        else if (verb === "up") swallow(socket, Number(count), first.length - end - 1);
        else {
          socket.write(first.subarray(end + 1));
          socket.pipe(socket);
        }
      });
    });
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address) resolve({ port: address.port, close: () => server.close() });
    });
  });
}

function pour(socket: Socket, bytes: number): void {
  let left = bytes;
  const more = () => {
    while (left > 0) {
      const part = ZEROS.subarray(0, Math.min(left, ZEROS.length));
      left -= part.length;
      if (!socket.write(part)) {
        socket.once("drain", more);
        return;
      }
    }
  };
  more();
}

function swallow(socket: Socket, bytes: number, already: number): void {
  let left = bytes - already;
  socket.on("data", (chunk) => {
    left -= chunk.length;
    if (left <= 0) socket.write("k");
  });
}
