import { describe, expect, it } from "vitest";
import { rsaSigner } from "../../e2e/scripted/signers.ts";
import { Failure, KeyAccepted, Success } from "./auth-messages.ts";
import { Handover, infoRequest, Scene, thrown } from "./scripted-peer.ts";

describe("messages that answer nothing", () => {
  const KEY_ACCEPTED = KeyAccepted.encode({ algorithm: "rsa-sha2-512", key: rsaSigner().publicKey });
  const unasked = {
    SUCCESS: Success.encode({}),
    FAILURE: Failure.encode({ methods: ["password"], partialSuccess: false }),
    "message 60": KEY_ACCEPTED,
    "a client's message 61": Uint8Array.of(61, 0, 0, 0, 0),
    "a client's message 50": Uint8Array.of(50),
    "message 62": Uint8Array.of(62),
    "no number": new Uint8Array(0),
  };

  const moments: readonly [string, (scene: Scene) => Promise<unknown>][] = [
    ["before SERVICE_ACCEPT", (scene) => scene.sent()],
    ["right behind SERVICE_ACCEPT, before we ask", (scene) => scene.service()],
    ["while the person is asked for a credential", (scene) => scene.untilCredential()],
    ["while the person answers a challenge", (scene) => scene.untilChallenge()],
    ["while the person chooses a new password", (scene) => scene.untilNewPassword()],
    [
      "while the key signs",
      async (scene) => {
        const signing = new Handover<true>();
        const never = new Promise<Uint8Array>(() => {});
        const sign = () => {
          signing.push(true);
          return never;
        };
        await scene.query(rsaSigner({ sign }));
        scene.say(KEY_ACCEPTED);
        await signing.next();
      },
    ],
    [
      "after SUCCESS",
      async (scene) => {
        await scene.service();
        await scene.sent();
        scene.succeed();
        await scene.result;
      },
    ],
  ];

  it.each(
    moments.flatMap(([moment, reach]) =>
      Object.entries(unasked).map(([what, bytes]) => ({ moment, what, reach, bytes })),
    ),
  )("$what $moment is an error at once", async ({ reach, bytes }) => {
    const scene = new Scene();
    await reach(scene);
    const authentications = scene.authentications;
    expect(thrown(() => scene.say(bytes))).toMatch(/^protocol/);
    expect(scene.authentications).toBe(authentications);
  });

  it("a FAILURE and a SUCCESS in one chunk do not pass for one answer", async () => {
    const scene = new Scene();
    await scene.service();
    await scene.sent();
    scene.fail(["password"]);
    expect(thrown(() => scene.succeed())).toMatch(/^protocol/);
  });

  it("message 60 is refused by requests that have no such answer, and in another method's form", async () => {
    const none = new Scene();
    await none.service();
    await none.sent();
    expect(thrown(() => none.say(infoRequest([])))).toMatch(/^protocol/);

    const password = new Scene();
    await password.open(["password"]);
    await password.password("word");
    await password.sent();
    expect(thrown(() => password.say(infoRequest([["Password for root: ", false]])))).toMatch(/^protocol/);

    const key = new Scene();
    await key.query(rsaSigner());
    expect(thrown(() => key.say(infoRequest([["Password: ", false]])))).toMatch(/^protocol/);

    const challenge = new Scene();
    await challenge.open(["keyboard-interactive"]);
    await challenge.sent();
    expect(thrown(() => challenge.say(KEY_ACCEPTED))).toMatch(/^protocol/);
  });

  it("SUCCESS with bytes behind it is no success", async () => {
    const scene = new Scene();
    await scene.service();
    await scene.sent();
    expect(thrown(() => scene.say(Uint8Array.of(52, 0)))).toMatch(/^protocol/);
    expect(scene.authentications).toBe(0);
  });
});
