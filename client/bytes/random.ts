// Randomness is passed in too: a replayed session needs the same bytes again. In the product it is crypto.getRandomValues.

/** `length` fresh random bytes, 65536 at most (the limit of getRandomValues). */
export type Random = (length: number) => Uint8Array;
