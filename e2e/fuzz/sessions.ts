// Target "sessions": the whole engine against the scripted server in every stage, under real keys and real ciphers.

import { reach, type Scene, STAGES, type Stage } from "../scripted/stage.ts";
import type { Choices } from "./choices.ts";
import { CONNECTION, EXCHANGE, generate, LOGIN, TRANSPORT } from "./grammar.ts";
import { mutate } from "./mutate.ts";
import { isNamed, type Target } from "./target.ts";

const CIPHERS = ["chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes128-ctr", "aes128-cbc"] as const;

/** Where one kind of message is at home, most are of that kind. */
function shapesFor(stage: Stage, choices: Choices) {
  const all = [TRANSPORT, EXCHANGE, LOGIN, CONNECTION] as const;
  if (choices.once(4)) return choices.pick(all);
  if (stage === "open" || stage === "in a session" || stage === "rekey offered") return CONNECTION;
  return stage === "in the login" || stage === "before SERVICE_ACCEPT" ? LOGIN : EXCHANGE;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export const sessions: Target = {
  name: "sessions",
  share: 1,
  async begin(choices) {
    const stage = choices.pick(STAGES);
    const cipher = choices.pick(CIPHERS);
    const compression = choices.pick(["none", "zlib@openssh.com", "zlib"]);
    const scene = await reach(stage, {
      server: { cipher: [cipher], compression: [compression], extensions: { "ping@openssh.com": "0" } },
      client: { legacy: true },
    });
    let cause: unknown = "alive";
    void scene.over.then((reason) => {
      cause = reason;
    });
    scene.connecting.catch(() => {});
    return {
      next: (dice) => mutate(generate(dice, shapesFor(stage, dice)), dice),
      async feed(payload) {
        await scene.server.sendNow(payload);
        await turn();
        if (choices.once(10)) await scene.resume();
        return cause === "alive";
      },
      end: () => leave(scene),
    };
  },
};

async function leave({ server, over, clock }: Scene): Promise<void> {
  await server.hangUp();
  const cause = await over;
  // The person of these scenes gives up where a server asks for more than they have.
  if (cause !== undefined && !isNamed(cause)) throw cause;
  if (clock.pending !== 0) throw new Error(`${clock.pending} timers outlive their connection`);
}
