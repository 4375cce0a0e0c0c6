// The page's entry: the real services, wired.

import "./style.css";
import { loaded } from "../bytes/loaded.ts";
import { Database } from "../storage/database.ts";
import { forgetDestination, recentDestinations, rememberDestination } from "../storage/destinations.ts";
import { durability } from "../storage/durability.ts";
import { readHostOptions, saveHostOptions } from "../storage/host-options.ts";
import { storedKnownHosts } from "../storage/known-hosts-store.ts";
import { askToPersist, persistence } from "../storage/persistence.ts";
import { connectThroughWorker } from "../switchboard/port.ts";
import { openTerminalView } from "../terminal/xterm-view.ts";
import { rememberedSwitch } from "./remembered.ts";
import { start } from "./start.tsx";

/** Few people ask for one, so it is loaded when they do. */
const backup = () => loaded(Promise.all([import("../storage/backup.ts"), import("../storage/restore.ts")]));
const randomBytes = (length: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(length));

const root = document.getElementById("app");
if (root) {
  const database = new Database();
  const knownHosts = storedKnownHosts(database);
  const { lostSince, acceptLoss } = durability(
    database,
    () => localStorage,
    () => Date.now(),
  );
  const keep = (): void => void askToPersist(database, navigator.storage);
  keep();
  // The worker saves the first host, and can neither note that nor ask for it to be kept.
  knownHosts.watch(() => {
    void lostSince();
    keep();
  });
  void start(root, {
    connect: connectThroughWorker,
    openTerminal: openTerminalView,
    screenReader: rememberedSwitch("periwinkle.screen-reader", () => localStorage),
    knownHosts: {
      ...knownHosts,
      persistence: () => persistence(database, navigator.storage),
      backUp: async (passphrase, work) => {
        const [{ sealBackup }, { gatherBackup }] = await backup();
        return sealBackup(await gatherBackup(database, Date.now()), passphrase, { ...work, random: randomBytes });
      },
      openBackup: async (file, passphrase, work) => (await backup())[0].openBackup(file, passphrase, work),
      restore: async (contents) => {
        await (await backup())[1].restoreBackup(database, contents);
      },
    },
    forgetHost: (scope, host, port) => knownHosts.forget(scope, { host, port }),
    knownHostsLostSince: lostSince,
    acceptKnownHostsLoss: acceptLoss,
    recentDestinations: () => recentDestinations(database),
    rememberDestination: (destination) => rememberDestination(database, destination, Date.now()),
    forgetDestination: (destination) => forgetDestination(database, destination),
    readHostOptions: () => readHostOptions(database),
    saveHostOptions: (options) => saveHostOptions(database, options),
  });
}
