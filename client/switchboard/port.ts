// The page's end: starts the worker of a connection and speaks to it over a port of its own.

import { type FromWorker, plainEnd, type Step, type ToWorker } from "./messages.ts";
import type { Connector, RemoteConnection, RemoteConnectionEvents } from "./remote-connection.ts";
import { secretsOf, transferred } from "./secrets.ts";
import { Spent } from "./spent.ts";
import workerUrl from "./worker.ts?worker&url";

/** On a slow network its script takes a while to arrive; and there is nothing to fall back to. */
const START_TIMEOUT_MS = 20_000;

/** Trusted Types: this page makes one kind of script URL, and it is this one. */
const policy =
  typeof trustedTypes === "undefined"
    ? undefined
    : trustedTypes?.createPolicy("periwinkle", {
        createScriptURL(url) {
          if (url !== workerUrl) throw new TypeError("not a script of Periwinkle");
          return url;
        },
      });

export const connectThroughWorker: Connector = (
  { destination, legacy, trust, relay, embedder, size },
  events,
): RemoteConnection => {
  const connection = crypto.randomUUID();
  const view = crypto.randomUUID();
  const { port1: port, port2: workersEnd } = new MessageChannel();
  const post = (message: ToWorker, transfer: Transferable[] = []) => port.postMessage(message, transfer);
  const shown = new Spent();
  let over = false;
  let started = false;
  /** The rung being climbed, should the worker not live to say it. */
  let climbing: Step | undefined = "page";

  const closed: RemoteConnectionEvents["closed"] = (exit, failure) => {
    if (over) return;
    over = true;
    clearTimeout(silence);
    port.close();
    events.closed(exit, failure);
  };
  /** No words from the worker, or an exception in it: it is told to leave, in case it lives, and so are we. */
  const broken = (why: string) => {
    post({ type: "close", connection });
    closed(undefined, {
      code: "internal",
      message: started
        ? "Periwinkle's worker failed. Connect again."
        : `The browser could not start Periwinkle's worker (${why}). Reload the page.`,
      quoted: undefined,
      step: climbing,
      changed: undefined,
      disagreement: undefined,
    });
  };
  const silence = setTimeout(() => broken("it stays silent"), START_TIMEOUT_MS);

  port.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if (over) return;
    if (data.type === "attached") return; // never on this port
    if (data.type === "ready") {
      started = true;
      clearTimeout(silence);
      events.step("page", "done", 0);
    } else if (data.type === "closed") closed(data.exit, data.failure);
    else {
      if (data.type === "output") shown.arrived(data.chunks);
      if (data.type === "step") climbing = data.state === "done" && data.step === "shell" ? undefined : data.step;
      tell(events, data);
    }
  };
  events.step("page", "begun", 0);
  try {
    const worker = new Worker((policy?.createScriptURL(workerUrl) ?? workerUrl) as string, { type: "module" });
    worker.onerror = (event) => {
      event.preventDefault();
      broken("it failed");
    };
    worker.postMessage("port", [workersEnd]);
  } catch (error) {
    queueMicrotask(() => broken(String(error)));
  }
  post({
    type: "connect",
    connection,
    view,
    destination,
    legacy,
    trust,
    relay,
    embedder,
    size,
    language: navigator.language,
  });

  return {
    destination,
    answer: (prompt, answer) => post({ type: "answer", connection, prompt, answer }, transferred(secretsOf(answer))),
    input: (bytes) => post({ type: "input", connection, view, bytes }, transferred([bytes])),
    resize: (size) => post({ type: "resize", connection, view, size }),
    painted(bytes) {
      const spent = shown.painted(bytes);
      post({ type: "painted", connection, view, bytes, spent }, spent);
    },
    share() {
      const { port1: theirs, port2: further } = new MessageChannel();
      // Over the connection's own port: so it cannot overtake `connect`, nor get lost while the worker starts.
      if (!over) post({ type: "attach", connection, port: further }, [further]);
      else further.postMessage(plainEnd(connection));
      return theirs;
    },
    close: () => post({ type: "close", connection }),
  };
};

function tell(
  events: RemoteConnectionEvents,
  message: Exclude<FromWorker, { type: "ready" | "attached" | "closed" }>,
): void {
  switch (message.type) {
    case "step":
      return events.step(message.step, message.state, message.elapsed);
    case "facts":
      return events.facts(message.facts);
    case "trusted":
      return events.trusted(message.basis);
    case "logged-in":
      return events.loggedIn(message.method);
    case "banner":
      return events.banner(message.text);
    case "notice":
      return events.notice(message.sentence);
    case "prompt":
      return events.prompt(message.prompt, message.question);
    case "prompt-over":
      return events.promptOver(message.prompt, message.answered);
    case "output":
      return events.output(message.chunks);
    case "round-trip":
      return events.roundTrip(message.milliseconds);
    case "log":
      return events.log(message.line);
    default:
      message satisfies never;
  }
}
