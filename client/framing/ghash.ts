// GHASH (NIST SP 800-38D 6.4) with Shoup's tables of four bits. The library builds its table anew for every packet, which is
// three quarters of what a key press costs; here it lives as long as the key.

/** What four bits that fall out at the low end come back as at the high end, 16 bits wide: x^128 = 1 + x + x^2 + x^7. */
const REDUCTION: readonly number[] = Array.from({ length: 16 }, (_, dropped) => {
  let back = 0;
  for (let bit = 0; bit < 4; bit++) back = (back >> 1) ^ ((dropped >> bit) & 1 ? 0xe100 : 0);
  return back;
});

const BLOCK = 16;

export class Ghash {
  /** H times each value of four bits: four words each, the most significant first. */
  readonly #table = new Uint32Array(64);

  /** `subkey` is H: sixteen zero bytes, enciphered. */
  constructor(subkey: Uint8Array) {
    const view = new DataView(subkey.buffer, subkey.byteOffset, BLOCK);
    const table = this.#table;
    for (let word = 0; word < 4; word++) table[8 * 4 + word] = view.getUint32(4 * word);
    // In GCM's order of bits the next lower power is one to the right.
    for (let i = 4; i > 0; i >>= 1) {
      const [z0 = 0, z1 = 0, z2 = 0, z3 = 0] = table.subarray(8 * i, 8 * i + 4);
      table[4 * i] = (z0 >>> 1) ^ (z3 & 1 ? 0xe1000000 : 0);
      table[4 * i + 1] = (z1 >>> 1) | (z0 << 31);
      table[4 * i + 2] = (z2 >>> 1) | (z1 << 31);
      table[4 * i + 3] = (z3 >>> 1) | (z2 << 31);
    }
    for (let i = 2; i < 16; i *= 2)
      for (let j = 1; j < i; j++)
        for (let word = 0; word < 4; word++)
          table[4 * (i + j) + word] = (table[4 * i + word] ?? 0) ^ (table[4 * j + word] ?? 0);
  }

  /** Of additional data, data and both their lengths, each filled up to whole blocks with zeros. */
  digest(additional: Uint8Array, data: Uint8Array): Uint8Array {
    const state = new Uint8Array(BLOCK);
    this.#absorb(state, additional);
    this.#absorb(state, data);
    const lengths = new Uint8Array(BLOCK);
    const view = new DataView(lengths.buffer);
    view.setUint32(4, 8 * additional.length);
    view.setUint32(12, 8 * data.length);
    this.#absorb(state, lengths);
    return state;
  }

  #absorb(state: Uint8Array, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += BLOCK) {
      const end = Math.min(BLOCK, bytes.length - at);
      for (let i = 0; i < end; i++) state[i] = (state[i] ?? 0) ^ (bytes[at + i] ?? 0);
      this.#multiply(state);
    }
  }

  /** `state` times H: from its last four bits to its first, four to the right each time. */
  #multiply(state: Uint8Array): void {
    const table = this.#table;
    let z0 = 0;
    let z1 = 0;
    let z2 = 0;
    let z3 = 0;
    for (let nibble = 31; nibble >= 0; nibble--) {
      const byte = state[nibble >> 1] ?? 0;
      const entry = 4 * (nibble & 1 ? byte & 15 : byte >> 4);
      const back = (REDUCTION[z3 & 15] ?? 0) << 16;
      z3 = ((z3 >>> 4) | (z2 << 28)) ^ (table[entry + 3] ?? 0);
      z2 = ((z2 >>> 4) | (z1 << 28)) ^ (table[entry + 2] ?? 0);
      z1 = ((z1 >>> 4) | (z0 << 28)) ^ (table[entry + 1] ?? 0);
      z0 = (z0 >>> 4) ^ back ^ (table[entry] ?? 0);
    }
    const view = new DataView(state.buffer);
    view.setUint32(0, z0);
    view.setUint32(4, z1);
    view.setUint32(8, z2);
    view.setUint32(12, z3);
  }
}
