// What stands in for a cipher until the first NEWKEYS (RFC 4253 6): no encryption, no MAC. It is not in the table of
// suites, so it can never be negotiated.

import { readUint32 } from "../bytes/bytes.ts";
import type { Layout, OpeningCipher, SealingCipher } from "./cipher.ts";

const layout: Layout = { head: 4, block: 8, lengthAligned: true, tag: 0 };

export function plainSealing(): SealingCipher {
  return { layout, seal: (_sequence, packet) => [packet.slice()] };
}

export function plainOpening(): OpeningCipher {
  return {
    layout,
    length: (_sequence, head) => readUint32(head, 0),
    open: (_sequence, record) => record.slice(4),
  };
}
