// What the screens of a connection ask of whatever is around them: the app, or the widget in somebody else's page.

import type { Signal } from "@preact/signals";
import type { EarlierAnswer } from "../knownhosts/claim.ts";
import type { Session } from "./session.ts";

export interface Around {
  /** See `AppServices.screenReader`. */
  readonly screenReader: Signal<boolean>;
  /** Back to where connections begin. */
  leave(): void;
  /** What a button says that leads there when a connection was not made. */
  readonly leaveLabel: string;
  /** The same destination once more, in the same terminal; `earlier` is good for this once. */
  reconnect(session: Session, earlier?: EarlierAnswer): void;
  /** The same once more, with old algorithms allowed for this host. Undefined where nobody may weaken a connection. */
  readonly allowOldAlgorithms: ((session: Session) => void) | undefined;
  /** To the list of known hosts, narrowed down to `search`. Undefined where there is none to go to. */
  readonly toKnownHosts: ((search?: string) => void) | undefined;
  /** Removes every key of `host:port` in this scope. Undefined where no keys are kept. */
  readonly forgetHost: ((scope: string, host: string, port: number) => Promise<void>) | undefined;
  /** May a changed key be replaced where it is shown? Not inside a page that could lie over it. */
  readonly replacesKeys: boolean;
}
