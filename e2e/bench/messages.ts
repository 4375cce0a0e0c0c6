// What the bench page and its worker say to each other. Times are milliseconds, of echo microseconds.

export interface ConnectJob {
  /** ws: origin of the relay, and its token. */
  readonly url: string;
  readonly token?: string;
  readonly host?: string;
  readonly port?: number;
  readonly user: string;
  readonly password: string;
  readonly cipher?: string;
}

export type Job =
  | ({ readonly kind: "connect" } & ConnectJob)
  | { readonly kind: "run"; readonly command: string }
  | { readonly kind: "download"; readonly command: string; readonly bytes: number }
  | { readonly kind: "upload"; readonly command: string; readonly bytes: number }
  | { readonly kind: "echo"; readonly count: number }
  | { readonly kind: "close" };

export type FromBenchWorker =
  | { readonly type: "chunk"; readonly bytes: Uint8Array }
  | { readonly type: "done"; readonly job: number; readonly result: unknown }
  | { readonly type: "failed"; readonly job: number; readonly message: string };

export type ToBenchWorker =
  | { readonly type: "job"; readonly job: number; readonly work: Job }
  | { readonly type: "taken"; readonly bytes: number };
