// <periwinkle-terminal>: an SSH terminal in your page. This file is served as it stands here, to be read and to be pinned by
// its integrity hash. All it does is make an iframe of the relay's widget page, and carry the messages of contract.d.ts to it
// and back as methods and events. No password, key, keystroke or output ever passes through here.

/** @import { ParentMessage, ThemeMessage, WidgetMessage } from "./contract.d.ts" */
/** @import { ConnectOptions, Font, Grant, GrantFunction, PeriwinkleTerminal as Declared, ReflectingElement, Theme } from "./embed.d.ts" */

const NAME = "periwinkle-terminal";
/** The versions of the contract that are spoken here. */
const VERSIONS = [1];
/** Milliseconds for the widget to answer a page's first message. */
const PATIENCE = 15_000;
/** Messages that wait for the widget to be ready. */
const MOST_WAITING = 32;

const SANDBOX =
  "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads allow-modals";
const ALLOW = "clipboard-read; clipboard-write; publickey-credentials-get; storage-access; loopback-network";

// A constructed style sheet needs no leave from the page's Content-Security-Policy, and every rule of the page's own wins.
const STYLE = `
  :host { display: block; position: relative; height: 32rem; min-height: 10rem; }
  :host([hidden]) { display: none; }
  iframe { position: absolute; inset: 0; width: 100%; height: 100%; border: 0; }
`;

/** Whom an attribute concerns: the iframe itself, or a message to the widget. Each is a property, too, as a string. */
const ATTRIBUTES = /** @type {const} */ ({
  host: "connect",
  port: "connect",
  user: "connect",
  pins: "connect",
  theme: "theme",
  "font-size": "font",
  "font-family": "font",
  loading: "frame",
  relay: "frame",
  title: "frame",
});

/** @typedef {(value: unknown) => boolean} Check */

/** @param {number} length @returns {Check} */
const text = (length) => (value) => typeof value === "string" && value.length <= length;
/** @param {number} least @param {number} most @returns {Check} */
const whole = (least, most) => (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
/** @param {...unknown} values @returns {Check} */
const oneOf =
  (...values) =>
  (value) =>
    values.includes(value);

/**
 * All that the widget may say, with the shapes that each message may have. What is not in here is dropped.
 * @type {Record<WidgetMessage["type"], Record<string, Check>[]>}
 */
const SHAPES = {
  ready: [{ version: oneOf(...VERSIONS), storage: oneOf("shared", "partitioned", "denied") }],
  unsupported: [{}],
  state: [
    {
      step: oneOf("page", "relay", "allowed", "answered", "spoken", "exchanged", "trusted", "authenticated", "shell"),
      state: oneOf("begun", "done"),
    },
  ],
  needsAttention: [{ what: oneOf("hostkey", "password", "challenge") }],
  needsGrant: [{ host: text(253), port: whole(1, 65535), user: text(255) }],
  connected: [{ hostKeyFingerprint: text(64) }],
  bell: [{}],
  size: [{ columns: whole(1, 65535), rows: whole(1, 65535) }],
  exit: [{ status: whole(0, 2 ** 32 - 1) }, { signal: text(64) }],
  closed: [{ code: text(64), sentence: text(1000) }],
  title: [{ title: text(1000) }],
  problem: [
    {
      about: oneOf("connect", "grant", "disconnect", "focus", "theme", "font", "sendText"),
      sentence: text(1000),
    },
  ],
};

const MESSAGES = new Map(Object.entries(SHAPES));

/**
 * A message of the widget with nothing in it but what the contract says; undefined for anything else.
 * @param {any} data @returns {{ type: string, detail: Record<string, any> } | undefined}
 */
function understand(data) {
  const type = data?.type;
  for (const shape of MESSAGES.get(type) ?? []) {
    const fields = Object.entries(shape);
    if (fields.every(([name, check]) => check(data[name])))
      return { type, detail: Object.fromEntries(fields.map(([name]) => [name, data[name]])) };
  }
  return undefined;
}

/** The widget's page lies beside /embed.js, and two folders above /embed/1.0.0/embed.js. @param {string | null} relay */
function widgetAddress(relay) {
  if (relay) return new URL("widget.html", new URL(relay, document.baseURI));
  const versioned = /\/embed\/\d+\.\d+\.\d+\/[^/]*$/.test(new URL(import.meta.url).pathname);
  return new URL(versioned ? "../../widget.html" : "widget.html", import.meta.url);
}

/** `fontSize` for `font-size`. @param {string} attribute */
const propertyOf = (attribute) => attribute.replace(/-(.)/, (_, letter) => letter.toUpperCase());

class Reflecting extends HTMLElement {
  static {
    for (const attribute of Object.keys(ATTRIBUTES)) {
      Object.defineProperty(Reflecting.prototype, propertyOf(attribute), {
        /** @this {HTMLElement} */
        get() {
          return this.getAttribute(attribute) ?? "";
        },
        /** @this {HTMLElement} @param {unknown} value */
        set(value) {
          if (value === undefined || value === null) this.removeAttribute(attribute);
          else this.setAttribute(attribute, Array.isArray(value) ? value.join(" ") : String(value));
        },
      });
    }
  }
}

/** @implements {Declared} */
class Terminal extends /** @type {typeof ReflectingElement} */ (/** @type {unknown} */ (Reflecting)) {
  static observedAttributes = Object.keys(ATTRIBUTES);

  /** @type {HTMLIFrameElement | undefined} */
  #frame;
  /** To the widget; there is one from the iframe's load on. @type {MessagePort | undefined} */
  #port;
  #ready = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #patience;
  /** For the widget when it is ready. @type {ParentMessage[]} */
  #waiting = [];
  /** What changed since the last microtask. @type {Set<"connect" | "theme" | "font">} */
  #changed = new Set();
  /** @type {ThemeMessage["colors"]} */
  #colors = {};
  /** @type {Grant | undefined} */
  #grant;
  /** The question for a grant that is open now: a late answer is not taken for the next one's. @type {object | undefined} */
  #asking;

  connectedCallback() {
    // What the page set before this script came lies on the element itself, in front of the accessors here.
    for (const name of ["grant", ...Object.keys(ATTRIBUTES).map(propertyOf)]) {
      const own = Object.getOwnPropertyDescriptor(this, name);
      if (!own) continue;
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, own.value);
    }
    if (this.#frame) return;
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", SANDBOX);
    frame.setAttribute("allow", ALLOW);
    frame.setAttribute("referrerpolicy", "no-referrer");
    frame.addEventListener("load", () => this.#greet());
    this.#frame = frame;
    this.#place();
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    root.append(frame);
  }

  disconnectedCallback() {
    // A frame that is taken out of a document is gone; put back, it loads again, and is greeted again.
    this.#part();
  }

  /** `moveBefore()` keeps the frame, and so does this. */
  connectedMoveCallback() {}

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (before === now) return;
    this.#place();
    const concerned = ATTRIBUTES[/** @type {keyof typeof ATTRIBUTES} */ (name)];
    if (concerned !== "frame") this.#change(concerned);
  }

  /** @param {ConnectOptions} [options] */
  connect(options) {
    if (options) {
      const { host, port, user, pins, grant } = options;
      Object.assign(this, { host, port, user, pins });
      if (grant !== undefined) this.#grant = grant;
    }
    this.#change("connect");
  }

  disconnect() {
    this.#send({ type: "disconnect" });
  }

  /** @param {FocusOptions} [options] */
  focus(options) {
    this.#frame?.focus(options);
    this.#send({ type: "focus" });
  }

  /** @param {Theme} theme */
  setTheme({ scheme, colors = {} }) {
    this.#colors = colors;
    Object.assign(this, { theme: scheme });
    this.#change("theme");
  }

  /** @param {Font} font */
  setFont({ family, size }) {
    Object.assign(this, { fontFamily: family, fontSize: size });
  }

  /** @param {string} text */
  sendText(text) {
    this.#send({ type: "sendText", text: String(text) });
  }

  get grant() {
    return this.#grant;
  }

  /** Given while the widget waits for one, it is sent at once. @param {Grant | undefined} grant */
  set grant(grant) {
    this.#grant = grant;
    if (typeof grant === "string" && this.#asking) this.#answer(grant);
  }

  #place() {
    const frame = this.#frame;
    if (!frame) return;
    frame.title = this.title || (this.host ? `Terminal: ${this.host}` : "Terminal");
    frame.loading = this.loading === "lazy" ? "lazy" : "eager";
    const { href } = widgetAddress(this.getAttribute("relay"));
    if (frame.getAttribute("src") !== href) frame.src = href;
  }

  /** Comes with every load, so that a widget which was loaded again is told again. */
  #greet() {
    this.#part();
    const { origin } = widgetAddress(this.getAttribute("relay"));
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      if (port1 === this.#port) this.#hear(data);
    };
    this.#port = port1;
    this.#patience = setTimeout(() => {
      this.#problem(`${origin} does not answer. Is ${location.origin} on that relay's "embed" list?`);
    }, PATIENCE);
    // To that origin and no other: whatever else may have been loaded there does not get the port.
    this.#frame?.contentWindow?.postMessage({ periwinkle: VERSIONS }, origin, [port2]);
  }

  #part() {
    clearTimeout(this.#patience);
    this.#port?.close();
    this.#port = undefined;
    this.#ready = false;
    this.#asking = undefined;
  }

  /** @param {unknown} data */
  #hear(data) {
    const heard = understand(data);
    if (!heard) return;
    const { type, detail } = heard;
    const first = type === "ready" || type === "unsupported";
    if (first === this.#ready) return;
    clearTimeout(this.#patience);
    if (type === "unsupported") return this.#problem("This script and the relay's widget are of different versions.");
    if (type === "ready") this.#begin();
    if (type === "needsGrant") this.#asking = detail;
    this.#say(type.toLowerCase(), detail);
    if (type === "needsGrant" && typeof this.#grant === "function") void this.#fetch(this.#grant, detail);
  }

  #begin() {
    this.#ready = true;
    this.#changed.clear();
    this.#tell("theme");
    this.#tell("font");
    this.#tell("connect");
    for (const message of this.#waiting.splice(0)) this.#send(message);
  }

  /** Attributes often change together: they are told together. @param {"connect" | "theme" | "font"} what */
  #change(what) {
    if (!this.#ready) return; // #begin tells everything
    this.#changed.add(what);
    queueMicrotask(() => {
      const changed = [...this.#changed];
      this.#changed.clear();
      if (this.#ready) for (const one of changed) this.#tell(one);
    });
  }

  /** The widget judges all of it, and says `problem` to what cannot be. @param {"connect" | "theme" | "font"} what */
  #tell(what) {
    const { host, port, user, fontFamily, fontSize } = this;
    if (what === "theme")
      this.#send({ type: "theme", scheme: /** @type {any} */ (this.theme || "auto"), colors: this.#colors });
    else if (what === "font")
      this.#send({
        type: "font",
        ...(fontFamily && { family: fontFamily }),
        ...(fontSize && { size: Number(fontSize) }),
      });
    else if (host) {
      const pins = this.pins.split(/\s+/).filter(Boolean);
      const grant = this.#grant;
      this.#send({
        type: "connect",
        host,
        pins,
        ...(port && { port: Number(port) }),
        ...(user && { user }),
        ...(typeof grant === "string" && { grant }),
      });
    }
  }

  /** @param {GrantFunction} grant @param {any} wanted */
  async #fetch(grant, wanted) {
    try {
      const given = await grant(wanted);
      if (this.#asking === wanted) this.#answer(given);
    } catch (error) {
      this.#problem("The page's grant function failed.", "grant");
      console.error(error);
    }
  }

  /** @param {string} grant */
  #answer(grant) {
    this.#asking = undefined;
    this.#send({ type: "grant", grant });
  }

  /** @param {ParentMessage} message */
  #send(message) {
    if (this.#ready) this.#port?.postMessage(message);
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(message);
    else this.#problem("Too many messages wait for the widget; this one was dropped.", message.type);
  }

  /** @param {string} sentence @param {ParentMessage["type"] | "hello"} [about] */
  #problem(sentence, about = "hello") {
    this.#say("problem", { about, sentence });
  }

  /** @param {string} name @param {unknown} detail */
  #say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

// A second copy of this script, from wherever, leaves the first one's element alone.
if (!customElements.get(NAME)) customElements.define(NAME, Terminal);

export const PeriwinkleTerminal = customElements.get(NAME);
