// Target "decoders": everything that reads bytes of a server's, by itself. By far the cheapest, so most packets go here.

import { cleanLine, cleanUtf8 } from "../../client/bytes/text.ts";
import { IdentificationReader } from "../../client/framing/identification.ts";
import { Debug, Disconnect, Ignore, Ping, Pong, Unimplemented } from "../../client/framing/transport-messages.ts";
import { ExtensionInfo } from "../../client/kex/ext-info.ts";
import { negotiate } from "../../client/kex/negotiate.ts";
import { KexInit, preferencesFor } from "../../client/kex/proposal.ts";
import { parsePublicKey } from "../../client/keys/public-key.ts";
import {
  Banner,
  Failure,
  InfoRequest,
  KeyAccepted,
  PasswordChangeRequired,
  readPrompts,
  ServiceAccept,
} from "../../client/login/auth-messages.ts";
import * as connection from "../../client/mux/connection-messages.ts";
import { readExit } from "../../client/mux/exit-report.ts";
import { CONNECTION, EXCHANGE, generate, LOGIN, TRANSPORT } from "./grammar.ts";
import { mutate } from "./mutate.ts";
import { isNamed, type Target } from "./target.ts";

type Decode = (payload: Uint8Array) => unknown;

const { ChannelRequest } = connection;
const legacy = preferencesFor(true);

/** By message number; more than one where the number has more than one meaning. */
const DECODERS: Readonly<Record<number, readonly Decode[]>> = {
  1: [Disconnect.decode],
  2: [Ignore.decode],
  3: [Unimplemented.decode],
  4: [(payload) => cleanLine(Debug.decode(payload).text, 1000)],
  6: [ServiceAccept.decode],
  7: [(payload) => new ExtensionInfo().receive(payload, true)],
  20: [(payload) => negotiate(legacy, KexInit.decode(payload))],
  31: [(payload) => parsePublicKey(payload.subarray(5))],
  33: [(payload) => parsePublicKey(payload.subarray(5))],
  51: [Failure.decode],
  53: [(payload) => cleanUtf8(Banner.decode(payload).text, 16 * 1024)],
  60: [
    KeyAccepted.decode,
    PasswordChangeRequired.decode,
    (payload) => {
      const { count, prompts } = InfoRequest.decode(payload);
      return readPrompts(count, prompts);
    },
  ],
  98: [
    (payload) => {
      const { name, data } = ChannelRequest.decode(payload);
      return readExit(name, data);
    },
  ],
  192: [Ping.decode],
  193: [Pong.decode],
  ...Object.fromEntries(
    Object.values(connection)
      .filter((message) => typeof message === "object" && message.number !== ChannelRequest.number)
      .map((message) => [(message as { number: number }).number, [(message as { decode: Decode }).decode]]),
  ),
};

const ALL = [...TRANSPORT, ...EXCHANGE, ...LOGIN, ...CONNECTION];
/** What is as good as noise to a decoder may still be a version line. */
const LINES: readonly Decode[] = [(payload) => new IdentificationReader().push(payload)];

export const decoders: Target = {
  name: "decoders",
  share: 35,
  begin: () => ({
    next: (choices) => mutate(generate(choices, ALL), choices),
    feed(payload) {
      for (const decode of DECODERS[payload[0] ?? 0] ?? LINES) {
        try {
          decode(payload);
        } catch (error) {
          // Nothing dies here but the message.
          if (!isNamed(error)) throw error;
        }
      }
      return true;
    },
  }),
};
