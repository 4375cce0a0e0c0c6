// /config.json: what the operator decided and the page must know. Served no-store by the relay, checked by the page.

import * as v from "valibot";

/** A page that may embed the widget, and what it may do. */
export const Embedder = v.object({
  /** Scheme, host and port; "self" is the relay's own. */
  origin: v.pipe(v.string(), v.maxLength(255)),
  /** Patterns (target-pattern.ts) of targets that need neither grant nor token: open to everyone who reaches the relay. */
  open: v.optional(v.array(v.string()), []),
  /** Patterns of targets that are connected to without the person's click. */
  autoConnect: v.optional(v.array(v.string()), []),
  /** Host keys that are trusted inside it may be kept in the browser. */
  keepTrust: v.optional(v.boolean(), false),
  /** It hears the terminal's title, which programs choose. */
  tellTitle: v.optional(v.boolean(), false),
});
export type Embedder = v.InferOutput<typeof Embedder>;

export const PageConfig = v.object({
  /** The relay's build. A page of another build says so and reloads. */
  version: v.pipe(v.string(), v.maxLength(64)),
  /** The form's first contents. Never a password. */
  prefill: v.optional(
    v.object({
      host: v.pipe(v.string(), v.maxLength(255)),
      port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)),
      user: v.pipe(v.string(), v.maxLength(255)),
    }),
  ),
  /** True when `prefill` is the demo server of `npm start`: the page says where its password is printed. */
  demo: v.optional(v.boolean(), false),
  /** Must the first frame carry a token? */
  tokenRequired: v.boolean(),
  /** The operator vouches for hosts: their known_hosts text is at /known-hosts. */
  knownHosts: v.optional(v.boolean(), false),
  /** Who may embed the widget. Empty: nobody. */
  embed: v.optional(v.array(Embedder), []),
});
export type PageConfig = v.InferOutput<typeof PageConfig>;
