import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Elsewhere, type Opener } from "./elsewhere.ts";
import { askForPort, GONE, HANDED_OVER, newNonce, nonceIn, WANTED } from "./handover.ts";

const ORIGIN = "https://relay.example";
const PAGE = `${ORIGIN}/trust.html`;
const LINK = "ssh://alice@db1:22";

/** A window that can be heard and spoken to. */
class FakeWindow {
  readonly listeners = new Set<(event: MessageEvent) => void>();
  readonly postMessage = vi.fn();
  readonly focus = vi.fn();
  closed = false;

  addEventListener(_: "message", heard: (event: MessageEvent) => void): void {
    this.listeners.add(heard);
  }

  removeEventListener(_: "message", heard: (event: MessageEvent) => void): void {
    this.listeners.delete(heard);
  }

  hear(source: unknown, data: unknown, { origin = ORIGIN, ports = [] as MessagePort[] } = {}): void {
    for (const heard of [...this.listeners]) heard({ source, origin, data, ports } as unknown as MessageEvent);
  }
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("a nonce", () => {
  it("is 128 bits, and another one each time", () => {
    expect(newNonce()).toMatch(/^[0-9a-f]{32}$/);
    expect(newNonce()).not.toBe(newNonce());
  });

  it.each([
    ["", undefined],
    ["#", undefined],
    ["#ssh://alice@db1:22", undefined],
    [`#${"a".repeat(31)}`, undefined],
    [`#${"a".repeat(33)}`, undefined],
    [`#${"A".repeat(32)}`, undefined],
    [`#ssh://db1&${"a".repeat(32)}`, undefined],
    [`#${"a".repeat(32)}`, "a".repeat(32)],
    [`#${"0f".repeat(16)}&ssh://alice@db1:22`, "0f".repeat(16)],
  ])("in the address %s", (hash, nonce) => {
    expect(nonceIn(hash)).toBe(nonce);
  });
});

describe("the frame's side", () => {
  function setUp(opened: FakeWindow | null = new FakeWindow()) {
    const frame = new FakeWindow();
    const open = vi.fn<Opener["open"]>(() => opened as unknown as Window | null);
    const self: Opener = {
      open,
      addEventListener: (type, heard) => frame.addEventListener(type, heard),
      removeEventListener: (type, heard) => frame.removeEventListener(type, heard),
      setInterval: (work, ms) => Number(setInterval(work, ms)),
      clearInterval: (timer) => clearInterval(timer),
    };
    const port = new MessageChannel().port1;
    const share = vi.fn(() => port);
    const elsewhere = new Elsewhere(self, ORIGIN);
    const started = elsewhere.open(PAGE, LINK, share);
    const [address = ""] = open.mock.lastCall ?? [];
    return {
      frame,
      opened,
      elsewhere,
      started,
      share,
      port,
      open,
      address,
      nonce: nonceIn(new URL(address).hash) ?? "",
    };
  }

  it("opens the window with a nonce and the link it falls back to", () => {
    const { started, address, nonce, elsewhere, opened } = setUp();
    expect(started).toBe(true);
    expect(address).toBe(`${PAGE}#${nonce}&${LINK}`);
    expect(elsewhere.isOpen.value).toBe(true);
    elsewhere.show();
    expect(opened?.focus).toHaveBeenCalledOnce();
  });

  it("hands one port over, to the exact origin, and never a second one", () => {
    const { frame, opened, share, port, nonce } = setUp();
    expect(share).not.toHaveBeenCalled();
    for (const _ of [1, 2]) frame.hear(opened, { periwinkle: WANTED, nonce });
    expect(share).toHaveBeenCalledOnce();
    expect(opened?.postMessage).toHaveBeenCalledExactlyOnceWith({ periwinkle: HANDED_OVER, nonce }, ORIGIN, [port]);
  });

  it("gives nothing to anybody else", () => {
    const { frame, opened, share, nonce } = setUp();
    const wanted = { periwinkle: WANTED, nonce };
    frame.hear(new FakeWindow(), wanted);
    frame.hear(null, wanted);
    frame.hear(opened, wanted, { origin: "https://evil.example" });
    frame.hear(opened, wanted, { origin: "null" });
    for (const data of [
      { periwinkle: WANTED },
      { periwinkle: WANTED, nonce: newNonce() },
      { periwinkle: WANTED, nonce: [nonce] },
      { periwinkle: HANDED_OVER, nonce },
      { periwinkle: [1], nonce },
      nonce,
      null,
      undefined,
    ])
      frame.hear(opened, data);
    expect(share).not.toHaveBeenCalled();
    expect(opened?.postMessage).not.toHaveBeenCalled();
  });

  it("says that there is no window to speak to", () => {
    const { started, elsewhere, frame } = setUp(null);
    expect(started).toBe(false);
    expect(elsewhere.isOpen.value).toBe(false);
    expect(frame.listeners.size).toBe(0);
  });

  it("notices that the window was closed, and hears nothing from it any more", () => {
    const { elsewhere, opened, frame, share, nonce } = setUp();
    if (opened) opened.closed = true;
    vi.advanceTimersByTime(1000);
    expect(elsewhere.isOpen.value).toBe(false);
    frame.hear(opened, { periwinkle: WANTED, nonce });
    expect(share).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("hears that the window loads something else, from that window alone", () => {
    const { elsewhere, opened, frame, nonce } = setUp();
    frame.hear(opened, { periwinkle: GONE, nonce: newNonce() });
    frame.hear(new FakeWindow(), { periwinkle: GONE, nonce });
    expect(elsewhere.isOpen.value).toBe(true);
    frame.hear(opened, { periwinkle: GONE, nonce });
    expect(elsewhere.isOpen.value).toBe(false);
  });

  it("knows the nonce of the last window only", () => {
    const { elsewhere, frame, opened, share, open, nonce } = setUp();
    const second = new FakeWindow();
    open.mockReturnValue(second as unknown as Window);
    elsewhere.open(PAGE, LINK, share);
    frame.hear(opened, { periwinkle: WANTED, nonce });
    frame.hear(second, { periwinkle: WANTED, nonce });
    expect(share).not.toHaveBeenCalled();
  });
});

describe("the window's side", () => {
  const nonce = "0f".repeat(16);
  const answer = { periwinkle: HANDED_OVER, nonce };
  const ports = [new MessageChannel().port1];

  function ask() {
    const self = new FakeWindow();
    const opener = new FakeWindow();
    return { self, opener, port: askForPort(self, opener, ORIGIN, nonce) };
  }

  it("asks at the exact origin, and takes the port from its opener", async () => {
    const { self, opener, port } = ask();
    expect(opener.postMessage).toHaveBeenCalledExactlyOnceWith({ periwinkle: WANTED, nonce }, ORIGIN);
    self.hear(opener, answer, { ports });
    await expect(port).resolves.toBe(ports[0]);
    expect(self.listeners.size).toBe(0);
  });

  it("takes none from anybody else, and none that does not know the nonce", async () => {
    const { self, opener, port } = ask();
    self.hear(new FakeWindow(), answer, { ports });
    self.hear(opener, answer, { ports, origin: "https://evil.example" });
    self.hear(opener, { periwinkle: HANDED_OVER, nonce: newNonce() }, { ports });
    self.hear(opener, { periwinkle: WANTED, nonce }, { ports });
    self.hear(opener, answer, { ports: [] });
    self.hear(opener, answer, { ports: [...ports, new MessageChannel().port1] });
    vi.advanceTimersByTime(60_000);
    await expect(port).resolves.toBeUndefined();
  });

  it("takes the first port and no second one", async () => {
    const { self, opener, port } = ask();
    self.hear(opener, answer, { ports });
    self.hear(opener, answer, { ports: [new MessageChannel().port1] });
    await expect(port).resolves.toBe(ports[0]);
  });
});
