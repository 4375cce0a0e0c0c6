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

export function securityHeaders(tls: boolean): Readonly<Record<string, string>> {
  return {
    "Content-Security-Policy": Object.entries(POLICY)
      .map(([name, value]) => `${name} ${value}`)
      .join("; "),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS.join(", "),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    ...(tls ? { "Strict-Transport-Security": "max-age=31536000" } : {}),
  };
}
