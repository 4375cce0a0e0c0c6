// Changes of the known hosts: one at a time over all tabs and workers, and heard of by all of them.

const LOCK = "periwinkle:known-hosts";
const CHANNEL = "periwinkle:known-hosts";
/** A tab that was frozen in the middle of a change must not stop the others for ever. */
const LOCK_PATIENCE_MS = 5_000;

export type Locks = Pick<LockManager, "request">;

/** `locks` is absent on plain HTTP and in old browsers; a transaction alone is then what keeps two tabs apart. */
export function locked<T>(locks: Locks | undefined, work: () => Promise<T>): Promise<T> {
  return locks === undefined ? work() : locks.request(LOCK, { signal: AbortSignal.timeout(LOCK_PATIENCE_MS) }, work);
}

/** Tells everyone who watches, here too. */
export function announceChange(): void {
  const channel = openChannel();
  channel?.postMessage("changed");
  channel?.close();
}

/** Where the browser has no such channel, nothing is heard. */
export function watchChanges(listener: () => void): () => void {
  const channel = openChannel();
  if (channel === undefined) return () => {};
  // Another page of this origin may say anything: that something was said is all that counts.
  channel.onmessage = () => listener();
  return () => channel.close();
}

function openChannel(): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(CHANNEL);
  } catch {
    // Absent, or denied to a page without an origin.
    return undefined;
  }
}
