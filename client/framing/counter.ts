// Big-endian counters inside a nonce: the 64-bit invocation counter of GCM, the 128-bit block counter of CTR.

/** Adds `amount` (below 2^32) to the big-endian number in `bytes` from `first` to the end, modulo its width. */
export function advance(bytes: Uint8Array, first: number, amount: number): void {
  let carry = amount;
  for (let i = bytes.length - 1; i >= first && carry > 0; i--) {
    carry += bytes[i] ?? 0;
    bytes[i] = carry;
    carry = Math.floor(carry / 256);
  }
}
