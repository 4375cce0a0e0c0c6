// A Web Lock for as long as a connection lives: browsers do not freeze a page that holds one, and whoever looks into a frame's
// health can see it.

import type { Connector } from "../switchboard/remote-connection.ts";

/** A browser that denies the lock, as it may where storage is denied, connects all the same. */
export function locked(connect: Connector, locks: () => LockManager | undefined): Connector {
  return (request, events) => {
    let release = (): void => {};
    const over = new Promise<void>((resolve) => {
      release = resolve;
    });
    try {
      locks()
        ?.request(`periwinkle-${crypto.randomUUID()}`, () => over)
        .catch(() => undefined);
    } catch {
      // Not even to be asked for.
    }
    const closed: typeof events.closed = (exit, failure) => {
      release();
      events.closed(exit, failure);
    };
    try {
      return connect(request, { ...events, closed });
    } catch (error) {
      release();
      throw error;
    }
  };
}
