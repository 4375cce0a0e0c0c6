// The page's entry: the real services, wired.

import "./style.css";
import { Database } from "../storage/database.ts";
import { forgetDestination, recentDestinations, rememberDestination } from "../storage/destinations.ts";
import { readHostOptions, saveHostOptions } from "../storage/host-options.ts";
import { storedKnownHosts } from "../storage/known-hosts-store.ts";
import { connectThroughWorker } from "../switchboard/port.ts";
import { openTerminalView } from "../terminal/xterm-view.ts";
import { rememberedSwitch } from "./remembered.ts";
import { start } from "./start.tsx";

const root = document.getElementById("app");
if (root) {
  const database = new Database();
  const knownHosts = storedKnownHosts(database);
  void start(root, {
    connect: connectThroughWorker,
    openTerminal: openTerminalView,
    screenReader: rememberedSwitch("periwinkle.screen-reader", () => localStorage),
    forgetHost: (scope, host, port) => knownHosts.forget(scope, { host, port }),
    recentDestinations: () => recentDestinations(database),
    rememberDestination: (destination) => rememberDestination(database, destination, Date.now()),
    forgetDestination: (destination) => forgetDestination(database, destination),
    readHostOptions: () => readHostOptions(database),
    saveHostOptions: (options) => saveHostOptions(database, options),
  });
}
