// Choices of a person that this browser keeps, and that are no secret. A page that may not store forgets them at a reload.

import { effect, type Signal, signal } from "@preact/signals";

/** A switch, off until it is turned on, kept under `key` in `storage` from then on. */
export function rememberedSwitch(key: string, storage: () => Pick<Storage, "getItem" | "setItem">): Signal<boolean> {
  const on = signal(attempt(() => storage().getItem(key)) === "on");
  let first = true;
  effect(() => {
    const { value } = on;
    // What was read need not be written.
    if (!first) attempt(() => storage().setItem(key, value ? "on" : "off"));
    first = false;
  });
  return on;
}

/** Even to name the storage may throw where it is denied. */
function attempt<T>(access: () => T): T | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}
