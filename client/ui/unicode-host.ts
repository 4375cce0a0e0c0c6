// An A-label in its own script, to be shown beside it: nobody recognises "xn--bcher-kva.example". Trust is never bound to it.

import { asciiHost } from "./host-name.ts";

/** RFC 3492 5: the parameters that IDNA chose. */
const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;
const FIRST_BIAS = 72;
const FIRST_CODE_POINT = 0x80;

/** Undefined where the name has no A-label, or one that the browser would not write for what it says. */
export function unicodeHost(host: string): string | undefined {
  if (!/(^|\.)xn--/.test(host)) return undefined;
  const labels = host.split(".").map((label) => (label.startsWith("xn--") ? decodeLabel(label.slice(4)) : label));
  if (!labels.every((label) => label !== undefined)) return undefined;
  const shown = labels.join(".");
  return asciiHost(shown) === host ? shown : undefined;
}

/** RFC 3492 6.2. Undefined for what is no Punycode. */
function decodeLabel(encoded: string): string | undefined {
  const end = encoded.lastIndexOf("-");
  const output = Array.from(encoded.slice(0, Math.max(0, end)), (character) => character.codePointAt(0) ?? 0);
  let codePoint = FIRST_CODE_POINT;
  let bias = FIRST_BIAS;
  let index = 0;
  for (let at = end + 1; at < encoded.length; ) {
    const before = index;
    let weight = 1;
    for (let k = BASE; ; k += BASE) {
      const digit = digitOf(encoded[at++]);
      if (digit === undefined) return undefined;
      index += digit * weight;
      const threshold = Math.min(T_MAX, Math.max(T_MIN, k - bias));
      if (digit < threshold) break;
      weight *= BASE - threshold;
    }
    const length = output.length + 1;
    bias = adapted(index - before, length, before === 0);
    codePoint += Math.floor(index / length);
    if (codePoint > 0x10ffff) return undefined;
    index %= length;
    output.splice(index++, 0, codePoint);
  }
  return String.fromCodePoint(...output);
}

/** RFC 3492 6.1 */
function adapted(difference: number, length: number, first: boolean): number {
  let delta = Math.floor(difference / (first ? DAMP : 2));
  delta += Math.floor(delta / length);
  let k = 0;
  for (; delta > ((BASE - T_MIN) * T_MAX) / 2; k += BASE) delta = Math.floor(delta / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * delta) / (delta + SKEW));
}

function digitOf(character: string | undefined): number | undefined {
  const value = "abcdefghijklmnopqrstuvwxyz0123456789".indexOf(character ?? " ");
  return value === -1 ? undefined : value;
}
