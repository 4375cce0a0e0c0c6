// When has an engine that is fed by hand nothing more to do? When it waits for bytes, computes nothing in Web Crypto, and
// several turns of the event loop have brought nothing new.

const TURNS = 6;

let pending = 0;
let begun = 0;

/** From here on every call of Web Crypto in this process is counted. To be called once. */
export function watchWebCrypto(): void {
  const subtle = Object.getPrototypeOf(globalThis.crypto.subtle) as Record<string, unknown>;
  for (const name of Object.getOwnPropertyNames(subtle)) {
    const method = subtle[name];
    if (name === "constructor" || typeof method !== "function") continue;
    subtle[name] = function (this: unknown, ...args: unknown[]): Promise<unknown> {
      pending++;
      begun++;
      const result = Promise.resolve(Reflect.apply(method, this, args));
      const done = () => {
        pending--;
      };
      result.then(done, done);
      return result;
    };
  }
}

/** Resolves to true as soon as `there` is, and to false when nothing is going on any more. `activity` counts what goes on. */
export async function untilQuiet(there: () => boolean, activity: () => number): Promise<boolean> {
  let seen = -1;
  for (let quiet = 0; quiet < TURNS; ) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (there()) return true;
    const now = activity() + begun;
    quiet = pending > 0 || now !== seen ? 0 : quiet + 1;
    seen = now;
  }
  return false;
}
