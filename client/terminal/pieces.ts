// Bytes in pieces of a bounded size, as views of the same buffer: nothing is copied.

export function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
