// What the bench page and its workers say to each other. Times are milliseconds, of echo microseconds.

export interface ConnectJob {
  /** ws: origin of the relay, and its token. */
  readonly url: string;
  readonly token: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Names on the wire; what is left out is the client's own choice. */
  readonly cipher?: string;
  readonly mac?: string;
  readonly kex?: string;
}

export type Job =
  /** From nothing to the first byte that a command says. */
  | ({ readonly kind: "connect" } & ConnectJob)
  | { readonly kind: "download"; readonly bytes: number }
  | { readonly kind: "upload"; readonly bytes: number }
  | { readonly kind: "echo"; readonly count: number }
  | { readonly kind: "close" };

/** Hands an array to the page, and its buffer with it. */
export type ToPage = (bytes: Uint8Array<ArrayBuffer>) => void;

/** What a worker does with each; the result crosses to the page as it is. */
export interface Client {
  connect(job: ConnectJob): Promise<number>;
  download(bytes: number, toPage: ToPage): Promise<number>;
  /** The page has taken so many bytes of a download, and is done with the buffer. */
  taken(bytes: number, spent: ArrayBuffer): void;
  upload(bytes: number): Promise<number>;
  echo(count: number): Promise<readonly number[]>;
  close(): Promise<void>;
}

export type FromBenchWorker =
  | { readonly type: "chunk"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: "done"; readonly job: number; readonly result: unknown }
  | { readonly type: "failed"; readonly job: number; readonly message: string };

export type ToBenchWorker =
  | { readonly type: "job"; readonly job: number; readonly work: Job }
  | { readonly type: "taken"; readonly bytes: number; readonly spent: ArrayBuffer };

export const FIRST_WORDS = "echo ready";
export const downloadCommand = (bytes: number): string => `head -c ${bytes} /dev/zero`;
export const UPLOAD_COMMAND = "cat >/dev/null";
export const ECHO_COMMAND = "cat";
export const ECHO_BYTES = 36;
