// The worker's entry. It meets a page only through the MessagePort that the page hands over, so that a shared worker with
// many pages could do the same; a dedicated one gets exactly one port, and ends by itself after its connection.

import { HostedConnection } from "./hosted-connection.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

declare const self: DedicatedWorkerGlobalScope;

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
          if (hosted.size === 0) self.close();
        });
        return;
      }
      case "answer":
        connection?.answer(data.prompt, data.answer);
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
      case "close":
        connection?.close();
        return;
      default:
        data satisfies never;
    }
  };
  post({ type: "ready" });
}
