// A host that is known, by another key. Nothing a person could click in passing leads on from here.

import { formatTarget } from "../../shared/target.ts";
import { SshError } from "../bytes/errors.ts";
import type { ChangedHostKey } from "./claim.ts";

export class HostKeyChangedError extends SshError {
  readonly changed: ChangedHostKey;

  constructor(changed: ChangedHostKey) {
    super(
      "host-key-changed",
      `The key of ${formatTarget(changed)} changed. Ask whoever runs it whether that is meant, before you connect again.`,
    );
    this.changed = changed;
  }
}
