import { describe, expect, it } from "vitest";
import { ascii } from "../bytes/bytes.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { PasswordChange, PasswordChangeRequired, PasswordRequest } from "./auth-messages.ts";
import { Scene } from "./scripted-peer.ts";

describe("password", () => {
  /** The server refuses the password, and then every new one, as out of date: so many times. */
  const changed = async (scene: Scene, times: number) => {
    await scene.open(["password"]);
    await scene.password("old");
    for (let i = 0; i < times; i++) {
      await scene.sent();
      scene.say(PasswordChangeRequired.encode({ prompt: ascii("Again"), language: "" }));
      (await scene.person.newPasswords.next()).answer({ old: ascii("old"), fresh: ascii("new") });
    }
  };

  it("is sent once, wiped, and lets in", async () => {
    const scene = new Scene();
    await scene.open(["password"]);
    const password = await scene.password("p\u00e4ss");
    const request = PasswordRequest.decode(await scene.sent());
    expect(request).toMatchObject({ user: "alice", service: "ssh-connection", method: "password", change: false });
    expect(request.password).toEqual(encodeUtf8("p\u00e4ss"));
    scene.succeed();
    expect(await scene.result).toEqual({ method: "password", proved: true });
    expect(password.every((byte) => byte === 0)).toBe(true);
    expect(scene.allWiped).toBe(true);
  });

  it("is asked for again after a refusal, with the list as it is now", async () => {
    const scene = new Scene();
    await scene.open(["password", "publickey"]);
    await scene.password("wrong");
    await scene.sent();
    scene.fail(["password"]);
    const again = await scene.person.credentials.next();
    expect(again.question).toMatchObject({ password: true, key: false, problem: "password-refused" });
    expect(scene.unread).toBe(0);
    again.answer({ kind: "password", password: ascii("right") });
    expect(PasswordRequest.decode(await scene.sent()).password).toEqual(ascii("right"));
    scene.succeed();
    expect((await scene.result).method).toBe("password");
  });

  it("ends after six refusals, and says what was tried and what would do", async () => {
    const scene = new Scene();
    await scene.open(["password", "publickey"]);
    for (let i = 0; i < 6; i++) {
      await scene.password("wrong");
      await scene.sent();
      scene.fail(["password", "publickey"]);
    }
    const error = await scene.error();
    expect(error.code).toBe("authentication");
    expect(error.message).toContain("refused 6 attempts");
    expect(error.message).toContain("Refused: a password (6 times).");
    expect(error.message).toContain("It would accept: a password, a key.");
    expect(error.message).not.toContain("wrong");
    expect(scene.person.credentials.waiting).toBe(0);
  });

  it("is changed where the server wants that", async () => {
    const scene = new Scene();
    const asked = await scene.untilNewPassword("Expired.\u001b[2J");
    expect(asked.question).toEqual({ kind: "new-password", text: "Expired.\ufffd[2J" });
    const answer = { old: ascii("old"), fresh: ascii("new") };
    asked.answer(answer);
    const change = PasswordChange.decode(await scene.sent());
    expect(change).toMatchObject({ method: "password", change: true });
    expect([change.old, change.fresh]).toEqual([ascii("old"), ascii("new")]);
    expect([...answer.old, ...answer.fresh]).toEqual([0, 0, 0, 0, 0, 0]);
    scene.succeed();
    expect(await scene.result).toEqual({ method: "password", proved: true });
  });

  it("is changed once more where the new one will not do, and can fail after that", async () => {
    const scene = new Scene();
    await changed(scene, 2);
    await scene.sent();
    scene.fail(["password"]);
    expect((await scene.person.credentials.next()).question.problem).toBe("password-refused");
  });

  it("is not changed without end", async () => {
    const scene = new Scene();
    await changed(scene, 20);
    expect((await scene.error()).message).toContain("20 rounds");
  });
});
