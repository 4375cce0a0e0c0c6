// Known hosts that hold nothing and keep nothing: for a connection inside somebody else's page, which must neither profit from
// what this browser trusts nor add to it (security notes, finding 5).

import { SshError } from "../bytes/errors.ts";
import type { KnownHostsStore } from "./store.ts";

export const NO_STORE: KnownHostsStore = {
  read: async () => "",
  async edit() {
    throw new SshError("trust-store", "No host keys are kept here.");
  },
  sighting: async () => undefined,
  async touch() {},
};
