// The widget's entry: greets the page around, loads what the operator says, and hands over to the model.

import "../ui/style.css";
import "./widget.css";
import { signal } from "@preact/signals";
import { render } from "preact";
import { loaded } from "../bytes/loaded.ts";
import { connectThroughWorker } from "../switchboard/port.ts";
import { openTerminalView } from "../terminal/xterm-view.ts";
import { framed } from "../ui/focus.ts";
import { rememberedSwitch } from "../ui/remembered.ts";
import { isSecure, loadConfig, loadOperatorsKnownHosts, relayUrl, storedToken } from "../ui/surroundings.ts";
import { fitViewport } from "../ui/viewport.ts";
import { focusControl, setScheme } from "./document.ts";
import { firstGreeting, receive, VERSIONS } from "./handshake.ts";
import { ParentPort } from "./parent-port.ts";
import { type Refusal, Refused } from "./refused.tsx";
import { storageState, tries } from "./storage-state.ts";
import { locked } from "./web-lock.ts";
import { Widget } from "./widget.tsx";
import { Widget as WidgetModel } from "./widget-model.ts";

/** A page that greets at all does so when the frame has loaded. */
const SILENCE = 5_000;

const clock = {
  now: () => performance.now(),
  after(ms: number, ring: () => void) {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
};

type Shown = Refusal | { readonly kind: "starting" } | { readonly kind: "widget"; readonly widget: WidgetModel };
const shown = signal<Shown>({ kind: "starting" });

function Frame() {
  const now = shown.value;
  if (now.kind === "starting") return <main class="column" aria-label="Terminal" aria-busy="true" />;
  return now.kind === "widget" ? <Widget widget={now.widget} /> : <Refused refusal={now} />;
}

/** Resolves with what keeps the widget from working; never else. */
async function start(): Promise<Refusal | undefined> {
  if (!framed()) return { kind: "not-framed" };
  // Before anything is awaited: the page around speaks when the frame's `load` comes.
  const greeted = firstGreeting(window, window.parent);
  if (!isSecure()) return { kind: "insecure" };
  fitViewport();
  for (const type of ["dragover", "drop"]) addEventListener(type, (event) => event.preventDefault());
  const config = await loadConfig();
  if (config === undefined) return { kind: "no-config" };
  if (config.version !== __VERSION__) return { kind: "other-version", relay: config.version };
  const operator = config.knownHosts ? await loadOperatorsKnownHosts() : undefined;
  if (config.knownHosts && operator === undefined) return { kind: "no-known-hosts" };

  const impatient = setTimeout(() => (shown.value = { kind: "silent" }), SILENCE);
  const greeting = await greeted;
  clearTimeout(impatient);
  const own = location.origin;
  const reception = receive(greeting, config.embed, own);
  if (reception.kind === "unlisted") return { kind: "unlisted", origin: greeting.origin };
  const parent = new ParentPort(greeting.port, clock);
  if (reception.kind === "unsupported") {
    parent.tell({ type: "unsupported", versions: VERSIONS });
    return { kind: "unsupported" };
  }
  const { embedder } = reception;
  const storage = await storageState(tries(greeting.origin === own, clock));
  const keep = embedder.keepTrust && storage !== "denied";
  const kept = keep ? await loaded(import("./kept.ts")) : undefined;
  const widget = new WidgetModel(
    {
      connect: locked(connectThroughWorker, () => navigator.locks),
      openTerminal: openTerminalView,
      screenReader: rememberedSwitch("periwinkle.screen-reader", () => localStorage),
      clock,
      setScheme,
      focusControl,
      forgetHost: kept?.forgetHost,
    },
    {
      embedder,
      listed: config.embed,
      origin: greeting.origin,
      own,
      relayUrl: relayUrl(),
      token: storedToken,
      operator,
      lostSince: await kept?.lostSince(),
      keep,
    },
    parent.tell,
  );
  addEventListener("pagehide", () => widget.closeAll());
  parent.tell({ type: "ready", version: 1, storage });
  parent.listen((verb) => widget.follow(verb));
  shown.value = { kind: "widget", widget };
  return undefined;
}

// A part that could not be loaded is a relay that does not answer.
const refused = start().catch((): Refusal => ({ kind: "no-config" }));
const root = document.getElementById("app");
if (root) {
  root.replaceChildren();
  render(<Frame />, root);
}
void refused.then((refusal) => {
  if (refusal) shown.value = refusal;
});
