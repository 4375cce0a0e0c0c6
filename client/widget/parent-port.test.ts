import { describe, expect, it, vi } from "vitest";
import { ParentPort } from "./parent-port.ts";

function setUp() {
  let now = 0;
  const port = { postMessage: vi.fn(), onmessage: null as MessagePort["onmessage"] };
  const follow = vi.fn();
  const parent = new ParentPort(port, { now: () => now });
  parent.listen(follow);
  return {
    port,
    follow,
    parent,
    say: (data: unknown) => port.onmessage?.call(new MessageChannel().port1, { data } as MessageEvent),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe("the port to the page around", () => {
  it("hands on what is understood, answers what cannot be followed, and says nothing to the rest", () => {
    const { port, follow, say } = setUp();
    say({ type: "focus" });
    say({ type: "font", size: 1000 });
    say({ type: "later" });
    expect(follow.mock.calls).toEqual([[{ type: "focus" }]]);
    expect(port.postMessage.mock.calls).toEqual([[expect.objectContaining({ type: "problem", about: "font" })]]);
  });

  it("follows no more than it can keep up with, and complains no more than that", () => {
    const { port, follow, say, pass } = setUp();
    for (let i = 0; i < 1000; i++) say({ type: "focus" });
    expect(follow).toHaveBeenCalledTimes(5);
    expect(port.postMessage).toHaveBeenCalledTimes(20);
    say({ type: "theme" });
    expect(follow).toHaveBeenCalledTimes(6);
    pass(1000);
    say({ type: "focus" });
    say({ type: "focus" });
    expect(follow).toHaveBeenCalledTimes(7);
  });
});
