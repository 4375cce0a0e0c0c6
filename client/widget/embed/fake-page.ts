// A page around embed.js without a browser, for tests: as little of the DOM as the script asks for. It runs the file as it is
// written; only where it was loaded from is put in, and what it exports is handed back.

import type { ParentMessage } from "./1.0.0/contract.d.ts";
import type { PeriwinkleTerminal } from "./1.0.0/embed.d.ts";

interface Posted {
  readonly message: unknown;
  readonly origin: string;
  readonly port: FakePort;
}

/** Delivers at once, and by copy. */
export class FakePort {
  onmessage: ((event: { data: unknown }) => void) | undefined;
  other: FakePort | undefined;
  closed = false;
  readonly heard: unknown[] = [];
  postMessage(message: unknown): void {
    if (this.closed || !this.other || this.other.closed) return;
    const data: unknown = structuredClone(message);
    this.other.heard.push(data);
    this.other.onmessage?.({ data });
  }
  close(): void {
    this.closed = true;
  }
}

class FakeChannel {
  readonly port1 = new FakePort();
  readonly port2 = new FakePort();
  constructor() {
    this.port1.other = this.port2;
    this.port2.other = this.port1;
  }
}

class FakeElement extends EventTarget {
  static observedAttributes: readonly string[] = [];
  readonly #attributes = new Map<string, string>();
  readonly children: FakeElement[] = [];
  adoptedStyleSheets: readonly { readonly text: string }[] = [];
  shadow: FakeElement | undefined;
  focused = 0;
  attributeChangedCallback?(name: string, before: string | null, now: string | null): void;
  connectedCallback?(): void;
  disconnectedCallback?(): void;
  getAttribute(name: string): string | null {
    return this.#attributes.get(name) ?? null;
  }
  setAttribute(name: string, value: string): void {
    const before = this.getAttribute(name);
    this.#attributes.set(name, value);
    if ((this.constructor as typeof FakeElement).observedAttributes.includes(name))
      this.attributeChangedCallback?.(name, before, value);
  }
  removeAttribute(name: string): void {
    const before = this.getAttribute(name);
    this.#attributes.delete(name);
    if ((this.constructor as typeof FakeElement).observedAttributes.includes(name))
      this.attributeChangedCallback?.(name, before, null);
  }
  attachShadow(): FakeElement {
    if (this.shadow) throw new DOMException("There is one already", "NotSupportedError");
    this.shadow = new FakeElement();
    return this.shadow;
  }
  append(child: FakeElement): void {
    this.children.push(child);
  }
  focus(): void {
    this.focused += 1;
  }
}

export class FakeFrame extends FakeElement {
  readonly posted: Posted[] = [];
  title = "";
  loading = "";
  get src(): string {
    return this.getAttribute("src") ?? "";
  }
  set src(value: string) {
    this.setAttribute("src", value);
  }
  readonly contentWindow = {
    postMessage: (message: unknown, origin: string, [port]: FakePort[]): void => {
      if (port) this.posted.push({ message: structuredClone(message), origin, port });
    },
  };
}

class FakeStyleSheet {
  text = "";
  replaceSync(text: string): void {
    this.text = text;
  }
}

export class FakePage {
  readonly #defined = new Map<string, new () => PeriwinkleTerminal>();
  readonly #script: string;

  constructor(script: string) {
    this.#script = script;
  }

  /** As `<script type="module" src={url}>` would. Gives what the script exports. */
  load(url = "https://relay.example/embed/1.0.0/embed.js"): unknown {
    const body = this.#script
      .replaceAll("import.meta.url", JSON.stringify(url))
      .replace(/^export const (\w+) = (.*);$/m, "return $2;");
    const surroundings = {
      HTMLElement: FakeElement,
      CSSStyleSheet: FakeStyleSheet,
      MessageChannel: FakeChannel,
      customElements: {
        get: (name: string) => this.#defined.get(name),
        define: (name: string, element: new () => PeriwinkleTerminal) => {
          if (this.#defined.has(name)) throw new DOMException("Defined already", "NotSupportedError");
          this.#defined.set(name, element);
        },
      },
      document: { baseURI: "https://learn.example/course/", createElement: () => new FakeFrame() },
      location: { origin: "https://learn.example" },
    };
    return new Function(...Object.keys(surroundings), `"use strict"; ${body}`)(...Object.values(surroundings));
  }

  /** Not in the document yet. */
  create(attributes: Readonly<Record<string, string>> = {}): PeriwinkleTerminal {
    const Terminal = this.#defined.get("periwinkle-terminal");
    if (!Terminal) throw new Error("The script was not loaded");
    const terminal = new Terminal();
    for (const [name, value] of Object.entries(attributes)) terminal.setAttribute(name, value);
    return terminal;
  }
}

const inside = (terminal: PeriwinkleTerminal): FakeElement => terminal as unknown as FakeElement;

/** As the browser does when the element comes into the document. */
export function insert(terminal: PeriwinkleTerminal): FakeFrame {
  inside(terminal).connectedCallback?.();
  const frame = inside(terminal).shadow?.children[0];
  if (!(frame instanceof FakeFrame)) throw new Error("There is no frame");
  return frame;
}

export function remove(terminal: PeriwinkleTerminal): void {
  inside(terminal).disconnectedCallback?.();
}

export function styleOf(terminal: PeriwinkleTerminal): string {
  return (
    inside(terminal)
      .shadow?.adoptedStyleSheets.map(({ text }) => text)
      .join("\n") ?? ""
  );
}

/** The widget at the other end of the port that the last greeting brought. */
export class FakeWidget {
  readonly port: FakePort;
  readonly hello: Posted;
  constructor(frame: FakeFrame) {
    frame.dispatchEvent(new Event("load"));
    const hello = frame.posted.at(-1);
    if (!hello) throw new Error("The widget was not greeted");
    this.hello = hello;
    this.port = hello.port;
  }
  /** All that came, without the greeting's theme and font. */
  get heard(): ParentMessage[] {
    return this.port.heard as ParentMessage[];
  }
  say(message: unknown): void {
    this.port.postMessage(message);
  }
  ready(): this {
    this.say({ type: "ready", version: 1, storage: "partitioned" });
    return this;
  }
}

/** Of the element, as the types have them. */
export const EVENTS = [
  "ready",
  "state",
  "needsattention",
  "needsgrant",
  "connected",
  "bell",
  "size",
  "exit",
  "closed",
  "title",
  "problem",
];

/** Name and detail of each event, as it comes. */
function listen(terminal: PeriwinkleTerminal): [name: string, detail: unknown][] {
  const heard: [string, unknown][] = [];
  for (const name of [...EVENTS, "unsupported"])
    terminal.addEventListener(name, (event) => {
      if (event instanceof CustomEvent) heard.push([event.type, event.detail]);
    });
  return heard;
}

/** The element in a page; its frame has not loaded yet. */
export function begin(script: string, attributes: Readonly<Record<string, string>> = { host: "db1.example" }) {
  const page = new FakePage(script);
  page.load();
  const terminal = page.create(attributes);
  const events = listen(terminal);
  const frame = insert(terminal);
  return { page, terminal, events, frame };
}

/** The widget in it is ready. */
export function open(script: string, attributes?: Readonly<Record<string, string>>) {
  const begun = begin(script, attributes);
  const widget = new FakeWidget(begun.frame).ready();
  return { ...begun, widget };
}
