// What the scripted server does above its transport: a login by script, and session channels that run a program of the
// test's own.

import { concat } from "../../client/bytes/bytes.ts";
import { Reader, Writer } from "../../client/bytes/wire.ts";
import { MSG } from "../../client/framing/numbers.ts";

/** One round of keyboard-interactive (RFC 4256). */
export interface Round {
  readonly name?: string;
  readonly instruction?: string;
  readonly prompts: readonly { readonly text: string; readonly echo: boolean }[];
  readonly expected: readonly string[];
}

/** Which ways in there are; each is enough by itself. */
export interface LoginScript {
  readonly none?: boolean;
  readonly password?: string;
  readonly rounds?: readonly Round[];
  /** Sent before the answer to the first request. */
  readonly banner?: string;
}

/** Run at `exec` (with its command) and at `shell` (without). The channel is closed when it returns. */
export type Program = (channel: ScriptedChannel, command: string | undefined) => Promise<number | undefined>;

export const echoCommand: Program = async (channel, command) => {
  await channel.write(new TextEncoder().encode(`${command ?? "shell"}\n`));
  return 0;
};

const WINDOW = 2 * 1024 * 1024;
const MAX_PACKET = 32 * 1024;

export class ScriptedChannel {
  /** Requests in order, such as pty-req and window-change, with what follows the want-reply byte. */
  readonly requests: { readonly name: string; readonly data: Uint8Array }[] = [];
  readonly recipient: number;
  readonly #send: (payload: Uint8Array) => Promise<void>;
  #window: number;
  readonly #maxPacket: number;
  #chunks: Uint8Array[] = [];
  #inputEnded = false;
  #closed = false;
  #watchers: (() => void)[] = [];

  constructor(send: (payload: Uint8Array) => Promise<void>, recipient: number, window: number, maxPacket: number) {
    this.#send = send;
    this.recipient = recipient;
    this.#window = window;
    this.#maxPacket = maxPacket;
  }

  /** Output, in as many packets as the client's window and packet size ask for; `type` 1 is stderr. */
  async write(data: Uint8Array, type = 0): Promise<void> {
    for (let at = 0; at < data.length && !this.#closed; ) {
      const size = Math.min(data.length - at, this.#window, this.#maxPacket);
      if (size === 0) {
        await this.#change();
        continue;
      }
      this.#window -= size;
      const head =
        type === 0
          ? new Writer().byte(94).uint32(this.recipient)
          : new Writer().byte(95).uint32(this.recipient).uint32(type);
      await this.#send(head.string(data.subarray(at, at + size)).done());
      at += size;
    }
  }

  /** The next input; null after the client's EOF or CLOSE. The client is given its window back for it. */
  async read(): Promise<Uint8Array | null> {
    for (;;) {
      if (this.#chunks.length > 0) {
        const bytes = concat(...this.#chunks);
        this.#chunks = [];
        await this.#send(new Writer().byte(93).uint32(this.recipient).uint32(bytes.length).done());
        return bytes;
      }
      if (this.#inputEnded || this.#closed) return null;
      await this.#change();
    }
  }

  /** Everything up to the client's EOF. */
  async readAll(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let chunk = await this.read(); chunk; chunk = await this.read()) parts.push(chunk);
    return concat(...parts);
  }

  /** EOF, exit-status if there is one, CLOSE. */
  async finish(status: number | undefined): Promise<void> {
    if (this.#closed) return;
    await this.#send(new Writer().byte(96).uint32(this.recipient).done());
    if (status !== undefined) {
      const request = new Writer().byte(98).uint32(this.recipient).text("exit-status").boolean(false).uint32(status);
      await this.#send(request.done());
    }
    await this.#send(new Writer().byte(97).uint32(this.recipient).done());
  }

  grant(bytes: number): void {
    this.#window += bytes;
    this.#wake();
  }

  feed(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#wake();
  }

  end(how: "input" | "all"): void {
    if (how === "input") this.#inputEnded = true;
    else this.#closed = true;
    this.#wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#watchers.push(resolve));
  }

  #wake(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const wake of watchers) wake();
  }
}

export class Services {
  readonly channels: ScriptedChannel[] = [];
  readonly #send: (payload: Uint8Array) => Promise<void>;
  readonly #login: LoginScript;
  readonly #program: Program;
  #round = 0;
  #bannerSent = false;

  constructor(send: (payload: Uint8Array) => Promise<void>, login: LoginScript, program: Program = echoCommand) {
    this.#send = send;
    this.#login = login;
    this.#program = program;
  }

  async receive(payload: Uint8Array): Promise<void> {
    const reader = new Reader(payload);
    const number = reader.byte();
    if (number === MSG.SERVICE_REQUEST)
      await this.#send(new Writer().byte(MSG.SERVICE_ACCEPT).string(reader.string()).done());
    else if (number === MSG.USERAUTH_REQUEST) await this.#request(reader);
    else if (number === 61) await this.#answers(reader);
    else if (number === 80) {
      reader.text();
      if (reader.boolean()) await this.#send(Uint8Array.of(82));
    } else if (number === 90) await this.#open(reader);
    else if (number >= 93 && number <= 98) await this.#onChannel(number, reader);
  }

  end(): void {
    for (const channel of this.channels) channel.end("all");
  }

  async #request(reader: Reader): Promise<void> {
    const { none, password, rounds, banner } = this.#login;
    reader.text();
    reader.text();
    const method = reader.text();
    if (banner !== undefined && !this.#bannerSent) {
      this.#bannerSent = true;
      await this.#send(new Writer().byte(MSG.USERAUTH_BANNER).text(banner).text("").done());
    }
    if (method === "none" && none) return this.#let(true);
    if (method === "password" && password !== undefined) {
      reader.boolean();
      return this.#let(reader.text() === password);
    }
    if (method === "keyboard-interactive" && rounds) {
      this.#round = 0;
      return this.#ask(rounds);
    }
    return this.#let(false);
  }

  async #ask(rounds: readonly Round[]): Promise<void> {
    const round = rounds[this.#round];
    if (!round) return this.#let(true);
    const writer = new Writer()
      .byte(60)
      .text(round.name ?? "")
      .text(round.instruction ?? "")
      .text("");
    writer.uint32(round.prompts.length);
    for (const { text, echo } of round.prompts) writer.text(text).boolean(echo);
    await this.#send(writer.done());
  }

  async #answers(reader: Reader): Promise<void> {
    const rounds = this.#login.rounds ?? [];
    const given = Array.from({ length: reader.uint32() }, () => reader.text());
    if (given.join("\n") !== rounds[this.#round]?.expected.join("\n")) return this.#let(false);
    this.#round++;
    return this.#ask(rounds);
  }

  async #let(through: boolean): Promise<void> {
    const { password, rounds } = this.#login;
    const ways = [...(password === undefined ? [] : ["password"]), ...(rounds ? ["keyboard-interactive"] : [])];
    await this.#send(
      through
        ? Uint8Array.of(MSG.USERAUTH_SUCCESS)
        : new Writer().byte(MSG.USERAUTH_FAILURE).names(ways).boolean(false).done(),
    );
  }

  async #open(reader: Reader): Promise<void> {
    const type = reader.text();
    const [sender, window, maxPacket] = [reader.uint32(), reader.uint32(), reader.uint32()];
    if (type !== "session") {
      await this.#send(new Writer().byte(92).uint32(sender).uint32(3).text("no such channel").text("").done());
      return;
    }
    const own = this.channels.push(new ScriptedChannel(this.#send, sender, window, maxPacket)) - 1;
    await this.#send(new Writer().byte(91).uint32(sender).uint32(own).uint32(WINDOW).uint32(MAX_PACKET).done());
  }

  async #onChannel(number: number, reader: Reader): Promise<void> {
    const channel = this.channels[reader.uint32()];
    if (!channel) return; // tests of the transport send whatever they like
    if (number === 93) channel.grant(reader.uint32());
    else if (number === 94) channel.feed(reader.string().slice());
    else if (number === 96) channel.end("input");
    else if (number === 97) channel.end("all");
    else if (number === 98) await this.#channelRequest(channel, reader);
  }

  async #channelRequest(channel: ScriptedChannel, reader: Reader): Promise<void> {
    const [name, wantsReply] = [reader.text(), reader.boolean()];
    const data = reader.rest().slice();
    channel.requests.push({ name, data });
    const known = ["pty-req", "env", "shell", "exec", "window-change", "signal"].includes(name);
    if (wantsReply)
      await this.#send(
        new Writer()
          .byte(known ? 99 : 100)
          .uint32(channel.recipient)
          .done(),
      );
    if (name !== "shell" && name !== "exec") return;
    const command = name === "exec" ? new Reader(data).text() : undefined;
    // Not waited for: the program reads what comes later.
    void this.#program(channel, command).then((status) => channel.finish(status));
  }
}
