import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { begin, FakePage, FakeWidget, insert, open, remove, styleOf } from "./fake-page.ts";
import { NEWEST } from "./releases.ts";

const SCRIPT = readFileSync(join(import.meta.dirname, NEWEST, "embed.js"), "utf8");

/** `SHA256:` and 43 letters. */
const PIN = `SHA256:${"A".repeat(43)}`;

const settled = (): Promise<void> => Promise.resolve();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the frame", () => {
  it("is the widget's page, with exactly the rights that the widget needs", () => {
    const { frame, terminal } = begin(SCRIPT, { host: "db1.example", relay: "https://other.example/ssh/" });
    expect(frame.src).toBe("https://other.example/ssh/widget.html");
    expect(frame.getAttribute("sandbox")).toBe(
      "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads allow-modals",
    );
    expect(frame.getAttribute("allow")).toBe(
      "clipboard-read; clipboard-write; publickey-credentials-get; storage-access; loopback-network",
    );
    expect(frame.getAttribute("referrerpolicy")).toBe("no-referrer");
    expect(styleOf(terminal)).toContain("display: block");
  });

  it.each([
    ["https://relay.example/embed.js", "https://relay.example/widget.html"],
    ["https://relay.example/embed/1.0.0/embed.js", "https://relay.example/widget.html"],
    ["https://example.org/ssh/embed/12.3.45/embed.js?x", "https://example.org/ssh/widget.html"],
    ["https://example.org/embed/embed.js", "https://example.org/embed/widget.html"],
    ["http://127.0.0.1:8022/embed.js", "http://127.0.0.1:8022/widget.html"],
  ])("of the script at %s is %s", (script, widget) => {
    const page = new FakePage(SCRIPT);
    page.load(script);
    expect(insert(page.create()).src).toBe(widget);
  });

  it("has a title: the element's own, or the host", () => {
    const { terminal, frame } = begin(SCRIPT, { host: "db1.example" });
    expect(frame.title).toBe("Terminal: db1.example");
    terminal.host = "db2.example";
    expect(frame.title).toBe("Terminal: db2.example");
    terminal.setAttribute("title", "Lesson 3");
    expect(frame.title).toBe("Lesson 3");
    expect(begin(SCRIPT, {}).frame.title).toBe("Terminal");
  });

  it("is loaded late where that is wished", () => {
    expect(begin(SCRIPT, { loading: "lazy" }).frame.loading).toBe("lazy");
    expect(begin(SCRIPT, { loading: "nonsense" }).frame.loading).toBe("eager");
  });

  it("is made once, however often the element is moved", () => {
    const { terminal, frame } = begin(SCRIPT);
    remove(terminal);
    expect(insert(terminal)).toBe(frame);
  });
});

describe("the script", () => {
  it("loaded twice leaves the first one's element alone", () => {
    const page = new FakePage(SCRIPT);
    const first = page.load("https://relay.example/embed.js");
    expect(page.load("https://elsewhere.example/embed.js")).toBe(first);
    expect(insert(page.create()).src).toBe("https://relay.example/widget.html");
  });

  it("takes what was set on the element before it came", () => {
    const page = new FakePage(SCRIPT);
    page.load();
    const terminal = page.create();
    const grant = () => "a.b.c";
    const early = { host: "early.example", fontSize: 15, grant };
    for (const [name, value] of Object.entries(early))
      Object.defineProperty(terminal, name, { value, configurable: true, writable: true });
    const widget = new FakeWidget(insert(terminal)).ready();
    expect(terminal.getAttribute("host")).toBe("early.example");
    expect(terminal.grant).toBe(grant);
    expect(widget.heard).toContainEqual({ type: "font", size: 15 });
  });

  it("has each attribute as a property", () => {
    const { terminal } = begin(SCRIPT, {});
    terminal.port = 2222;
    terminal.pins = [PIN, PIN];
    terminal.fontFamily = "Menlo";
    expect(terminal.getAttribute("port")).toBe("2222");
    expect(terminal.getAttribute("pins")).toBe(`${PIN} ${PIN}`);
    expect(terminal.getAttribute("font-family")).toBe("Menlo");
    terminal.port = null;
    expect(terminal.getAttribute("port")).toBeNull();
    expect(terminal.port).toBe("");
  });
});

describe("the greeting", () => {
  it("goes to the widget's exact origin, with the versions and a port", () => {
    const { frame } = begin(SCRIPT, { relay: "https://relay.example:8443/deep/" });
    const { hello } = new FakeWidget(frame);
    expect(hello.origin).toBe("https://relay.example:8443");
    expect(hello.message).toEqual({ periwinkle: [1] });
  });

  it("comes with every load, and what an earlier widget says then is not heard", () => {
    const { frame, events, widget } = open(SCRIPT);
    const second = new FakeWidget(frame);
    expect(second.port).not.toBe(widget.port);
    widget.say({ type: "bell" });
    // What was under way when the port was closed.
    widget.port.other?.onmessage?.({ data: { type: "ready", version: 1, storage: "denied" } });
    expect(events.map(([name]) => name)).toEqual(["ready"]);
    second.ready();
    expect(second.heard).toContainEqual({ type: "connect", host: "db1.example", pins: [] });
  });

  it("without an answer is a problem that names what to look at", () => {
    const { frame, events } = begin(SCRIPT);
    new FakeWidget(frame);
    vi.advanceTimersByTime(14_999);
    expect(events).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(events).toEqual([
      ["problem", { about: "hello", sentence: expect.stringContaining("https://learn.example") }],
    ]);
  });

  it("that was answered is none, and neither is one of an element that is gone", () => {
    const { events } = open(SCRIPT);
    const { terminal, frame, events: others } = begin(SCRIPT);
    new FakeWidget(frame);
    remove(terminal);
    vi.advanceTimersByTime(60_000);
    expect(events.map(([name]) => name)).toEqual(["ready"]);
    expect(others).toEqual([]);
  });

  it("of a version that the widget does not speak is a problem", () => {
    const { frame, events } = begin(SCRIPT);
    new FakeWidget(frame).say({ type: "unsupported", versions: [7] });
    vi.advanceTimersByTime(60_000);
    expect(events).toEqual([["problem", { about: "hello", sentence: expect.stringContaining("versions") }]]);
  });
});

describe("what the page says", () => {
  it("begins with theme, font and the suggestion, as the attributes have it", () => {
    const { widget } = open(SCRIPT, {
      host: "db1.example",
      port: "2222",
      user: "ada",
      pins: `  ${PIN}\n ${PIN}`,
      theme: "dark",
      "font-size": "15",
      "font-family": "Menlo, monospace",
    });
    expect(widget.heard).toEqual([
      { type: "theme", scheme: "dark", colors: {} },
      { type: "font", family: "Menlo, monospace", size: 15 },
      { type: "connect", host: "db1.example", port: 2222, user: "ada", pins: [PIN, PIN] },
    ]);
  });

  it("waits for the widget, in its order, and no more than 32 of it", () => {
    const { terminal, frame, events } = begin(SCRIPT, {});
    terminal.disconnect();
    for (let i = 0; i < 40; i++) terminal.sendText(String(i));
    const widget = new FakeWidget(frame);
    expect(widget.heard).toEqual([]);
    widget.ready();
    const said = widget.heard.slice(2);
    expect(said).toHaveLength(32);
    expect(said[0]).toEqual({ type: "disconnect" });
    expect(said.at(-1)).toEqual({ type: "sendText", text: "30" });
    expect(events.filter(([name]) => name === "problem")).toHaveLength(9);
  });

  it("is one suggestion, however many attributes change at once", async () => {
    const { terminal, widget } = open(SCRIPT);
    widget.heard.length = 0;
    terminal.host = "db2.example";
    terminal.user = "ada";
    terminal.setAttribute("port", "2200");
    await settled();
    expect(widget.heard).toEqual([{ type: "connect", host: "db2.example", port: 2200, user: "ada", pins: [] }]);
  });

  it("is what connect() was given, and nothing of what was there before", async () => {
    const { terminal, widget } = open(SCRIPT, { host: "db1.example", user: "ada", pins: PIN });
    widget.heard.length = 0;
    terminal.connect({ host: "db2.example", port: 2222, grant: "a.b.c" });
    await settled();
    expect(widget.heard).toEqual([{ type: "connect", host: "db2.example", port: 2222, pins: [], grant: "a.b.c" }]);
    expect(terminal.getAttribute("user")).toBeNull();
    terminal.connect();
    await settled();
    expect(widget.heard).toHaveLength(2);
  });

  it("is no suggestion without a host", async () => {
    const { terminal, widget } = open(SCRIPT, { user: "ada" });
    terminal.port = 22;
    await settled();
    expect(widget.heard.filter(({ type }) => type === "connect")).toEqual([]);
  });

  it("is colours and scheme, font and size, the focus, a text", async () => {
    const { terminal, widget, frame } = open(SCRIPT);
    widget.heard.length = 0;
    terminal.setTheme({ scheme: "light", colors: { background: "#fff" } });
    terminal.setFont({ size: 16 });
    terminal.focus();
    terminal.sendText("ls\n");
    terminal.disconnect();
    await settled();
    expect(widget.heard).toEqual([
      { type: "focus" },
      { type: "sendText", text: "ls\n" },
      { type: "disconnect" },
      { type: "theme", scheme: "light", colors: { background: "#fff" } },
      { type: "font", size: 16 },
    ]);
    expect(frame).toMatchObject({ focused: 1 });
  });
});

describe("a grant", () => {
  const wanted = { type: "needsGrant", host: "db1.example", port: 22, user: "ada" };

  it("that is a text goes with the suggestion", () => {
    const { terminal, frame } = begin(SCRIPT);
    terminal.grant = "a.b.c";
    const widget = new FakeWidget(frame).ready();
    expect(widget.heard).toContainEqual({ type: "connect", host: "db1.example", pins: [], grant: "a.b.c" });
  });

  it("that is a function is asked when the person connects, and not before", async () => {
    const { terminal, widget, events } = open(SCRIPT);
    const grant = vi.fn(async () => "a.b.c");
    terminal.grant = grant;
    expect(grant).not.toHaveBeenCalled();
    widget.say(wanted);
    await settled();
    expect(grant).toHaveBeenCalledExactlyOnceWith({ host: "db1.example", port: 22, user: "ada" });
    await settled();
    expect(widget.heard.at(-1)).toEqual({ type: "grant", grant: "a.b.c" });
    expect(events.at(-1)).toEqual(["needsgrant", { host: "db1.example", port: 22, user: "ada" }]);
  });

  it("that the page sets while one is wanted is sent, once", () => {
    const { terminal, widget } = open(SCRIPT);
    terminal.addEventListener("needsgrant", () => {
      terminal.grant = "a.b.c";
    });
    widget.say(wanted);
    terminal.grant = "d.e.f";
    expect(widget.heard.filter(({ type }) => type === "grant")).toEqual([{ type: "grant", grant: "a.b.c" }]);
  });

  it("that comes late answers no later question, and no other widget", async () => {
    const { terminal, widget, frame } = open(SCRIPT);
    const answers: ((grant: string) => void)[] = [];
    terminal.grant = () => new Promise((resolve) => answers.push(resolve));
    widget.say(wanted);
    widget.say(wanted);
    answers[0]?.("late");
    await settled();
    await settled();
    expect(widget.heard.filter(({ type }) => type === "grant")).toEqual([]);
    const second = new FakeWidget(frame).ready();
    answers[1]?.("of the first widget");
    await settled();
    await settled();
    expect(second.heard.filter(({ type }) => type === "grant")).toEqual([]);
  });

  it("whose function fails is a problem, without the error's words", async () => {
    const { terminal, widget, events } = open(SCRIPT);
    const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
    terminal.grant = () => Promise.reject(new Error("secret backend address"));
    widget.say(wanted);
    await settled();
    await settled();
    expect(events.at(-1)).toEqual(["problem", { about: "grant", sentence: "The page's grant function failed." }]);
    said.mockRestore();
  });
});
