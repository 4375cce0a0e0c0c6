import { describe, expect, it } from "vitest";
import { rsaSigner } from "../../e2e/scripted/signers.ts";
import { ascii } from "../bytes/bytes.ts";
import { SshError } from "../bytes/errors.ts";
import { KeyAccepted } from "./auth-messages.ts";
import { idleLogin, Person, Scene } from "./scripted-peer.ts";

describe("the end of every wait", () => {
  const waits: readonly [string, (scene: Scene) => Promise<unknown>][] = [
    ["for SERVICE_ACCEPT", (scene) => scene.sent()],
    [
      "for the answer to none",
      async (scene) => {
        await scene.service();
        await scene.sent();
      },
    ],
    ["for a credential", (scene) => scene.untilCredential()],
    [
      "for the answer to a password",
      async (scene) => {
        await scene.open(["password"]);
        await scene.password("word");
        await scene.sent();
      },
    ],
    ["for a new password", (scene) => scene.untilNewPassword()],
    ["for a challenge's answers", (scene) => scene.untilChallenge()],
    ["for PK_OK", (scene) => scene.query(rsaSigner())],
    [
      "for a signature",
      async (scene) => {
        const sign = () => new Promise<Uint8Array>(() => {});
        await scene.query(rsaSigner({ sign }));
        scene.say(KeyAccepted.encode({ algorithm: "rsa-sha2-512", key: rsaSigner().publicKey }));
      },
    ],
  ];

  it.each(waits)("%s comes with the end of the connection, and its reason", async (_what, reach) => {
    const scene = new Scene();
    await reach(scene);
    const reason = scene.abort(new SshError("peer-disconnect", "The server ended the connection."));
    expect(await scene.error()).toBe(reason);
    expect(scene.unread).toBe(0);
  });

  it("comes at once on a connection that is over before it begins", async () => {
    const over = new AbortController();
    const reason = new SshError("lost", "Gone.");
    over.abort(reason);
    const login = idleLogin({ send: () => Promise.reject(reason), signal: over.signal });
    await expect(login.run("alice", new Person())).rejects.toBe(reason);
  });

  it("comes when a message cannot be sent", async () => {
    const reason = new SshError("lost", "Gone.");
    const login = idleLogin({ send: () => Promise.reject(reason) });
    await expect(login.run("alice", new Person())).rejects.toBe(reason);
  });

  it.each(["null", "an AbortError", "the code aborted"])("comes when the person cancels by %s", async (how) => {
    const cancel = (asked: { answer(answer: null): void; fail(error: unknown): void }) => {
      if (how === "null") asked.answer(null);
      else if (how === "an AbortError") asked.fail(new DOMException("Cancelled", "AbortError"));
      else asked.fail(new SshError("aborted", "Cancelled."));
    };
    const credential = new Scene();
    cancel(await credential.untilCredential());
    expect((await credential.error()).code).toBe("aborted");

    const challenge = new Scene();
    cancel(await challenge.untilChallenge());
    expect((await challenge.error()).code).toBe("aborted");
    expect(challenge.unread).toBe(0);

    const change = new Scene();
    cancel(await change.untilNewPassword());
    expect((await change.error()).code).toBe("aborted");
    expect(change.unread).toBe(0);
  });

  it("wipes what the person typed into a connection that was over by then", async () => {
    const scene = new Scene();
    const asked = await scene.untilCredential();
    scene.abort();
    await scene.error();
    expect(asked.signal.aborted).toBe(true);
    const password = ascii("late");
    asked.answer({ kind: "password", password });
    await Promise.resolve();
    expect(password).toEqual(new Uint8Array(4));
    expect(scene.unread).toBe(0);
  });
});
