// Starts the page with the services it is given: surroundings first, then the form. Kept apart from main.tsx so that the
// same page runs over fakes.

import { render } from "preact";
import { App } from "./app.tsx";
import { App as AppModel } from "./app-model.ts";
import type { AppServices } from "./services.ts";
import {
  fallBackToken,
  isSecure,
  loadConfig,
  loadOperatorsKnownHosts,
  relayUrl,
  storedToken,
  takeFragment,
} from "./surroundings.ts";
import { fitViewport } from "./viewport.ts";

export async function start(root: HTMLElement, services: AppServices): Promise<void> {
  // The token leaves the address before anything else happens.
  const fragment = takeFragment();
  const app = new AppModel(services, { url: relayUrl(), token: storedToken, fallBack: fallBackToken });
  render(<App app={app} />, root);
  if (!isSecure()) {
    app.block({ kind: "insecure" });
    return;
  }
  fitViewport();
  // A file dropped beside the place for it would replace the page, and end what is open.
  for (const type of ["dragover", "drop"]) addEventListener(type, (event) => event.preventDefault());
  addEventListener("hashchange", () => app.follow(takeFragment()));
  addEventListener("beforeunload", (event) => {
    if (app.connected) event.preventDefault();
  });
  addEventListener("pagehide", () => app.closeAll());

  const [config] = await Promise.all([loadConfig(), app.loadRecent(), app.choices.load(), app.loadLoss()]);
  if (config === undefined) app.block({ kind: "no-config" });
  else if (config.version !== __VERSION__) app.block({ kind: "other-version", relay: config.version });
  else {
    const operator = config.knownHosts ? await loadOperatorsKnownHosts() : undefined;
    // Without them a host whose key the operator knows to be wrong would be asked about.
    if (config.knownHosts && operator === undefined) return app.block({ kind: "no-known-hosts" });
    app.follow(fragment);
    app.begin(config, operator);
  }
}
