// Poly1305 (RFC 8439 2.5) in floating point: six limbs of 22 bits, whose products and sums stay far below 2^53 and are exact.
// Integers of JavaScript would need ten limbs, and nearly three times the multiplications. No branch and no index depends
// on the key or on data, and a multiplication of doubles takes the same time whatever they are.

const LIMB = 2 ** 22;
const PER_LIMB = 2 ** -22;
/** Added and taken away again, it rounds a double to a whole number. */
const ROUND = 1.5 * 2 ** 52;
/** 2^132 = 4 * 2^130, and 2^130 = 5 modulo 2^130 - 5. */
const WRAP = 20;
/** The 16-byte tag of `data` under a key of 32 bytes, which is good for this one time. */
export function poly1305(key: Uint8Array, data: Uint8Array): Uint8Array {
  const keys = new DataView(key.buffer, key.byteOffset, key.byteLength);
  const k0 = keys.getUint32(0, true) & 0x0fffffff;
  const k1 = keys.getUint32(4, true) & 0x0ffffffc;
  const k2 = keys.getUint32(8, true) & 0x0ffffffc;
  const k3 = keys.getUint32(12, true) & 0x0ffffffc;
  const r0 = k0 & 0x3fffff;
  const r1 = ((k0 >>> 22) | (k1 << 10)) & 0x3fffff;
  const r2 = ((k1 >>> 12) | (k2 << 20)) & 0x3fffff;
  const r3 = (k2 >>> 2) & 0x3fffff;
  const r4 = ((k2 >>> 24) | (k3 << 8)) & 0x3fffff;
  const r5 = k3 >>> 14;
  const [s1, s2, s3, s4, s5] = [WRAP * r1, WRAP * r2, WRAP * r3, WRAP * r4, WRAP * r5];
  const last = new Uint8Array(16);
  const rest = data.length % 16;
  last.set(data.subarray(data.length - rest));
  last[rest] = 1;
  const body = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const tail = new DataView(last.buffer);
  let h0 = 0;
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  let h5 = 0;
  const end = data.length - rest + (rest > 0 ? 16 : 0);
  for (let at = 0; at < end; at += 16) {
    const whole = at + 16 <= data.length;
    const view = whole ? body : tail;
    const from = whole ? at : 0;
    const m0 = view.getUint32(from, true);
    const m1 = view.getUint32(from + 4, true);
    const m2 = view.getUint32(from + 8, true);
    const m3 = view.getUint32(from + 12, true);
    h0 += m0 & 0x3fffff;
    h1 += ((m0 >>> 22) | (m1 << 10)) & 0x3fffff;
    h2 += ((m1 >>> 12) | (m2 << 20)) & 0x3fffff;
    h3 += (m2 >>> 2) & 0x3fffff;
    h4 += ((m2 >>> 24) | (m3 << 8)) & 0x3fffff;
    h5 += (m3 >>> 14) + (whole ? 0x40000 : 0);

    let d0 = h0 * r0 + h1 * s5 + h2 * s4 + h3 * s3 + h4 * s2 + h5 * s1;
    let d1 = h0 * r1 + h1 * r0 + h2 * s5 + h3 * s4 + h4 * s3 + h5 * s2;
    let d2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s5 + h4 * s4 + h5 * s3;
    let d3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s5 + h5 * s4;
    let d4 = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0 + h5 * s5;
    let d5 = h0 * r5 + h1 * r4 + h2 * r3 + h3 * r2 + h4 * r1 + h5 * r0;

    // Two chains at once: each limb ends between -2^21 and 2^21, or a little beyond where a carry came last.
    const c0 = d0 * PER_LIMB + ROUND - ROUND;
    const c3 = d3 * PER_LIMB + ROUND - ROUND;
    d0 -= c0 * LIMB;
    d3 -= c3 * LIMB;
    d1 += c0;
    d4 += c3;
    const c1 = d1 * PER_LIMB + ROUND - ROUND;
    const c4 = d4 * PER_LIMB + ROUND - ROUND;
    d1 -= c1 * LIMB;
    d4 -= c4 * LIMB;
    d2 += c1;
    d5 += c4;
    const c2 = d2 * PER_LIMB + ROUND - ROUND;
    const c5 = d5 * PER_LIMB + ROUND - ROUND;
    d2 -= c2 * LIMB;
    d5 -= c5 * LIMB;
    d3 += c2;
    d0 += c5 * WRAP;
    const c6 = d0 * PER_LIMB + ROUND - ROUND;
    const c7 = d3 * PER_LIMB + ROUND - ROUND;
    h0 = d0 - c6 * LIMB;
    h1 = d1 + c6;
    h2 = d2;
    h3 = d3 - c7 * LIMB;
    h4 = d4 + c7;
    h5 = d5;
  }
  return plus(canonical([h0, h1, h2, h3, h4, h5]), keys);
}

/** The same number modulo 2^130 - 5, from 0 up, in limbs of 22 bits and a last one of 20. */
function canonical(signed: readonly number[]): readonly number[] {
  let limbs = signed;
  // Once for each carry that may come around, from numbers between -2^132 and 2^132.
  for (let pass = 0; pass < 3; pass++) {
    const { carried, over } = carry(limbs);
    limbs = carried.map((limb, i) => (i === 0 ? limb + 5 * over : limb));
  }
  // At least 2^130 - 5 if 5 more reaches 2^130; then those lower bits are the answer.
  const { carried, over } = carry(limbs.map((limb, i) => (i === 0 ? limb + 5 : limb)));
  return limbs.map((limb, i) => over * (carried[i] ?? 0) + (1 - over) * limb);
}

function carry(limbs: readonly number[]): { carried: number[]; over: number } {
  let over = 0;
  const carried = limbs.map((limb, i) => {
    const size = i === limbs.length - 1 ? 2 ** 20 : LIMB;
    const sum = limb + over;
    over = Math.floor(sum / size);
    return sum - over * size;
  });
  return { carried, over };
}

/** The number and the second half of the key, added modulo 2^128. */
function plus(limbs: readonly number[], keys: DataView): Uint8Array {
  const [h0 = 0, h1 = 0, h2 = 0, h3 = 0, h4 = 0, h5 = 0] = limbs;
  const words = [
    h0 | (h1 << 22),
    (h1 >>> 10) | (h2 << 12),
    (h2 >>> 20) | (h3 << 2) | (h4 << 24),
    (h4 >>> 8) | (h5 << 14),
  ];
  const tag = new Uint8Array(16);
  const view = new DataView(tag.buffer);
  let over = 0;
  words.forEach((word, i) => {
    const sum = (word >>> 0) + keys.getUint32(16 + 4 * i, true) + over;
    view.setUint32(4 * i, sum, true);
    over = Math.floor(sum / 2 ** 32);
  });
  return tag;
}
