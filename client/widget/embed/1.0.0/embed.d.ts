// The types of embed.js. Copy this file and contract.d.ts beside a script that imports it.

import type { ConnectMessage, ParentMessage, ThemeMessage, WidgetMessage } from "./contract.d.ts";

/** What `connect()` takes: it replaces what the attributes said before. */
export interface ConnectOptions extends Omit<ConnectMessage, "type" | "grant"> {
  readonly grant?: Grant;
}

export type Theme = Omit<ThemeMessage, "type">;

export interface Font {
  readonly family?: string;
  /** In CSS pixels, 8 to 32. */
  readonly size?: number;
}

/** Asked when the person connects; it resolves to a fresh grant from the page's own backend. */
export type GrantFunction = (wanted: Detail<"needsGrant">) => string | Promise<string>;

/** A grant, or how to get one. Grants live for minutes and people click later, so a function is mostly right. */
export type Grant = string | GrantFunction;

type Nullable<T> = T | null | undefined;

/** Attributes and their properties, which are the same strings. `null` and `undefined` remove the attribute. */
export declare class ReflectingElement extends HTMLElement {
  get host(): string;
  set host(value: Nullable<string>);
  get port(): string;
  set port(value: Nullable<string | number>);
  get user(): string;
  set user(value: Nullable<string>);
  /** `SHA256:` fingerprints, with spaces between them. */
  get pins(): string;
  set pins(value: Nullable<string | readonly string[]>);
  /** "auto", "light" or "dark". */
  get theme(): string;
  set theme(value: Nullable<string>);
  get fontSize(): string;
  set fontSize(value: Nullable<string | number>);
  get fontFamily(): string;
  set fontFamily(value: Nullable<string>);
  /** "lazy": the frame is loaded when it comes near the screen. */
  get loading(): string;
  set loading(value: Nullable<string>);
  /** Address of the relay's pages, if the script does not come from there. */
  get relay(): string;
  set relay(value: Nullable<string>);
}

export declare class PeriwinkleTerminal extends ReflectingElement {
  grant: Grant | undefined;
  /** Suggests a place; the person connects. Without options: once more what the attributes say. */
  connect(options?: ConnectOptions): void;
  disconnect(): void;
  /** Scheme and colours of the terminal; what is left out is the system's, or the scheme's own. */
  setTheme(theme: Theme): void;
  setFont(font: Font): void;
  /** Text to be typed, at most 64 KiB. The person is asked once for each connection. */
  sendText(text: string): void;
  // Beside the names below, every event that any element has.
  addEventListener<K extends keyof TerminalEventMap>(
    type: K,
    listener: (this: PeriwinkleTerminal, event: TerminalEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** What a message carries beside its type. */
export type Detail<T extends WidgetMessage["type"]> = DetailOf<Extract<WidgetMessage, { type: T }>>;
type DetailOf<M> = M extends unknown ? Readonly<Omit<M, "type">> : never;

/** A message was not followed, or ("hello") the widget could not be reached at all. For whoever writes the page. */
export interface Problem {
  readonly about: ParentMessage["type"] | "hello";
  readonly sentence: string;
}

/** All of them bubble. Each has the name of its message in lower case. */
export interface TerminalEventMap extends HTMLElementEventMap {
  ready: CustomEvent<Detail<"ready">>;
  state: CustomEvent<Detail<"state">>;
  needsattention: CustomEvent<Detail<"needsAttention">>;
  needsgrant: CustomEvent<Detail<"needsGrant">>;
  connected: CustomEvent<Detail<"connected">>;
  bell: CustomEvent<Detail<"bell">>;
  size: CustomEvent<Detail<"size">>;
  exit: CustomEvent<Detail<"exit">>;
  closed: CustomEvent<Detail<"closed">>;
  title: CustomEvent<Detail<"title">>;
  problem: CustomEvent<Problem>;
}

declare global {
  interface HTMLElementTagNameMap {
    "periwinkle-terminal": PeriwinkleTerminal;
  }
}
