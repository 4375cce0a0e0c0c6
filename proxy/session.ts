// One WebSocket from its first frame to its end: token, target, dial, pipe. Until the token is right, every fault gets the
// same answer, so that a stranger learns nothing. Ends once, with one close code and one line in the log.

import { createHash, randomBytes } from "node:crypto";
import type { RawData, WebSocket } from "ws";
import { type CloseName, closeCode } from "../shared/close-codes.ts";
import { type ClientControl, LIMITS, parseClientControl, type RelayControl } from "../shared/relay-protocol.ts";
import { formatTarget, type Target } from "../shared/target.ts";
import { DialError, type Dialled, dial } from "./dial.ts";
import { closeOf, type GrantFault, type Grants } from "./grants.ts";
import { type Door, type Entry, type Judgement, judgeEntry } from "./handshake/entry.ts";
import type { Places } from "./limits.ts";
import { clean, type Log } from "./log.ts";
import type { Lookups } from "./lookups.ts";
import { Pipe } from "./pipe.ts";
import { admit, type Policy } from "./policy.ts";

/** Early messages are kept in at most so many pieces. */
const EARLY_PIECES = 64;
/** What may come while a grant is checked, which takes milliseconds: enough for whoever speaks SSH at once. */
const MOST_HELD = 256;
/** A caller who is turned away has so long to take its close frame. */
const FAREWELL_MS = 1_000;

/** What all sessions of a relay share. */
export interface SessionServices {
  readonly door: Door;
  readonly grants: Pick<Grants, "check" | "use">;
  readonly policy: Policy;
  readonly lookups: Lookups;
  readonly places: Places;
  readonly log: Log;
  /** This process's public name. */
  readonly instance: string;
  /** Milliseconds. */
  readonly dialTimeout: number;
  readonly idleTimeout: number;
}

/** What is known of the caller before its first frame. */
export interface Caller {
  readonly address: string;
  /** Whose doing it counts as. */
  readonly group: string;
  readonly origin: string | undefined;
  /** The instance it wants to resume at; undefined for a new session. */
  readonly instance: string | undefined;
  /** Called when it was let in and has taken its place among the connections. */
  readonly admitted: () => void;
}

interface Message {
  readonly parts: readonly Buffer[];
  readonly isBinary: boolean;
}

type State =
  | { readonly at: "greeting"; readonly timer: NodeJS.Timeout }
  /** Its grant is being checked: still a stranger, whose messages are kept unread. */
  | { readonly at: "checking"; readonly timer: NodeJS.Timeout; readonly held: Message[]; bytes: number }
  | { readonly at: "dialling"; readonly leave: () => void; early: Buffer[]; held: number; ended: boolean }
  | { readonly at: "open"; readonly pipe: Pipe }
  | { readonly at: "closed" };

export class Session {
  readonly #ws: WebSocket;
  readonly #services: SessionServices;
  readonly #caller: Caller;
  readonly #begun = performance.now();
  #state: State;
  #target: string | undefined;
  #id: string | undefined;
  #pipe: Pipe | undefined;
  #close: CloseName | undefined;
  #entry: Entry | undefined;
  /** The page that a grant was signed for. */
  #embedder: string | undefined;
  #fault: GrantFault | undefined;
  #leavePlace: (() => void) | undefined;
  /** Settles with the policy's answer, and with that no lookup of ours runs any more. */
  #admission: Promise<unknown> = Promise.resolve();
  readonly #over: Promise<void>;

  constructor(ws: WebSocket, services: SessionServices, caller: Caller) {
    this.#ws = ws;
    this.#services = services;
    this.#caller = caller;
    this.#state = { at: "greeting", timer: setTimeout(() => this.#late(), LIMITS.firstFrame) };
    this.#answerPings();
    // A browser cuts a large message into frames: joining them here would only be a copy on their way.
    ws.binaryType = "fragments";
    ws.on("message", (data, isBinary) => this.#receive(data, isBinary));
    // A frame that breaks RFC 6455 or a limit of ours; ws has sent its own close code by now.
    ws.on("error", () => this.#end(this.#entry === undefined ? "unauthorised" : "relay-protocol"));
    this.#over = new Promise((resolve) => {
      ws.on("close", () => {
        this.#gone();
        resolve();
      });
    });
  }

  /** The relay stops. Settles once the WebSocket is gone and the log has its line. */
  goAway(): Promise<void> {
    if (this.#state.at === "open") this.#say({ type: "drain", seconds: 0 });
    this.#end("going-away");
    return this.#over;
  }

  /** Who says nothing is told so; who said something that we have not understood yet is a stranger. */
  #late(): void {
    this.#end(this.#state.at === "greeting" ? "too-slow" : "unauthorised");
  }

  /** Somebody else needs its place at the door. */
  turnOut(): void {
    this.#end("unauthorised");
    this.#ws.terminate();
  }

  /** One pong at a time, as RFC 6455 5.5.3 allows: who pings and never reads must not pile them up here. */
  #answerPings(): void {
    let answering = false;
    this.#ws.on("ping", (data) => {
      if (answering) return;
      answering = true;
      this.#ws.pong(data, false, () => {
        answering = false;
      });
    });
  }

  #receive(data: RawData, isBinary: boolean): void {
    const parts = [data].flat().map((part) => (Buffer.isBuffer(part) ? part : Buffer.from(part)));
    this.#take({ parts, isBinary });
  }

  #take(message: Message): void {
    const { parts, isBinary } = message;
    const state = this.#state;
    if (state.at === "greeting") this.#greeted(Buffer.concat(parts), isBinary);
    else if (state.at === "checking") this.#hold(state, message);
    else if (state.at === "closed") return;
    else if (isBinary) this.#bytes(parts);
    else this.#control(Buffer.concat(parts));
  }

  #greeted(bytes: Buffer, isBinary: boolean): void {
    const frame = isBinary || bytes.length > LIMITS.control ? "" : bytes.toString("utf8");
    if (frame === "") return this.#end("unauthorised");
    const parsed = parseClientControl(frame);
    const control = parsed.kind === "known" ? parsed.control : undefined;
    const judgement = judgeEntry(frame, control, this.#services.door);
    switch (judgement.kind) {
      case "stranger":
        return this.#end("unauthorised");
      case "grant":
        return void this.#check(judgement);
      case "in":
        return this.#enter(judgement.by, control);
    }
  }

  async #check({ open, grant }: Extract<Judgement, { kind: "grant" }>): Promise<void> {
    if (this.#state.at !== "greeting") return;
    const checking: State = { at: "checking", timer: this.#state.timer, held: [], bytes: 0 };
    this.#state = checking;
    const verdict = await this.#services.grants.check(grant, open);
    // Whoever left meanwhile, or took too long, has not used it.
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    if (verdict.kind === "bad") return this.#refuseGrant(verdict.fault);
    this.#embedder = clean(verdict.claims.origin, 200);
    this.#enter("grant", open, () => this.#services.grants.use(verdict.claims));
    for (const message of checking.held) this.#take(message);
  }

  #refuseGrant(fault: GrantFault): void {
    this.#fault = fault;
    this.#end(closeOf(fault));
  }

  #hold(state: Extract<State, { at: "checking" }>, message: Message): void {
    state.bytes += message.parts.reduce((sum, part) => sum + part.length, 0);
    state.held.push(message);
    if (state.held.length > MOST_HELD || state.bytes > LIMITS.early + LIMITS.control) this.#end("unauthorised");
  }

  /** `useGrant` is called when all else is well, in the same moment: a grant is not lost to a relay that is full. */
  #enter(entry: Entry, control: ClientControl | undefined, useGrant?: () => GrantFault | undefined): void {
    this.#entry = entry;
    if (this.#caller.instance !== undefined || control?.type === "resume") return this.#end("unknown-session");
    if (control?.type !== "open") return this.#end("relay-protocol");
    const leavePlace = this.#services.places.take(entry, this.#caller.group);
    if (!leavePlace) return this.#end("over-quota");
    const fault = useGrant?.();
    if (fault !== undefined) {
      leavePlace();
      return this.#refuseGrant(fault);
    }
    this.#leavePlace = leavePlace;
    this.#caller.admitted();
    if (this.#state.at === "greeting" || this.#state.at === "checking") clearTimeout(this.#state.timer);
    void this.#connect({ host: control.host, port: control.port });
  }

  #bytes(parts: readonly Buffer[]): void {
    const state = this.#state;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (length > LIMITS.data) return this.#end("relay-protocol");
    if (state.at === "open") {
      if (state.pipe.clientEnded) this.#end("relay-protocol");
      else for (const part of parts) state.pipe.toTarget(part);
    } else if (state.at === "dialling") {
      state.held += length;
      if (state.ended || state.held > LIMITS.early) return this.#end("relay-protocol");
      // Copied, and now and then into one: a thousand tiny messages must not cost more than their bytes.
      state.early.push(Buffer.concat(parts));
      if (state.early.length > EARLY_PIECES) state.early = [Buffer.concat(state.early)];
    }
  }

  #control(bytes: Buffer): void {
    const state = this.#state;
    const parsed = bytes.length > LIMITS.control ? undefined : parseClientControl(bytes.toString("utf8"));
    if (!parsed || parsed.kind === "malformed") return this.#end("relay-protocol");
    if (parsed.kind === "unknown") return;
    const { type }: ClientControl = parsed.control;
    switch (type) {
      case "open":
      case "resume":
        return this.#end("relay-protocol");
      case "ack": // window 0: nothing is kept that it could release
        return;
      case "eof":
        if (state.at === "open") state.pipe.endClient();
        else if (state.at === "dialling") state.ended = true;
        return;
    }
  }

  async #connect(target: Target): Promise<void> {
    const services = this.#services;
    this.#target = clean(formatTarget(target), 270);
    const stop = new AbortController();
    let stoppedAs: CloseName = "target-timeout";
    const leave = (): void => {
      stoppedAs = "going-away";
      stop.abort();
    };
    const timer = setTimeout(() => stop.abort(), services.dialTimeout);
    this.#state = { at: "dialling", leave, early: [], held: 0, ended: false };
    try {
      const resolve = (name: string) => services.lookups.lookUp(this.#caller.address, name, stop.signal);
      const judged = admit(target, services.policy, resolve);
      this.#admission = judged;
      const admission = await orAbort(judged, stop.signal);
      if (admission === undefined) return this.#end(stoppedAs);
      if (admission.kind === "refused") return this.#end(admission.close);
      this.#say({ type: "dialing" });
      this.#opened(await dial(admission.addresses, target.port, stop.signal, () => stoppedAs));
    } catch (error) {
      if (!(error instanceof DialError)) services.log.fault("dial", error);
      this.#end(error instanceof DialError ? error.close : "relay-error");
    } finally {
      clearTimeout(timer);
    }
  }

  #opened(dialled: Dialled): void {
    const state = this.#state;
    if (state.at !== "dialling") {
      dialled.socket.destroy();
      return;
    }
    this.#id = randomBytes(16).toString("hex");
    this.#say({ type: "opened", session: this.#id, instance: this.#services.instance, window: 0, replay: 0 });
    const pipe = new Pipe(this.#ws, dialled, {
      idleTimeout: this.#services.idleTimeout,
      ended: (close) => this.#end(close),
    });
    this.#pipe = pipe;
    this.#state = { at: "open", pipe };
    for (const bytes of state.early) pipe.toTarget(bytes);
    if (state.ended) pipe.endClient();
  }

  #say(control: RelayControl): void {
    this.#ws.send(JSON.stringify(control));
  }

  /** The relay's own decision to end. The first reason counts. */
  #end(close: CloseName): void {
    if (this.#state.at === "closed") return;
    this.#close = close;
    this.#letGo();
    this.#ws.close(closeCode(close), close);
    // Strangers do not get the half minute that a slow reader of an open session needs.
    if (!this.#leavePlace) setTimeout(() => this.#ws.terminate(), FAREWELL_MS).unref();
    // A socket that was held back would never see the answer to its close frame.
    this.#ws.resume();
  }

  #gone(): void {
    this.#letGo();
    // A lookup cannot be called back: who opens and leaves again and again waits for those that still run.
    if (this.#leavePlace) void this.#admission.finally(this.#leavePlace);
    this.#services.log.connection({
      event: "connection",
      client: this.#caller.address,
      origin: this.#caller.origin,
      entry: this.#entry,
      embedder: this.#embedder,
      fault: this.#fault,
      target: this.#target,
      bytesUp: this.#pipe?.bytesUp ?? 0,
      bytesDown: this.#pipe?.bytesDown ?? 0,
      duration: Math.round(performance.now() - this.#begun),
      close: this.#close ?? "client-left",
      session: this.#id && createHash("sha256").update(this.#id).digest("hex").slice(0, 16),
    });
  }

  #letGo(): void {
    const state = this.#state;
    this.#state = { at: "closed" };
    switch (state.at) {
      case "greeting":
      case "checking":
        clearTimeout(state.timer);
        return;
      case "dialling":
        state.leave();
        return;
      case "open":
        state.pipe.release();
        return;
      case "closed":
        return;
    }
  }
}

/** Undefined when the signal came first. A name that is still being looked up cannot be called back, only ignored. */
function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
    promise.then(resolve, reject);
  });
}
