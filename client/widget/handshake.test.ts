import { describe, expect, it } from "vitest";
import type { Embedder } from "../../shared/page-config.ts";
import { firstGreeting, type Greeting, greetingIn, type Posted, receive } from "./handshake.ts";

const parent = { name: "the page around" };
const port = new MessageChannel().port1;
const hello: Posted = { source: parent, origin: "https://learn.example", data: { periwinkle: [1] }, ports: [port] };

describe("the greeting in a window message", () => {
  const rows: readonly [what: string, changed: Partial<Posted>, taken: boolean][] = [
    ["as it should be", {}, true],
    ["of newer versions, too", { data: { periwinkle: [1, 2] } }, true],
    ["with fields that nobody knows", { data: { periwinkle: [1], more: true } }, true],
    ["from a sibling frame", { source: { name: "a sibling" } }, false],
    ["from nowhere", { source: null }, false],
    ["without a port", { ports: [] }, false],
    ["with two ports", { ports: [port, port] }, false],
    ["that is a text", { data: "periwinkle" }, false],
    ["that is nothing", { data: null }, false],
    ["without versions", { data: { periwinkle: [] } }, false],
    ["with a version that is no number", { data: { periwinkle: ["1"] } }, false],
    ["with half a version", { data: { periwinkle: [1.5] } }, false],
    ["with a version by itself", { data: { periwinkle: 1 } }, false],
    ["with too many versions", { data: { periwinkle: Array(17).fill(1) } }, false],
  ];
  it.each(rows)("%s", (_, changed, taken) => {
    expect(greetingIn({ ...hello, ...changed }, parent) !== undefined).toBe(taken);
  });
});

const entry = (origin: string): Embedder => ({
  origin,
  open: [],
  autoConnect: [],
  keepTrust: false,
  tellTitle: false,
});

describe("who is received", () => {
  const own = "https://relay.example";
  const rows: readonly [origin: string, listed: readonly string[], versions: readonly number[], kind: string][] = [
    ["https://learn.example", ["https://learn.example"], [1], "welcome"],
    ["https://learn.example", ["https://other.example", "https://learn.example"], [7, 1], "welcome"],
    ["https://learn.example", [], [1], "unlisted"],
    ["https://learn.example", ["https://example"], [1], "unlisted"],
    ["https://learn.example", ["http://learn.example"], [1], "unlisted"],
    ["https://learn.example", ["https://learn.example:8443"], [1], "unlisted"],
    ["https://evil-learn.example", ["https://learn.example"], [1], "unlisted"],
    ["https://learn.example", ["self"], [1], "unlisted"],
    [own, ["self"], [1], "welcome"],
    ["self", ["self"], [1], "unlisted"],
    ["null", ["null"], [1], "unlisted"],
    ["https://learn.example", ["https://learn.example"], [2], "unsupported"],
    ["https://evil.example", ["https://learn.example"], [2], "unlisted"],
  ];
  it.each(rows)("%s, where %j are listed, with versions %j: %s", (origin, listed, versions, kind) => {
    expect(receive({ origin, versions, port }, listed.map(entry), own).kind).toBe(kind);
  });
});

it("listens until the first greeting of the parent, and to nothing after it", async () => {
  const target = new EventTarget();
  const post = (posted: Posted): boolean => target.dispatchEvent(Object.assign(new Event("message"), posted));
  const greetings: Greeting[] = [];
  const first = firstGreeting(target, parent).then((greeting) => greetings.push(greeting));
  let looked = 0;
  const watched = {
    get periwinkle() {
      looked++;
      return [1];
    },
  };
  post({ ...hello, source: {} });
  post({ ...hello, data: { hello: true } });
  post({ ...hello, origin: "https://first.example" });
  post({ ...hello, origin: "https://second.example", data: watched });
  await first;
  expect(greetings.map(({ origin }) => origin)).toEqual(["https://first.example"]);
  expect(looked).toBe(0);
});
