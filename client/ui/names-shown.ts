/** A server may send thousands of names; nobody reads them. */
const SHOWN = 24;

/** Stand among the key exchanges and are none (RFC 8308 2.1, OpenSSH PROTOCOL 1.10). */
const MARKER = /^(ext-info-[cs]|kex-strict-[cs]-v00@openssh\.com)$/;

/** The first names, each once, without markers, and how many more there were. */
export function namesShown(names: readonly string[]): { readonly shown: readonly string[]; readonly more: number } {
  const each = [...new Set(names)].filter((name) => !MARKER.test(name));
  return { shown: each.slice(0, SHOWN), more: Math.max(0, each.length - SHOWN) };
}
