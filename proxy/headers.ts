// The security headers of every response, whatever it is: a worker takes its policy from its own script's response, and
// a 404 is a page too.

const POLICY = {
  "default-src": "'none'",
  "script-src": "'self'",
  "worker-src": "'self'",
  // xterm.js puts <style> elements into the page: the one concession. Style attributes stay forbidden.
  "style-src-elem": "'self' 'unsafe-inline'",
  "style-src-attr": "'none'",
  "img-src": "'self' data:",
  "font-src": "'self'",
  // Covers ws: and wss: to the page's own host in Chromium and Firefox.
  "connect-src": "'self'",
  "frame-ancestors": "'none'",
  "base-uri": "'none'",
  "form-action": "'none'",
  "object-src": "'none'",
  "require-trusted-types-for": "'script'",
  "trusted-types": "periwinkle",
};

const PERMISSIONS = [
  "camera=()",
  "microphone=()",
  "geolocation=()",
  "usb=()",
  "serial=()",
  "clipboard-read=(self)",
  "clipboard-write=(self)",
  "publickey-credentials-get=(self)",
  "publickey-credentials-create=(self)",
];

type Headers = Readonly<Record<string, string>>;

const policy = (changes: Readonly<Record<string, string>> = {}): string =>
  Object.entries({ ...POLICY, ...changes })
    .map(([name, value]) => `${name} ${value}`)
    .join("; ");

/**
 * The headers of an answer, by its path. `embedders` are the origins that may frame the widget, "self" being our own: it is the
 * only document that anybody may.
 */
export function securityHeaders(tls: boolean, embedders: readonly string[]): (path: string) => Headers {
  const all: Headers = {
    "Content-Security-Policy": policy(),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS.join(", "),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    ...(tls ? { "Strict-Transport-Security": "max-age=31536000" } : {}),
  };
  const documents: Readonly<Record<string, Headers>> = {
    "/widget.html": widget(all, embedders),
    // Its opener is a frame on another site's page: any other value here would cut the two apart.
    "/trust.html": { ...all, "Cross-Origin-Opener-Policy": "unsafe-none" },
    // Frames the widget to show it, and must not cut off the window that it opens.
    "/playground.html": {
      ...all,
      "Content-Security-Policy": policy({ "frame-src": "'self'" }),
      "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
    },
  };
  // Other people's pages load it, with an integrity hash, and isolated ones too.
  const script: Headers = {
    ...all,
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
  };
  // A document with this policy starts only workers that have it.
  const built: Headers = { ...all, "Cross-Origin-Embedder-Policy": "require-corp" };
  return (path) => {
    if (path === "/embed.js" || path.startsWith("/embed/")) return script;
    if (path.startsWith("/assets/")) return built;
    return Object.hasOwn(documents, path) ? (documents[path] ?? all) : all;
  };
}

/**
 * Without a Cross-Origin-Opener-Policy: in a frame it says nothing, the page around it decides. The Permissions-Policy stays
 * as it is: `self` is what the page around may delegate to us, and features that it does not name are delegated freely. With
 * the embedder policy a page that is cross-origin isolated may embed it too; all that it loads is its own.
 */
function widget(all: Headers, embedders: readonly string[]): Headers {
  const ancestors = embedders.map((origin) => (origin === "self" ? "'self'" : origin));
  const {
    "Cross-Origin-Opener-Policy": _opener,
    // Knows no list, and would overrule it in browsers that are old enough.
    "X-Frame-Options": _frame,
    ...kept
  } = all;
  return {
    ...kept,
    "Content-Security-Policy": policy({ "frame-ancestors": ancestors.join(" ") || "'none'" }),
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "cross-origin",
  };
}
