import { expect, it } from "vitest";
import { asciiHost } from "./host-name.ts";

it.each([
  ["DB1.Example.", "db1.example"],
  ["bücher.example", "xn--bcher-kva.example"],
  ["2001:db8::1", "2001:db8::1"],
  ["2001:db8:0::1", "2001:db8::1"],
  ["2001:0DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["[2001:db8::0001]", "2001:db8::1"],
  ["::ffff:192.0.2.1", "::ffff:c000:201"],
  ["192.0.2.1", "192.0.2.1"],
  ["127.1", "127.0.0.1"],
  ["0x7f.1", "127.0.0.1"],
  ["2130706433", "127.0.0.1"],
  ["192.0.2.010", "192.0.2.8"],
  ["10.0.0.1.", "10.0.0.1"],
  ["db1", "db1"],
  ["1db", "1db"],
  ["10.0.0.1.nip.example", "10.0.0.1.nip.example"],
  ["sixty_four", "sixty_four"],
])("%s has the one spelling %s", (typed, host) => expect(asciiHost(typed)).toBe(host));

it.each(["256.1.1.1", "1.2.3.4.5", "db.1", "db.0x", "2001:db8::1::2", "fe80::1%eth0", "a b", ""])(
  "%j is no host",
  (typed) => expect(asciiHost(typed)).toBeUndefined(),
);
