// For tests of what comes behind the host key: one that was really proved and accepted, for there is no other way to get one.

import { ed25519 } from "@noble/curves/ed25519.js";
import { Writer } from "../bytes/wire.ts";
import { ProvedHostKey, VerifiedHostKey } from "./verified.ts";

const secret = new Uint8Array(32).fill(7);
const exchangeHash = new Uint8Array(32);

const proved = await ProvedHostKey.prove(
  {
    hostKey: new Writer().text("ssh-ed25519").string(ed25519.getPublicKey(secret)).done(),
    algorithm: "ssh-ed25519",
    signature: new Writer().text("ssh-ed25519").string(ed25519.sign(exchangeHash, secret)).done(),
    exchangeHash,
  },
  {},
);
if (!proved) throw new Error("the key of the tests was not proved");

export const TRUSTED_KEY: VerifiedHostKey = await VerifiedHostKey.decide(
  proved,
  { host: "db1.example", port: 22, route: "direct" },
  { verify: async () => "accept" },
  { signal: new AbortController().signal },
);
