// For tests of the relay only: targets and clients on loopback, with events to await instead of time to pass.

import { createSecretKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { SignJWT } from "jose";
import { type ClientOptions, WebSocket } from "ws";
import { closeReason } from "../shared/close-codes.ts";
import { GRANT_TYPE } from "../shared/grant.ts";
import { SUBPROTOCOL } from "../shared/relay-protocol.ts";
import type { ConnectionRecord, Log } from "./log.ts";
import { type Relay, startRelay } from "./relay.ts";

/** What a test opened, closed in reverse order by `closeAll`. */
export class Opened {
  readonly #closers: (() => unknown)[] = [];

  add(close: () => unknown): void {
    this.#closers.push(close);
  }

  async closeAll(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }

  async relay(...settings: Parameters<typeof startRelay>): Promise<Relay> {
    const relay = await startRelay(...settings);
    this.add(() => relay.close());
    return relay;
  }

  /** A TCP server on a free loopback port. */
  async target(serve: (socket: Socket) => void, host = "127.0.0.1"): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      serve(socket);
    });
    server.listen(0, host);
    await once(server, "listening");
    this.add(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const address = server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  client(relay: Pick<Relay, "origin">, path = "/relay", options: ClientOptions = {}): Client {
    const client = new Client(`${relay.origin.replace(/^http/, "ws")}${path}`, options);
    this.add(() => client.ws.terminate());
    return client;
  }
}

interface Message {
  readonly text: string | undefined;
  readonly bytes: Buffer;
}

/** A WebSocket whose messages are read one by one. */
export class Client {
  readonly ws: WebSocket;
  /** The name of the relay's close code, or the bare number. */
  readonly closed: Promise<string | number>;
  readonly open: Promise<unknown>;
  readonly #messages: Message[] = [];
  #wake: () => void = () => {};

  constructor(url: string, options: ClientOptions) {
    this.ws = new WebSocket(url, SUBPROTOCOL, options);
    this.open = once(this.ws, "open");
    this.open.catch(() => {});
    this.ws.on("error", () => {});
    this.ws.on("message", (data: Buffer, isBinary) => {
      this.#messages.push({ text: isBinary ? undefined : data.toString(), bytes: isBinary ? data : Buffer.alloc(0) });
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      this.ws.on("close", (code) => resolve(closeReason(code)?.name ?? code));
    });
  }

  say(control: object): void {
    this.ws.send(JSON.stringify(control));
  }

  async next(): Promise<Message> {
    for (;;) {
      const message = this.#messages.shift();
      if (message) return message;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The next control message; bytes before it are an error of the test. */
  async control(): Promise<Record<string, unknown>> {
    return JSON.parse((await this.next()).text ?? "null");
  }

  async bytes(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let held = 0; held < count; ) {
      const { bytes } = await this.next();
      held += bytes.length;
      parts.push(bytes);
    }
    return Buffer.concat(parts);
  }

  /** Opens a target and waits until it is there. */
  async dial(relay: Pick<Relay, "token">, port: number, host = "127.0.0.1"): Promise<this> {
    await this.open;
    this.say({ type: "open", host, port, token: relay.token });
    for (const wanted of ["dialing", "opened"]) {
      const { type } = await this.control();
      if (type !== wanted) throw new Error(`expected ${wanted}, got ${String(type)}`);
    }
    return this;
  }
}

/** The keys of a platform: what it signs with, and what it gives the relay's operator. */
export const PLATFORM = generateKeyPairSync("ed25519");
export const SECRET = createSecretKey(Buffer.alloc(32, 7));

interface Signing {
  readonly key?: KeyObject | Uint8Array;
  readonly algorithm?: string;
  readonly type?: string;
}

/** A grant for 127.0.0.1:22 and a minute, but for what `claims` says; undefined leaves a claim out. */
export function signGrant(claims: Readonly<Record<string, unknown>> = {}, signing: Signing = {}): Promise<string> {
  const { key = PLATFORM.privateKey, algorithm = "EdDSA", type = GRANT_TYPE } = signing;
  const payload = {
    host: "127.0.0.1",
    port: 22,
    user: "ada",
    origin: "https://learn.example",
    exp: Math.floor(Date.now() / 1000) + 60,
    jti: crypto.randomUUID(),
    ...claims,
  };
  return new SignJWT(payload).setProtectedHeader({ alg: algorithm, typ: type }).sign(key);
}

/** A log whose lines a test can await. */
export class RecordingLog implements Log {
  readonly records: ConnectionRecord[] = [];
  readonly faults: string[] = [];
  #wake: () => void = () => {};

  connection(record: ConnectionRecord): void {
    this.records.push(record);
    this.#wake();
  }

  fault(what: string): void {
    this.faults.push(what);
  }

  flush(): void {}

  async next(): Promise<ConnectionRecord> {
    for (;;) {
      const record = this.records.shift();
      if (record) return record;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
