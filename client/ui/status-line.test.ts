import { expect, it } from "vitest";
import { cipherName } from "./status-line.tsx";

it.each([
  ["aes128-gcm@openssh.com", "", "aes128-gcm"],
  ["chacha20-poly1305@openssh.com", "hmac-sha2-256", "chacha20-poly1305"],
  ["aes256-ctr", "hmac-sha2-256-etm@openssh.com", "aes256-ctr, hmac-sha2-256-etm"],
])("%s with %j is shown as %s", (cipher, mac, shown) => expect(cipherName(cipher, mac)).toBe(shown));
