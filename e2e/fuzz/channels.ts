// Target "channels": the multiplexer with sessions in every state, on a link that takes everything.

import type { SshError } from "../../client/bytes/errors.ts";
import { HostKeys } from "../../client/mux/host-keys.ts";
import { Multiplexer } from "../../client/mux/multiplexer.ts";
import { execute, openShell } from "../../client/mux/session.ts";
import { manualClock } from "../scripted/clock.ts";
import * as payloads from "../scripted/payloads.ts";
import type { Choices } from "./choices.ts";
import { CONNECTION, generate } from "./grammar.ts";
import { mutate } from "./mutate.ts";
import type { Life, Target } from "./target.ts";

/** Lets promises of the engine settle. Four turns are enough for a chunk to be read and credited. */
export async function settle(turns = 4): Promise<void> {
  for (; turns > 0; turns--) await Promise.resolve();
}

export const channels: Target = {
  name: "channels",
  share: 30,
  begin(choices) {
    const over = new AbortController();
    const clock = manualClock();
    let unsent = 0;
    const link = {
      signal: over.signal,
      send: async () => void unsent++,
      fail: (error: SshError) => over.abort(error),
    };
    const hostKeys: HostKeys = new HostKeys(() => mux, {
      sessionId: () => new Uint8Array(32),
      hostKey: () => new Uint8Array(51),
      announced: () => {},
      log: () => {},
    });
    const mux = new Multiplexer(link, clock, { requested: (name, data) => hostKeys.requested(name, data) });
    const sessions = [execute(mux, "true"), openShell(mux, { size: SIZE }), execute(mux, "cat", { window: 4096 })];
    for (const session of sessions) {
      session
        .then(
          async (opened) => {
            opened.write(new Uint8Array(100)).catch(() => {});
            for (let chunk = await opened.read(); chunk; chunk = await opened.read()) opened.credit(chunk.bytes.length);
          },
          () => {},
        )
        .catch(() => {});
    }
    // Most lives begin where something is open.
    for (let id = 0; id < sessions.length; id++) {
      if (!choices.once(4)) mux.receive(payloads.confirmation(id, 100_000, 10_000));
      if (choices.once(2)) mux.receive(payloads.channelSuccess(id));
    }
    return life(mux, over, clock, choices);
  },
};

const SIZE = { columns: 80, rows: 24, widthPixels: 0, heightPixels: 0 };

function life(mux: Multiplexer, over: AbortController, clock: ReturnType<typeof manualClock>, choices: Choices): Life {
  return {
    next: (dice) => mutate(generate(dice, CONNECTION), dice),
    async feed(payload) {
      mux.receive(payload);
      if (choices.once(4)) await settle();
      if (choices.once(50)) clock.advance(choices.below(70_000));
      return !over.signal.aborted;
    },
    async end() {
      over.abort(new Error("the end"));
      await settle();
      if (mux.channelCount !== 0) throw new Error("channels outlive their connection");
      if (clock.pending !== 0) throw new Error(`${clock.pending} timers outlive their connection`);
    },
  };
}
