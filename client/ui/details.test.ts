import { expect, it } from "vitest";
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
