// A bench worker's side of the page: takes jobs, has its client do them, says how long they took.

import type { Client, FromBenchWorker, Job, ToBenchWorker, ToPage } from "./messages.ts";

declare const self: DedicatedWorkerGlobalScope;

export function serve(client: Client): void {
  const post = (message: FromBenchWorker, transfer: Transferable[] = []) => self.postMessage(message, transfer);
  self.onmessage = ({ data }: MessageEvent<ToBenchWorker>) => {
    if (data.type === "taken") return client.taken(data.bytes, data.spent);
    perform(client, data.work, (bytes) => post({ type: "chunk", bytes }, [bytes.buffer])).then(
      (result) => post({ type: "done", job: data.job, result }),
      (error: unknown) => post({ type: "failed", job: data.job, message: String(error) }),
    );
  };
}

function perform(client: Client, work: Job, toPage: ToPage): Promise<unknown> {
  switch (work.kind) {
    case "connect":
      return client.connect(work);
    case "download":
      return client.download(work.bytes, toPage);
    case "upload":
      return client.upload(work.bytes);
    case "echo":
      return client.echo(work.count);
    case "close":
      return client.close();
  }
}
