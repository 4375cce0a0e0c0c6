import { expect, it } from "vitest";
import { compareFingerprint } from "./comparison.ts";

const SHOWN = "SHA256:4x2fYq0B8mWnJt7RkPz1uVd9aGhC5sLxoE3iTb6QwN0";

it.each([
  ["", "nothing"],
  ["   ", "nothing"],
  [SHOWN, "match"],
  [SHOWN.slice(7), "match"],
  [`256 ${SHOWN} root@db1 (ED25519)`, "match"],
  ["4x2f Yq0B 8mWn Jt7R kPz1 uVd9 aGhC 5sLx oE3i Tb6Q wN0", "match"],
  [SHOWN.replace("4x2f", "5x2f"), "mismatch"],
  [SHOWN.toLowerCase(), "mismatch"],
  [SHOWN.slice(0, -1), "unreadable"],
  ["4x2f", "unreadable"],
  ["MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48", "unreadable"],
  ["hello", "unreadable"],
])("%j is a %s", (pasted, comparison) => expect(compareFingerprint(pasted, SHOWN)).toBe(comparison));
