// What the widget says, on its way to the page's listeners: nothing that is not in the contract gets through.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { WidgetMessage } from "./1.0.0/contract.d.ts";
import { begin, EVENTS, FakeWidget, open } from "./fake-page.ts";
import { NEWEST } from "./releases.ts";

const SCRIPT = readFileSync(join(import.meta.dirname, NEWEST, "embed.js"), "utf8");
/** `SHA256:` and 43 letters. */
const PIN = `SHA256:${"A".repeat(43)}`;

describe("what the widget says", () => {
  const GOOD: readonly WidgetMessage[] = [
    { type: "state", step: "exchanged", state: "begun" },
    { type: "needsAttention", what: "hostkey" },
    { type: "needsGrant", host: "db1.example", port: 22, user: "ada" },
    { type: "connected", hostKeyFingerprint: PIN },
    { type: "bell" },
    { type: "size", columns: 80, rows: 24 },
    { type: "exit", status: 0 },
    { type: "exit", status: 4294967295 },
    { type: "exit", signal: "TERM" },
    { type: "closed", code: "exited", sentence: "The session ended." },
    { type: "title", title: "vim" },
    { type: "problem", about: "font", sentence: "A size from 8 to 32." },
  ];

  it.each(GOOD)("is an event of its name: $type", (message) => {
    const { widget, events, terminal } = open(SCRIPT);
    const bubbles = vi.fn();
    terminal.addEventListener(message.type.toLowerCase(), ({ bubbles: up, composed }) => bubbles(up, composed));
    widget.say({ ...message, extra: "dropped" });
    const { type, ...detail } = message;
    expect(events.slice(1)).toEqual([[type.toLowerCase(), detail]]);
    expect(bubbles).toHaveBeenCalledExactlyOnceWith(true, true);
  });

  it.each([
    undefined,
    null,
    "bell",
    7,
    [],
    {},
    { type: "output", data: "x" },
    { type: "constructor" },
    { type: "__proto__" },
    { type: ["bell"], x: 1, y: { type: "bell" } },
    { type: "state", step: "shell", state: "perhaps" },
    { type: "state", step: "elsewhere", state: "done" },
    { type: "needsAttention", what: "everything" },
    { type: "needsGrant", host: "db1.example", port: 0, user: "ada" },
    { type: "needsGrant", host: "x".repeat(254), port: 22, user: "ada" },
    { type: "connected" },
    { type: "connected", hostKeyFingerprint: "x".repeat(65) },
    { type: "size", columns: 80.5, rows: 24 },
    { type: "size", columns: "80", rows: 24 },
    { type: "exit" },
    { type: "exit", status: -1 },
    { type: "exit", signal: 9 },
    { type: "closed", code: "x", sentence: "x".repeat(1001) },
    { type: "title", title: { toString: "x" } },
    { type: "problem", about: "hello", sentence: "x" },
    { type: "ready", version: 1, storage: "shared" },
    { type: "unsupported", versions: [] },
  ])("is dropped if it is not in the contract: %j", (message) => {
    const { widget, events } = open(SCRIPT);
    widget.say(message);
    expect(events.map(([name]) => name)).toEqual(["ready"]);
  });

  it("before it is ready is nothing, and ready for another version neither", () => {
    const { frame, events } = begin(SCRIPT);
    const widget = new FakeWidget(frame);
    widget.say({ type: "bell" });
    widget.say({ type: "ready", version: 2, storage: "shared" });
    expect(events).toEqual([]);
  });

  it("never throws here, whatever it is, and never becomes an event that is not in the contract", () => {
    const { widget, events } = open(SCRIPT);
    const type = fc.oneof(fc.constantFrom(...GOOD.map((message) => message.type)), fc.string());
    const anything = fc.oneof(
      fc.anything(),
      fc.record({ type, step: fc.anything(), status: fc.anything(), about: fc.anything() }, { requiredKeys: [] }),
    );
    fc.assert(
      fc.property(anything, (message) => {
        widget.port.other?.onmessage?.({ data: message });
        return events.every(([name]) => EVENTS.includes(name));
      }),
    );
  });
});
