import { expect, it } from "vitest";
import type { ConnectionFacts, ConnectionFailure } from "../switchboard/messages.ts";
import { details } from "./details.ts";
import { reduce, startSession } from "./state.ts";

it("says what happened where, and sets the server's words apart", () => {
  let session = startSession({ host: "db1", port: 2222, user: "alice" });
  session = reduce(session, { type: "step", step: "relay", state: "begun", elapsed: 0 }, 0);
  session = reduce(session, { type: "step", step: "relay", state: "done", elapsed: 4 }, 4);
  session = reduce(session, { type: "log", line: "kex mlkem768x25519-sha256" }, 5);
  const failure = {
    code: "peer-disconnect",
    message: "It left.",
    quoted: "go\naway",
    step: "answered",
    changed: undefined,
    disagreement: undefined,
  } as const;
  session = reduce(session, { type: "closed", exit: undefined, failure }, 6);
  expect(details(session, "1.2.3").split("\n")).toEqual(
    expect.arrayContaining([
      "Periwinkle 1.2.3",
      "Target: db1:2222",
      "  relay: done, 4 ms",
      "  answered: failed",
      "Failure: peer-disconnect at answered",
      "  > go",
      "  > away",
      "  kex mlkem768x25519-sha256",
    ]),
  );
});

it("lists what the two sides could not agree on, and not without end", () => {
  const theirs = [
    "3des-cbc\u202e",
    "ext-info-s",
    "kex-strict-s-v00@openssh.com",
    ...Array.from({ length: 1000 }, (_, i) => `x${i}`),
  ];
  const disagreement = { what: "cipher (to the server)", ours: ["aes128-ctr"], theirs, legacy: [] };
  const failure: ConnectionFailure = {
    code: "negotiation",
    message: "No.",
    quoted: undefined,
    step: "exchanged",
    changed: undefined,
    disagreement,
  };
  const session = startSession({ host: "db1", port: 22, user: "alice" });
  const lines = details(reduce(session, { type: "closed", exit: undefined, failure }, 0), "1.2.3").split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      "  No cipher (to the server) in common. Periwinkle accepts:",
      "    aes128-ctr",
      "    > 3des-cbc\ufffd",
      "    and 977 more",
    ]),
  );
  expect(lines.length).toBeLessThan(60);
});

it("says what was agreed on", () => {
  const direction = { cipher: "aes128-ctr", mac: "hmac-sha2-256", compression: "none" };
  const facts: ConnectionFacts = {
    serverIdentification: "SSH-2.0-x",
    kex: "curve25519-sha256",
    postQuantum: false,
    strict: true,
    hostKeyAlgorithm: "ssh-ed25519",
    hostKeyFingerprint: "SHA256:x",
    outgoing: direction,
    incoming: direction,
    legacy: [],
  };
  const session = reduce(startSession({ host: "db1", port: 22, user: "alice" }), { type: "facts", facts }, 0);
  expect(details(session, "1.2.3").split("\n")).toEqual(
    expect.arrayContaining(["  Calls itself: SSH-2.0-x", "  Key exchange: curve25519-sha256", "  Cipher: aes128-ctr"]),
  );
});
