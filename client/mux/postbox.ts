// Sending what nobody waits for: replies, window adjustments, EOF, CLOSE. A peer that asks and asks without reading our
// answers would make them pile up in the link, so their number is bounded.

import { protocolError } from "../bytes/errors.ts";
import type { Link } from "./link.ts";

/** No honest server has a thousandth of this open; about 10 MB of answers that it does not read. */
const UNSENT_LIMIT = 16_384;

export class Postbox {
  readonly #link: Link;
  #unsent = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  /** Never throws and never rejects: the death of the connection is told by the link's signal. */
  post(payload: Uint8Array): void {
    if (this.#link.signal.aborted) return;
    if (this.#unsent >= UNSENT_LIMIT) {
      this.#link.fail(protocolError("requests without end whose answers it does not read"));
      return;
    }
    this.#unsent++;
    const sent = () => {
      this.#unsent--;
    };
    this.#link.send(payload).then(sent, sent);
  }
}
