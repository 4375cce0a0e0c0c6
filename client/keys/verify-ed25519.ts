// Ed25519 in JavaScript: there in browsers that lack it, and strict, which Web Crypto is not everywhere. Behind a dynamic
// import, with the arithmetic that X25519 shares with it.

import { ed25519 } from "@noble/curves/ed25519.js";

/** RFC 8032 5.1.7 to the letter: s below the order, canonical points, no key of small order. That is `zip215: false`. */
export function verifyEd25519(point: Uint8Array, signature: Uint8Array, data: Uint8Array): boolean {
  return ed25519.verify(signature, data, point, { zip215: false });
}
