// The NIST curves in JavaScript, for what Web Crypto does not do: a public key from a private one, and curves that a
// browser lacks. Always behind a dynamic import: a tenth of the engine's size, and hardly ever needed.

import { p256, p384, p521 } from "@noble/curves/nist.js";
import type { CurveName } from "./curves.ts";

export const NIST: Readonly<Record<CurveName, typeof p256>> = { nistp256: p256, nistp384: p384, nistp521: p521 };
