// The wire side of the login, as a state machine: at most one request is in flight, and a message that answers none is
// an error at the moment it arrives, not when somebody comes to look at it. Knows no method and asks nobody.

import { protocolError, SshError } from "../bytes/errors.ts";
import { cleanLine } from "../bytes/text.ts";
import { MSG } from "../framing/numbers.ts";
import { Failure, METHOD_ANSWER, ServiceAccept, ServiceRequest, Success } from "./auth-messages.ts";
import { untilAborted } from "./until-aborted.ts";

const SERVICE = "ssh-userauth";

/** What the login needs of the connection under it. */
export interface LoginTransport {
  /** Call order is wire order. Rejects once the connection is over. The login wipes `payload` when this has resolved. */
  send(payload: Uint8Array): Promise<void>;
  /** The exchange hash of the first key exchange (RFC 4253 7.2). */
  readonly sessionId: Uint8Array;
  /** What EXT_INFO said (RFC 8308 3.1), if it came. */
  readonly serverSignatureAlgorithms: readonly string[] | undefined;
  /** The host key of the first exchange, where the server announced that it checks a login that names it. */
  readonly hostBoundTo: Uint8Array | undefined;
  /** USERAUTH_SUCCESS was accepted: called before `receive` returns, as the next packet may belong to a channel. */
  authenticated(): void;
  /** Aborted with an SshError when the connection is over. */
  readonly signal: AbortSignal;
}

/** How the server ended an attempt. */
export type Outcome =
  | { readonly kind: "success" }
  | { readonly kind: "failure"; readonly methods: readonly string[]; readonly partialSuccess: boolean };

/** Or did not end it yet: `more` is message 60 as the method reads it. */
export type Reply<M> = Outcome | { readonly kind: "more"; readonly more: M };

/** What may answer a request besides FAILURE. */
export interface Expectation<M> {
  /** False where nothing has been proved yet: SUCCESS and partial success are refused then. */
  readonly success: boolean;
  /** Reads message 60. Throws a protocol error on what does not answer the request. */
  readonly more: (payload: Uint8Array) => M;
}

interface Request {
  readonly success: boolean;
  readonly more: ((payload: Uint8Array) => void) | undefined;
  readonly settle: (outcome: Outcome) => void;
}

type State =
  | { readonly at: "start" }
  | { readonly at: "service"; readonly accepted: () => void }
  | { readonly at: "idle" }
  | { readonly at: "waiting"; readonly request: Request }
  | { readonly at: "done" };

export class AuthRequests {
  readonly #transport: LoginTransport;
  #state: State = { at: "start" };

  constructor(transport: LoginTransport) {
    this.#transport = transport;
  }

  /** Asks for the authentication service (RFC 4253 10). Once, first of all. */
  start(): Promise<void> {
    if (this.#state.at !== "start") throw new SshError("internal", "The login was started twice.");
    return this.#exchange(ServiceRequest.encode({ service: SERVICE }), (settle) => ({
      at: "service",
      accepted: () => settle(undefined),
    }));
  }

  /** A request that the server answers with SUCCESS or FAILURE. */
  request(payload: Uint8Array): Promise<Outcome> {
    return this.#request<Outcome>(payload, (settle) => ({ success: true, more: undefined, settle }));
  }

  /** A request, or an answer within a method, that the server may also meet with message 60. */
  converse<M>(payload: Uint8Array, { success, more }: Expectation<M>): Promise<Reply<M>> {
    return this.#request<Reply<M>>(payload, (settle) => ({
      success,
      more: (bytes) => settle({ kind: "more", more: more(bytes) }),
      settle,
    }));
  }

  /** SERVICE_ACCEPT and 51..79 without the banner. Throws a protocol error on what does not belong here now. */
  receive(payload: Uint8Array): void {
    const number = payload[0];
    switch (number) {
      case MSG.SERVICE_ACCEPT:
        return this.#serviceAccepted(payload);
      case MSG.USERAUTH_SUCCESS:
        return this.#succeeded(payload);
      case MSG.USERAUTH_FAILURE:
        return this.#failed(payload);
      case METHOD_ANSWER:
        return this.#answered(payload);
      default:
        throw protocolError(`message ${number ?? "without a number"} does not belong in a login (RFC 4252 6)`);
    }
  }

  #serviceAccepted(payload: Uint8Array): void {
    const state = this.#state;
    if (state.at !== "service") throw protocolError("it accepted a service that was not asked for (RFC 4253 10)");
    const { service } = ServiceAccept.decode(payload);
    if (service !== SERVICE)
      throw protocolError("it accepted another service than the one asked for (RFC 4253 10)", cleanLine(service, 64));
    this.#state = { at: "idle" };
    state.accepted();
  }

  #succeeded(payload: Uint8Array): void {
    const request = this.#answering("success");
    Success.decode(payload);
    if (!request.success) throw protocolError("it let us in before anything was proved (RFC 4252 7)");
    this.#state = { at: "done" };
    this.#transport.authenticated();
    request.settle({ kind: "success" });
  }

  #failed(payload: Uint8Array): void {
    const request = this.#answering("a failure");
    const { methods, partialSuccess } = Failure.decode(payload);
    if (partialSuccess && !request.success) throw protocolError("a success before anything was proved (RFC 4252 5.1)");
    this.#state = { at: "idle" };
    request.settle({ kind: "failure", methods, partialSuccess });
  }

  #answered(payload: Uint8Array): void {
    const request = this.#answering("message 60");
    if (!request.more) throw protocolError("message 60 to a request that has no such answer (RFC 4252 6)");
    this.#state = { at: "idle" };
    request.more(payload);
  }

  /** The request that a message answers, which must be there. */
  #answering(what: string): Request {
    if (this.#state.at !== "waiting") throw protocolError(`${what} that answers no login request (RFC 4252 5.1)`);
    return this.#state.request;
  }

  #request<T>(payload: Uint8Array, request: (settle: (value: T) => void) => Request): Promise<T> {
    if (this.#state.at !== "idle") throw new SshError("internal", "Two login requests at the same time.");
    return this.#exchange(payload, (settle) => ({ at: "waiting", request: request(settle) }));
  }

  // The state changes before anything is sent: the answer may be here before `send` has resolved.
  #exchange<T>(payload: Uint8Array, waiting: (settle: (value: T) => void) => State): Promise<T> {
    const answer = new Promise<T>((resolve, reject) => {
      this.#state = waiting(resolve);
      const wipe = () => payload.fill(0);
      this.#transport.send(payload).then(wipe, (error: unknown) => {
        wipe();
        reject(error);
      });
    });
    return untilAborted(answer, this.#transport.signal);
  }
}
