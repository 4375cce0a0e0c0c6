import { describe, expect, it } from "vitest";
import { ascii, concat } from "../bytes/bytes.ts";
import { encodeUtf8 } from "../bytes/text.ts";
import { Reader } from "../bytes/wire.ts";
import { KeyboardInteractiveRequest } from "./auth-messages.ts";
import { infoRequest, Scene, thrown } from "./scripted-peer.ts";

function answersIn(payload: Uint8Array): string[] {
  const reader = new Reader(payload);
  expect(reader.byte()).toBe(61);
  const answers = Array.from({ length: reader.uint32() }, () => reader.text());
  reader.end();
  return answers;
}

describe("keyboard-interactive", () => {
  const challenged = async (scene: Scene) => {
    await scene.open(["keyboard-interactive"]);
    await scene.sent();
  };

  it("answers several rounds, each with its own questions", async () => {
    const scene = new Scene();
    await challenged(scene);
    scene.say(infoRequest([["Password: ", false]], "PAM", "Welcome"));
    const first = await scene.person.challenges.next();
    expect(first.question).toEqual({
      kind: "challenge",
      name: "PAM",
      instruction: "Welcome",
      prompts: [{ text: "Password: ", echo: false }],
    });
    const answers = [encodeUtf8("s\u00e9cret")];
    first.answer(answers);
    expect(answersIn(await scene.sent())).toEqual(["s\u00e9cret"]);
    expect(answers[0]?.every((byte) => byte === 0)).toBe(true);
    scene.say(
      infoRequest([
        ["Code: ", true],
        ["Colour: ", true],
      ]),
    );
    (await scene.person.challenges.next()).answer([ascii("123456"), ascii("")]);
    expect(answersIn(await scene.sent())).toEqual(["123456", ""]);
    scene.succeed();
    expect(await scene.result).toEqual({ method: "keyboard-interactive", proved: true });
    expect(scene.allWiped).toBe(true);
  });

  it("answers no questions at once, shows what was said with them, and knows that nothing was proved", async () => {
    const scene = new Scene();
    await challenged(scene);
    scene.say(infoRequest([], "Notice", "Your password expires soon."));
    expect(answersIn(await scene.sent())).toEqual([]);
    expect(scene.person.challenges.waiting).toBe(0);
    expect(scene.person.banners).toEqual(["Notice\nYour password expires soon."]);
    scene.succeed();
    expect(await scene.result).toEqual({ method: "keyboard-interactive", proved: false });
  });

  it("shows nothing where nothing was said with no questions", async () => {
    const scene = new Scene();
    await challenged(scene);
    scene.say(infoRequest([]));
    await scene.sent();
    expect(scene.person.banners).toEqual([]);
  });

  it("asks again after a refusal", async () => {
    const scene = new Scene();
    await challenged(scene);
    scene.say(infoRequest([["Password: ", false]]));
    (await scene.person.challenges.next()).answer([ascii("wrong")]);
    await scene.sent();
    scene.fail(["keyboard-interactive"]);
    expect(KeyboardInteractiveRequest.decode(await scene.sent()).method).toBe("keyboard-interactive");
    scene.say(infoRequest([["Password: ", false]]));
    (await scene.person.challenges.next()).answer([ascii("right")]);
    await scene.sent();
    scene.succeed();
    expect((await scene.result).method).toBe("keyboard-interactive");
  });

  it("says in the next question that it was refused, where there is another way", async () => {
    const scene = new Scene();
    await scene.open(["password", "keyboard-interactive"]);
    await scene.offer({ kind: "challenge" });
    scene.say(infoRequest([["Code: ", true]]));
    (await scene.person.challenges.next()).answer([ascii("1")]);
    await scene.sent();
    scene.fail(["password", "keyboard-interactive"]);
    expect((await scene.person.credentials.next()).question).toMatchObject({
      challenge: true,
      problem: "challenge-refused",
    });
  });

  it("is not tried again where the server failed it without a question", async () => {
    const scene = new Scene();
    await scene.open(["password", "keyboard-interactive"]);
    await scene.offer({ kind: "challenge" });
    scene.fail(["password", "keyboard-interactive"]);
    expect((await scene.person.credentials.next()).question).toMatchObject({ password: true, challenge: false });

    const only = new Scene();
    await challenged(only);
    only.fail(["keyboard-interactive"]);
    expect((await only.error()).code).toBe("authentication");
    expect(only.unread).toBe(0);
  });

  it("ends a server that goes on asking nothing", async () => {
    const scene = new Scene();
    await scene.open(["keyboard-interactive"]);
    for (let i = 0; i < 20; i++) {
      await scene.sent();
      scene.say(infoRequest([]));
    }
    expect((await scene.error()).message).toContain("20 rounds");
    expect(scene.unread).toBe(0);
  });

  it.each([
    ["33 questions", infoRequest(Array.from({ length: 33 }, () => ["?", true]))],
    ["questions without end", concat(infoRequest([]).subarray(0, -4), Uint8Array.of(255, 255, 255, 255))],
    ["fewer questions than it says", concat(infoRequest([]).subarray(0, -4), Uint8Array.of(0, 0, 0, 1))],
    ["more questions than it says", concat(infoRequest([]), ascii("more"))],
    ["a name longer than the message", concat(Uint8Array.of(60, 0, 0, 1, 0), ascii("name"))],
  ])("refuses %s", async (_what, payload) => {
    const scene = new Scene();
    await challenged(scene);
    expect(thrown(() => scene.say(payload))).toMatch(/^protocol/);
  });

  it("takes 32 questions", async () => {
    const scene = new Scene();
    await challenged(scene);
    scene.say(infoRequest(Array.from({ length: 32 }, () => ["?", true])));
    expect((await scene.person.challenges.next()).question.prompts).toHaveLength(32);
  });

  it("cleans and bounds every text of the server", async () => {
    const scene = new Scene();
    await challenged(scene);
    const hostile = `\u001b]0;x\u0007\u202e\u0000${"A".repeat(20000)}`;
    scene.say(infoRequest([[hostile, true]], `a\nb${hostile}`, hostile));
    const { question } = await scene.person.challenges.next();
    for (const text of [question.name, question.instruction, question.prompts[0]?.text ?? ""]) {
      expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(text.length).toBeLessThanOrEqual(4098);
      expect(text).toMatch(/A\u2026$/);
    }
    expect(question.name).toMatch(/^a b/);
  });

  it("refuses answers that are not as many as the questions", async () => {
    const scene = new Scene();
    await challenged(scene);
    scene.say(
      infoRequest([
        ["One", true],
        ["Two", true],
      ]),
    );
    (await scene.person.challenges.next()).answer([ascii("1")]);
    expect((await scene.error()).code).toBe("internal");
  });
});
