// The window's entry. It belongs to a frame that opened it and says so with a nonce; for everybody else this address is the
// app, with its form filled and nothing connected.

import "../../ui/style.css";
import "./window.css";
import { render } from "preact";
import { Database } from "../../storage/database.ts";
import { durability } from "../../storage/durability.ts";
import { readHostOptions } from "../../storage/host-options.ts";
import { storedKnownHosts } from "../../storage/known-hosts-store.ts";
import { parseFragment } from "../../ui/fragment.ts";
import { isSecure, loadConfig, loadOperatorsKnownHosts } from "../../ui/surroundings.ts";
import { fitViewport } from "../../ui/viewport.ts";
import { askForPort, GONE, nonceIn } from "./handover.ts";
import { type FirstParty, WindowModel } from "./window-model.ts";
import { WindowScreens } from "./window-screens.tsx";
import { Trouble, type TroubleKind } from "./words.tsx";

const OPENER_CHECK_MS = 1000;
const database = new Database();
const knownHosts = storedKnownHosts(database);

const nonce = nonceIn(location.hash);
const { remains } = parseFragment(location.hash);
// Whoever looks at the address, or reloads, finds no nonce there.
history.replaceState(null, "", `${location.pathname}${location.search}${remains}`);
const opener = window.opener as Window | null;
const root = document.getElementById("app");

if (!root || !opener || nonce === undefined) location.replace(`./${remains}`);
else {
  addEventListener("pagehide", () => opener.postMessage({ periwinkle: GONE, nonce }, location.origin));
  fitViewport();
  void answer(root, opener, nonce);
}

async function answer(root: HTMLElement, opener: Window, nonce: string): Promise<void> {
  const known = isSecure() ? await firstParty() : "insecure";
  if (typeof known === "string") return render(<Trouble kind={known} />, root);
  const port = await askForPort(window, opener, location.origin, nonce);
  if (!port) return render(<Trouble kind="no-answer" />, root);
  const model = new WindowModel(port, known);
  // Not every browser tells a port that its other end is gone.
  setInterval(() => opener.closed && model.leave(), OPENER_CHECK_MS);
  render(
    <WindowScreens
      model={model}
      forget={(scope, host, port) => knownHosts.forget(scope, { host, port })}
      close={() => window.close()}
    />,
    root,
  );
}

/** All of it, or nothing: without the operator's word a wrong key would look like a new one. */
async function firstParty(): Promise<FirstParty | TroubleKind> {
  const { lostSince } = durability(
    database,
    () => localStorage,
    () => Date.now(),
  );
  const [config, lost, options] = await Promise.all([
    loadConfig(),
    lostSince(),
    readHostOptions(database).catch(() => []),
  ]);
  if (config === undefined) return "no-config";
  if (config.version !== __VERSION__) return "other-version";
  const operator = config.knownHosts ? await loadOperatorsKnownHosts() : undefined;
  if (config.knownHosts && operator === undefined) return "no-known-hosts";
  return { store: knownHosts, operator, lostSince: lost, options, now: () => Date.now() };
}
