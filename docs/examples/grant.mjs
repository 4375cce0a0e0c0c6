// Signs a grant: one person may reach one target once, within two minutes. It belongs into your backend, behind your log-in.
//
//   openssl genpkey -algorithm ed25519 -out platform.key
//   openssl pkey -in platform.key -pubout -out platform.pem     (for the relay: --grant-key platform.pem)
//   node grant.mjs db1.example 22 ada https://learn.example

import { createPrivateKey, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { SignJWT } from "jose";

const key = createPrivateKey(readFileSync(process.env.PLATFORM_KEY ?? "platform.key"));

/** `origin` is that of your page. Take all four from your own records, never from what a browser sent. */
export function signGrant(host, port, user, origin) {
  return new SignJWT({ host, port, user, origin })
    .setProtectedHeader({ alg: "EdDSA", typ: "periwinkle-grant+jwt" })
    .setJti(randomUUID())
    .setExpirationTime("2 minutes")
    .sign(key);
}

const [host, port, user, origin] = process.argv.slice(2);
console.log(await signGrant(host, Number(port), user, origin));
