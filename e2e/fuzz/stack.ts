// Target "stack": framing, gate, transport, login and channels together, over a key exchange that agrees on nothing: no
// cipher costs time, and the fuzzer can rekey as often as it likes.

import { concat, writeUint32 } from "../../client/bytes/bytes.ts";
import { memoryPair } from "../../client/bytes/memory.ts";
import { OUR_IDENTIFICATION } from "../../client/framing/identification.ts";
import { MSG } from "../../client/framing/numbers.ts";
import { padPacket } from "../../client/framing/padding.ts";
import { plainOpening, plainSealing } from "../../client/framing/plain.ts";
import { DEFAULT_REKEY } from "../../client/framing/rekey-policy.ts";
import { type Exchanges, Transport } from "../../client/framing/transport.ts";
import { ExtensionInfo } from "../../client/kex/ext-info.ts";
import { KexInit } from "../../client/kex/proposal.ts";
import { Multiplexer } from "../../client/mux/multiplexer.ts";
import { execute } from "../../client/mux/session.ts";
import { manualClock } from "../scripted/clock.ts";
import * as payloads from "../scripted/payloads.ts";
import { settle } from "./channels.ts";
import type { Choices } from "./choices.ts";
import { CONNECTION, EXCHANGE, generate, LOGIN, TRANSPORT } from "./grammar.ts";
import { mutate } from "./mutate.ts";
import { isNamed, type Target } from "./target.ts";

const zeros = (length: number) => new Uint8Array(length);
const NEWKEYS = Uint8Array.of(MSG.NEWKEYS);
const LAYOUT = plainSealing().layout;

/** A key exchange of one message each way and no secret at all. */
function nothingAgreed(transport: () => Transport): Exchanges {
  return {
    identified: () => {},
    offer: () => payloads.kexInit(),
    receive({ number, payload }) {
      if (number === MSG.KEXINIT) {
        KexInit.decode(payload);
        transport().exchangeRunning(false);
        transport().sendExchange(Uint8Array.of(MSG.KEX_FIRST));
      } else if (number === MSG.NEWKEYS)
        transport().switchIncoming({ cipher: plainOpening(), compression: undefined }, false);
      else transport().switchOutgoing(NEWKEYS, { cipher: plainSealing(), compression: undefined }, false);
    },
  };
}

function packet(payload: Uint8Array, choices: Choices): Uint8Array {
  const padded = padPacket(payload, LAYOUT, zeros);
  const framed = concat(padded);
  // The frame itself is wrong now and then: its length, or its padding.
  if (choices.once(200))
    writeUint32(framed, 0, choices.pick([0, 1, 5, 11, 13, framed.length, 2 ** 18 + 4, 2 ** 32 - 1]));
  if (choices.once(200)) framed[4] = choices.below(256);
  return framed;
}

export const stack: Target = {
  name: "stack",
  share: 12,
  async begin(choices) {
    const [ours, theirs] = memoryPair();
    const clock = manualClock();
    const transport: Transport = new Transport({ stream: ours, random: zeros, clock, rekey: DEFAULT_REKEY });
    const extensions = new ExtensionInfo();
    const mux = new Multiplexer(transport, clock);
    let open = false;
    const started = transport.start(
      nothingAgreed(() => transport),
      {
        identified: () => {},
        extensionInfo: (payload, first) => extensions.receive(payload, first),
        login(payload) {
          extensions.loginMessage(payload[0] ?? 0);
          if (payload[0] !== MSG.USERAUTH_SUCCESS || open) return;
          open = true;
          transport.authenticated();
          execute(mux, "true").catch(() => {});
        },
        connection: (payload) => mux.receive(payload),
        pong: () => {},
        unimplemented: () => {},
        heard: () => {},
        debug: () => {},
      },
    );
    started.catch(() => {});
    // Whatever the client says is read and forgotten.
    void (async () => {
      while (await theirs.read()) {}
    })();
    const feed = (bytes: Uint8Array) => theirs.write(bytes).catch(() => {});
    void feed(concat(OUR_IDENTIFICATION, Uint8Array.of(13, 10)));
    const honest = [payloads.kexInit(), payloads.kexReply, NEWKEYS, payloads.success, payloads.confirmation(0)];
    for (const payload of honest.slice(0, choices.below(honest.length + 1)))
      void feed(concat(padPacket(payload, LAYOUT, zeros)));
    await settle();
    return {
      next: (dice) => mutate(generate(dice, dice.pick([TRANSPORT, EXCHANGE, LOGIN, CONNECTION, CONNECTION])), dice),
      async feed(payload) {
        void feed(packet(payload, choices));
        for (let turns = 0; turns < 3; turns++) await settle();
        if (choices.once(30)) transport.rekey();
        const cause: unknown = transport.signal.reason;
        if (transport.signal.aborted && !isNamed(cause)) throw cause;
        return !transport.signal.aborted;
      },
      async end() {
        theirs.close();
        void transport.disconnect();
        clock.advance(2000);
        await transport.closed;
        await settle();
        const cause: unknown = transport.signal.reason;
        if (!isNamed(cause)) throw cause;
        if (clock.pending !== 0) throw new Error(`${clock.pending} timers outlive their connection`);
        if (mux.channelCount !== 0) throw new Error("channels outlive their connection");
      },
    };
  },
};
