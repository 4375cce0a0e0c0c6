// What a page and the Periwinkle widget inside it say to each other: version 1, all of it.
//
// The page speaks first, when the iframe's `load` event has come: it posts a `Hello` to the widget's exact origin and
// transfers one end of a MessageChannel with it. The widget takes it only from its parent, and only if that has an origin that
// the relay's operator lists. Everything after that travels over the port: `ParentMessage` one way, `WidgetMessage` the other.
// Both ends ignore a message of a `type` that they do not know, so that either may be newer.
//
// No secret ever crosses: no password, key, answer, keystroke or output. The one exception is `grant`, which is the page's own.

/** The first and only window message: the versions of this contract that the page speaks. */
export interface Hello {
  readonly periwinkle: readonly number[];
}

/** A suggestion. The person sees it and connects by a click of theirs, unless the operator's list says otherwise. */
export interface ConnectMessage {
  readonly type: "connect";
  /** A name or an address, at most 253 characters. */
  readonly host: string;
  /** 1 to 65535; 22 unless given. */
  readonly port?: number;
  /** Without one the person is asked for it. */
  readonly user?: string;
  /** `SHA256:` fingerprints, at most 16. The host's key must be one of them; that alone does not make it trusted. */
  readonly pins?: readonly string[];
  /** A signed grant. Without one, and where the target needs one, the widget says `needsGrant` when the person connects. */
  readonly grant?: string;
}

export type ParentMessage =
  | ConnectMessage
  /** The answer to `needsGrant`. */
  | { readonly type: "grant"; readonly grant: string }
  | { readonly type: "disconnect" }
  /** Moves the keyboard's focus into the terminal. Nothing else does. */
  | { readonly type: "focus" }
  | ThemeMessage
  | FontMessage
  /**
   * Text to be typed, at most 64 KiB. The person is asked once for each connection, and sees it. Tabs and line ends are the only
   * control characters in it; a text with others is refused whole.
   */
  | { readonly type: "sendText"; readonly text: string };

export interface ThemeMessage {
  readonly type: "theme";
  /** "auto", the system's, unless given. */
  readonly scheme?: "auto" | "light" | "dark";
  /** Of the terminal, never of a dialog: `#rgb` or `#rrggbb` by name. What is left out is the scheme's own. */
  readonly colors?: Readonly<Partial<Record<ColorName, string>>>;
}

export type ColorName =
  | "background"
  | "foreground"
  | "cursor"
  | "cursor-text"
  | "selection"
  | `${"" | "bright-"}${"black" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan" | "white"}`;

export interface FontMessage {
  readonly type: "font";
  /** Families that the person's machine has, as CSS names them; the widget loads none. At most 200 characters. */
  readonly family?: string;
  /** In CSS pixels, 8 to 32. */
  readonly size?: number;
}

/** The steps on the way to a shell, in their order. */
export type Step =
  | "page"
  | "relay"
  | "allowed"
  | "answered"
  | "spoken"
  | "exchanged"
  | "trusted"
  | "authenticated"
  | "shell";

/** What the browser lets the widget keep, as it found by trying. */
export type Storage =
  /** As on the widget's own page. */
  | "shared"
  /** Apart for each site that embeds it. */
  | "partitioned"
  /** Not at all. */
  | "denied";

export type WidgetMessage =
  /** The answer to `Hello`. Nothing comes before it. */
  | { readonly type: "ready"; readonly version: 1; readonly storage: Storage }
  /** The answer to a `Hello` without a version that the widget speaks; nothing follows. */
  | { readonly type: "unsupported"; readonly versions: readonly number[] }
  | { readonly type: "state"; readonly step: Step; readonly state: "begun" | "done" }
  /** The person has to answer something: the page may show where the widget is. */
  | { readonly type: "needsAttention"; readonly what: "hostkey" | "password" | "challenge" }
  /** The person connects, and the target needs a grant: send `grant` within 20 seconds. */
  | { readonly type: "needsGrant"; readonly host: string; readonly port: number; readonly user: string }
  /** The shell is open. */
  | { readonly type: "connected"; readonly hostKeyFingerprint: string }
  | { readonly type: "bell" }
  | { readonly type: "size"; readonly columns: number; readonly rows: number }
  /** How the shell ended: an exit status, or the name of the signal that ended it, without "SIG". */
  | { readonly type: "exit"; readonly status: number }
  | { readonly type: "exit"; readonly signal: string }
  /** A connection has ended, or was not made. `code` is stable, `sentence` is for a person and never the server's words. */
  | { readonly type: "closed"; readonly code: string; readonly sentence: string }
  /** Only where the operator's list says so: programs on the server choose it. */
  | { readonly type: "title"; readonly title: string }
  /** A message of the page could not be followed: for whoever writes the page. */
  | { readonly type: "problem"; readonly about: ParentMessage["type"]; readonly sentence: string };
