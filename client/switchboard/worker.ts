// The worker's entry. It meets a page only through the MessagePort that the page hands over, so that a shared worker with
// many pages could do the same; a dedicated one gets exactly one port, and ends by itself after its connection.

import { HostedConnection } from "./hosted-connection.ts";
import { type FromWorker, plainEnd, type ToWorker } from "./messages.ts";
import { wipe } from "./secrets.ts";

declare const self: DedicatedWorkerGlobalScope;

/** A page that has not heard of the end yet may still hand over a window's port, and that window wants to hear of it. */
const LINGER_MS = 1000;

self.onmessage = ({ ports: [port] }) => {
  if (port) serve(port);
};

function serve(port: MessagePort): void {
  const hosted = new Map<string, HostedConnection>();
  const post = (message: FromWorker, transfer: readonly ArrayBuffer[] = []) => port.postMessage(message, [...transfer]);

  port.onmessage = ({ data }: MessageEvent<ToWorker>) => {
    const connection = hosted.get(data.connection);
    switch (data.type) {
      case "connect": {
        const opened = new HostedConnection(data, post);
        hosted.set(data.connection, opened);
        void opened.run().finally(() => {
          hosted.delete(data.connection);
          setTimeout(() => hosted.size === 0 && self.close(), LINGER_MS);
        });
        return;
      }
      case "answer":
        if (connection) connection.answer(data.prompt, data.answer);
        else wipe(data.answer);
        return;
      case "input":
        connection?.input(data.bytes);
        return;
      case "resize":
        connection?.resize(data.size);
        return;
      case "painted":
        connection?.painted(data.bytes, data.spent);
        return;
      case "attach":
        if (connection) connection.attach(data.port);
        else data.port.postMessage(plainEnd(data.connection));
        return;
      case "close":
        connection?.close();
        return;
      default:
        data satisfies never;
    }
  };
  post({ type: "ready" });
}
