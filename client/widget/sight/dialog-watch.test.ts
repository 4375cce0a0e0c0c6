// The browser around one dialog is played: what its observer says, who has the focus, and what is pressed.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DialogWatch } from "./dialog-watch.ts";
import { FramePointer } from "./frame-pointer.ts";
import { STILL_FOR } from "./pointer.ts";
import { SEEN_FOR } from "./visibility.ts";

class FakeKey extends Event {
  readonly repeat: boolean;
  constructor(type: string, repeat: boolean) {
    super(type);
    this.repeat = repeat;
  }
}

const box = { width: 400, height: 300 };
const entry = (isVisible: boolean) => ({ isVisible, boundingClientRect: box, intersectionRect: box });

function setUp() {
  const page = Object.assign(new EventTarget(), {
    focused: true,
    hidden: false,
    documentElement: new EventTarget(),
    hasFocus: () => page.focused,
  });
  const frame = new EventTarget();
  let tell: (entries: readonly unknown[]) => void = () => {};
  const waiting: unknown[] = [];
  vi.stubGlobal("document", page);
  vi.stubGlobal("innerWidth", 640);
  vi.stubGlobal("innerHeight", 400);
  vi.stubGlobal("addEventListener", frame.addEventListener.bind(frame));
  vi.stubGlobal("getComputedStyle", () => ({ getPropertyValue: () => "" }));
  vi.stubGlobal("KeyboardEvent", FakeKey);
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(heard: typeof tell) {
        tell = heard;
      }
      observe() {}
      disconnect() {}
      takeRecords = () => waiting.splice(0);
    },
  );
  const followed = new FramePointer();
  const dialog = {
    children: [],
    parentElement: null,
    scrollWidth: 400,
    scrollHeight: 300,
    clientWidth: 400,
    clientHeight: 300,
  };
  const watch = new DialogWatch(dialog as unknown as HTMLElement, followed);
  /** As the browser gives it: trusted, and heard by the window first. */
  const trusted = <E extends Event>(event: E, more: object = {}): E => {
    Object.defineProperty(event, "isTrusted", { value: true });
    return Object.assign(event, more);
  };
  const pointer = (type: string, { x = 300, y = 200, frameY = 100 } = {}): Event => {
    const event = trusted(new Event(type), {
      screenX: x,
      screenY: y,
      clientX: x,
      clientY: y - frameY,
      pointerType: "mouse",
    });
    frame.dispatchEvent(event);
    return event;
  };
  const seen = (): void => {
    tell([entry(true)]);
    vi.advanceTimersByTime(SEEN_FOR);
  };
  const rest = (): void => {
    pointer("pointermove");
    vi.advanceTimersByTime(STILL_FOR);
  };
  return {
    watch,
    followed,
    page,
    frame,
    pointer,
    seen,
    rest,
    trusted,
    waiting,
    tell: (visible: boolean) => tell([entry(visible)]),
  };
}

const click = () => new Event("click");
const enter = (repeat = false) => new FakeKey("keydown", repeat);

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a dialog that is watched", () => {
  it("is clear a second after it came into plain sight, and not before", () => {
    const { watch, tell } = setUp();
    expect(watch.unseen.value).toBe("unknown");
    tell(true);
    expect(watch.unseen.value).toBe("settling");
    vi.advanceTimersByTime(SEEN_FOR - 1);
    expect(watch.unseen.value).toBe("settling");
    vi.advanceTimersByTime(1);
    expect(watch.unseen.value).toBeUndefined();
  });

  it.each<[string, (scene: ReturnType<typeof setUp>) => void]>([
    ["something lay over it", ({ tell }) => [tell(false), tell(true)]],
    ["the frame was resized", ({ frame }) => frame.dispatchEvent(new Event("resize"))],
    ["the focus came back", ({ frame }) => frame.dispatchEvent(new Event("focus"))],
    ["the tab came back", ({ page }) => page.dispatchEvent(new Event("visibilitychange"))],
    [
      "the frame moved under the pointer",
      ({ pointer }) => [pointer("pointermove"), pointer("pointermove", { frameY: 40 })],
    ],
  ])("waits a second anew after %s", (_, happens) => {
    const scene = setUp();
    scene.seen();
    happens(scene);
    expect(scene.watch.unseen.value).toBe("settling");
    vi.advanceTimersByTime(SEEN_FOR);
    expect(scene.watch.unseen.value).toBeUndefined();
  });

  it("is out of sight while the focus is elsewhere", () => {
    const { watch, page, frame, seen } = setUp();
    seen();
    page.focused = false;
    frame.dispatchEvent(new Event("blur"));
    expect(watch.unseen.value).toBe("unfocused");
    vi.advanceTimersByTime(60_000);
    expect(watch.permits(click())).toBe(false);
  });

  it("takes a click of a pointer that has rested in a frame that stood still", () => {
    const { watch, pointer, seen, rest, trusted } = setUp();
    rest();
    seen();
    expect(watch.permits(pointer("pointerdown"))).toBe(true);
    expect(watch.permits(trusted(click()))).toBe(true);
    expect(watch.permits(trusted(new Event("submit")))).toBe(true);
  });

  it("takes no event that a script made", () => {
    const { watch, seen } = setUp();
    seen();
    for (const event of [click(), enter(), new Event("submit")]) expect(watch.permits(event)).toBe(false);
  });

  it("looks once more at the press: the browser may know what it has not said yet", () => {
    const { watch, seen, trusted, waiting } = setUp();
    seen();
    waiting.push(entry(false));
    expect(watch.permits(trusted(click()))).toBe(false);
    expect(watch.unseen.value).toBe("covered");
  });

  it("takes no press that began before it was clear", () => {
    const { watch, tell, pointer, rest, trusted } = setUp();
    rest();
    tell(true);
    expect(watch.permits(pointer("pointerdown"))).toBe(false);
    vi.advanceTimersByTime(SEEN_FOR);
    expect(watch.permits(trusted(click()))).toBe(false);
    expect(watch.permits(pointer("pointerdown"))).toBe(true);
    expect(watch.permits(trusted(click()))).toBe(true);
  });

  it.each([
    ["has just come", () => {}],
    [
      "was in the frame when that stood elsewhere",
      ({ pointer }: ReturnType<typeof setUp>) => pointer("pointermove", { frameY: 40 }),
    ],
    [
      "has left meanwhile",
      ({ rest, page, trusted }: ReturnType<typeof setUp>) => {
        rest();
        page.documentElement.dispatchEvent(trusted(new Event("pointerleave"), { pointerType: "mouse" }));
      },
    ],
  ])("takes no click of a pointer that %s", (_, before) => {
    const scene = setUp();
    before(scene);
    scene.seen();
    expect(scene.watch.permits(scene.pointer("pointerdown"))).toBe(false);
    expect(scene.watch.permits(scene.trusted(click()))).toBe(false);
  });

  it("takes the second tap of a finger where the first one told where the frame is", () => {
    const { watch, page, pointer, seen, trusted } = setUp();
    seen();
    expect(watch.permits(pointer("pointerdown"))).toBe(false);
    page.documentElement.dispatchEvent(trusted(new Event("pointerleave"), { pointerType: "touch" }));
    expect(watch.permits(trusted(click()))).toBe(false);
    vi.advanceTimersByTime(STILL_FOR);
    expect(watch.permits(pointer("pointerdown"))).toBe(true);
    expect(watch.permits(trusted(click()))).toBe(true);
  });

  it("says while a pointer has to wait", () => {
    const { watch, pointer } = setUp();
    expect(watch.still.value).toBe(true);
    pointer("pointermove");
    expect(watch.still.value).toBe(false);
    vi.advanceTimersByTime(STILL_FOR);
    expect(watch.still.value).toBe(true);
  });

  it("takes a key, but none that is held down", () => {
    const { watch, seen, trusted } = setUp();
    seen();
    expect(watch.permits(trusted(enter(true)))).toBe(false);
    expect(watch.permits(trusted(click()))).toBe(false);
    expect(watch.permits(trusted(enter()))).toBe(true);
    expect(watch.permits(trusted(click()))).toBe(true);
  });

  it("takes the click of assistive software, which neither key nor pointer began", () => {
    const { watch, seen, trusted } = setUp();
    seen();
    expect(watch.permits(trusted(click()))).toBe(true);
  });

  it("stops", () => {
    const { watch, followed, frame, seen } = setUp();
    seen();
    watch.stop();
    followed.stop();
    frame.dispatchEvent(new Event("resize"));
    expect(watch.unseen.value).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});
