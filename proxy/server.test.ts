import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get, type IncomingHttpHeaders, type RequestOptions } from "node:http";
import { get as getTls } from "node:https";
import { connect, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { PageConfig } from "../shared/page-config.ts";
import { SUBPROTOCOL } from "../shared/relay-protocol.ts";
import { knowsHost, ownNames } from "./handshake/names.ts";
import { IN_PROCESS, type Relay } from "./relay.ts";
import { loadFiles } from "./static-files.ts";
import { Opened, RecordingLog } from "./testing.ts";

const opened = new Opened();
afterEach(() => opened.closeAll());

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "periwinkle-page-"));
  mkdirSync(join(root, "client", "assets"), { recursive: true });
  mkdirSync(join(root, "client", ".vite"));
  writeFileSync(join(root, "secret.txt"), "outside");
  writeFileSync(join(root, "client", "index.html"), "<!doctype html><title>Periwinkle</title>");
  writeFileSync(join(root, "client", "assets", "main-AbCd12_-.js"), "export {};");
  writeFileSync(join(root, "client", ".vite", "manifest.json"), "{}");
});
afterAll(() => rmSync(root, { recursive: true }));

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(relay: Relay, path: string, options: RequestOptions & { ca?: Buffer } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = relay.origin.startsWith("https") ? getTls : get;
    const settings = { host: "127.0.0.1", port: relay.port, path, agent: false, ...options };
    request(settings, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        body += part;
      });
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    }).on("error", reject);
  });
}

/** The status line and headers of an answer to bytes that Node's own client would not send. */
function askRaw(relay: Relay, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(relay.port, "127.0.0.1", () => socket.write(request));
    socket.on("data", (part) => {
      text += String(part);
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}

const withPage = (changes = {}) => opened.relay(changes, { files: loadFiles(join(root, "client")), version: "1.2.3" });

describe("pages", () => {
  it.each([
    ["/", 200, "no-store"],
    ["/index.html", 200, "no-store"],
    ["/?x=1", 200, "no-store"],
    ["/assets/main-AbCd12_-.js", 200, "public, max-age=31536000, immutable"],
    ["/config.json", 200, "no-store"],
    ["/healthz", 200, "no-store"],
    ["/nothing", 404, "no-store"],
    ["/relay", 404, "no-store"],
    ["/known-hosts", 404, "no-store"],
  ])("%s answers %i, with every security header", async (path, status, cache) => {
    const answer = await ask(await withPage(), path);
    expect(answer.status).toBe(status);
    expect(answer.headers["cache-control"]).toBe(cache);
    expectSecured(answer.headers);
  });

  it.each([
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "//etc/passwd",
    "/.vite/manifest.json",
    "/assets/",
    "/__proto__",
    "/assets/main-AbCd12_-.js/",
  ])("%s reaches nothing", async (path) => {
    const answer = await ask(await withPage(), path);
    expect([answer.status, answer.body.includes("outside")]).toEqual([404, false]);
  });

  it("answer HEAD without a body, If-None-Match with 304, a silly range with the whole", async () => {
    const relay = await withPage();
    const head = await ask(relay, "/", { method: "HEAD" });
    expect([head.status, head.body, head.headers["content-length"]]).toEqual([200, "", "40"]);
    const again = await ask(relay, "/", { headers: { "If-None-Match": head.headers.etag } });
    expect([again.status, again.body]).toEqual([304, ""]);
    expectSecured(again.headers);
    const range = await ask(relay, "/", { headers: { Range: "bytes=10-5" } });
    expect([range.status, range.body.length]).toEqual([200, 40]);
  });

  it("are compressed for who understands it, with the same type and headers", async () => {
    const relay = await withPage();
    const plain = await ask(relay, "/");
    const response = await fetch(`${relay.origin}/`, { headers: { "Accept-Encoding": "gzip" } });
    expect([response.headers.get("content-encoding"), response.headers.get("vary")]).toEqual([
      "gzip",
      "Accept-Encoding",
    ]);
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(await response.text()).toBe(plain.body);
    expectSecured(Object.fromEntries(response.headers));
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS"])("do not answer %s", async (method) => {
    const answer = await ask(await withPage(), "/", { method });
    expect([answer.status, answer.headers.allow]).toEqual([405, "GET, HEAD"]);
    expectSecured(answer.headers);
  });

  it("that are not built are an error with what to do", () => {
    expect(() => loadFiles(join(root, "gone"))).toThrow("npm run build");
  });

  it("tell the page what the operator decided", async () => {
    const answer = await ask(await withPage(), "/config.json");
    expect(v.parse(PageConfig, JSON.parse(answer.body))).toEqual({
      version: "1.2.3",
      demo: false,
      tokenRequired: true,
      knownHosts: false,
      embed: [],
    });
    const open = await ask(await withPage({ token: undefined }), "/config.json");
    expect(JSON.parse(open.body)).toMatchObject({ tokenRequired: false });
  });
});

describe("the operator's known hosts", () => {
  const text = "# vouched for\n[db1]:2222 ssh-ed25519 AAAA b\u00fccher\n";

  it("are announced to the page, and served to it as text that no cache keeps", async () => {
    const relay = await withPage({ knownHosts: text });
    const config = v.parse(PageConfig, JSON.parse((await ask(relay, "/config.json")).body));
    expect(config.knownHosts).toBe(true);
    const { status, headers, body } = await ask(relay, "/known-hosts");
    expect([status, headers["content-type"], headers["cache-control"], body]).toEqual([
      200,
      "text/plain; charset=utf-8",
      "no-store",
      text,
    ]);
    expectSecured(headers);
    const compressed = await fetch(`${relay.origin}/known-hosts`, { headers: { "Accept-Encoding": "gzip" } });
    expect([compressed.headers.get("content-encoding"), await compressed.text()]).toEqual(["gzip", text]);
  });

  it("are for pages of this relay by its own name only", async () => {
    const relay = await withPage({ knownHosts: text });
    expect((await ask(relay, "/known-hosts", { headers: { Host: "evil.example" } })).status).toBe(421);
    const { headers } = await ask(relay, "/known-hosts", { headers: { Origin: "https://evil.example" } });
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  });
});

function expectSecured(headers: IncomingHttpHeaders): void {
  const policy = String(headers["content-security-policy"]);
  for (const part of [
    "default-src 'none'",
    "script-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "trusted-types periwinkle",
    "require-trusted-types-for 'script'",
  ])
    expect(policy.split("; ")).toContain(part);
  expect(headers).toMatchObject({
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": expect.stringContaining("camera=()"),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  });
}

describe("names", () => {
  it.each([
    "evil.example",
    "evil.example:PORT",
    "127.0.0.1",
    "127.0.0.1:1",
    "localhost.evil.example:PORT",
    "2130706433:PORT",
  ])("a Host of %s is turned away, for pages and for upgrades", async (host) => {
    const relay = await withPage();
    const header = host.replace("PORT", String(relay.port));
    for (const path of ["/", "/config.json", "/assets/main-AbCd12_-.js"])
      expect((await ask(relay, path, { headers: { Host: header } })).status).toBe(421);
    expect(await upgrade(relay, { headers: { Host: header } })).toBe(421);
  });

  it.each(["127.0.0.1:PORT", "localhost:PORT", "LOCALHOST:PORT", "[::1]:PORT", "ssh.example.net:8443"])(
    "a Host of %s is ours",
    async (host) => {
      const relay = await withPage({ hosts: ["ssh.example.net:8443"] });
      const header = host.replace("PORT", String(relay.port));
      expect((await ask(relay, "/", { headers: { Host: header } })).status).toBe(200);
    },
  );

  it("are those of the address that was asked for", async () => {
    const relay = await opened.relay(
      { listen: { host: "127.0.0.2", port: 0 } },
      { files: loadFiles(join(root, "client")) },
    );
    expect(relay.origin).toBe(`http://127.0.0.2:${relay.port}`);
    expect((await ask(relay, "/", { host: "127.0.0.2" })).status).toBe(200);
  });

  it("need no port where it is the usual one", () => {
    const proxied = ownNames({ ...IN_PROCESS, behindTlsProxy: true, hosts: ["a.example", "b.example:8443"] }, 8022);
    expect([...proxied.origins]).toEqual(["https://a.example", "https://b.example:8443"]);
    expect(
      ["a.example", "a.example:443", "b.example:8443", "b.example", "127.0.0.1:8022"].map((name) =>
        knowsHost(proxied, name),
      ),
    ).toEqual([true, true, true, false, false]);
    expect([...ownNames({ ...IN_PROCESS, listen: { host: "::1", port: 80 } }, 80).origins]).toContain("http://[::1]");
  });
});

/** The status of a refused upgrade, or 101. */
function upgrade(
  relay: Relay,
  options: { headers?: Record<string, string>; path?: string; protocol?: string; origin?: string },
) {
  const { path = "/relay", protocol = SUBPROTOCOL, ...rest } = options;
  return new Promise<number | undefined>((resolve) => {
    const ws = new WebSocket(`ws://127.0.0.1:${relay.port}${path}`, protocol === "" ? [] : [protocol], rest);
    opened.add(() => ws.terminate());
    ws.on("error", () => {});
    ws.on("open", () => resolve(101));
    ws.on("unexpected-response", (_request, response) => {
      expectSecured(response.headers);
      resolve(response.statusCode);
    });
  });
}

describe("upgrades", () => {
  it.each([
    ["http://127.0.0.1:PORT", 101],
    ["http://localhost:PORT", 101],
    ["https://app.example", 101],
    [undefined, 101],
    ["null", 403],
    ["http://127.0.0.1", 403],
    ["http://127.0.0.1:1", 403],
    ["https://127.0.0.1:PORT", 403],
    ["http://evil.example", 403],
    ["https://app.example.evil.example", 403],
    ["https://app.example:8443", 403],
  ])("from the origin %s answer %i", async (origin, status) => {
    const relay = await opened.relay({ origins: ["https://app.example"] });
    const given = origin === undefined ? {} : { origin: origin.replace("PORT", String(relay.port)) };
    expect(await upgrade(relay, given)).toBe(status);
  });

  it.each([
    ["/", 404],
    ["/relay/", 404],
    ["/relay?x", 404],
    ["/relay/a/b", 404],
    ["/relayx", 404],
    [`/relay/${"a".repeat(65)}`, 404],
    ["/relay/abc", 101],
  ])("at %s answer %i", async (path, status) => {
    expect(await upgrade(await opened.relay(), { path })).toBe(status);
  });

  it.each(["", "periwinkle.v2"])("that offer the subprotocol %j are refused", async (protocol) => {
    expect(await upgrade(await opened.relay(), { protocol })).toBe(400);
  });

  it("get in however many strangers wait: the one who waited longest goes", async () => {
    const log = new RecordingLog();
    const relay = await opened.relay({ maxConnections: 1 }, { log });
    const strangers = [];
    for (let i = 0; i < 64; i++) {
      const stranger = opened.client(relay);
      await stranger.open;
      strangers.push(stranger);
    }
    const newcomer = await opened.client(relay).dial(relay, await opened.target((socket) => socket.pipe(socket)));
    expect(await strangers[0]?.closed).toBe("unauthorised");
    expect(await log.next()).toMatchObject({ close: "unauthorised" });
    expect(strangers.slice(1).map(({ ws }) => ws.readyState)).toEqual(Array(63).fill(WebSocket.OPEN));
    // Who has come in is no stranger: another full house does not touch it.
    for (let i = 0; i < 65; i++) await opened.client(relay).open;
    newcomer.ws.send(Buffer.from("still here"));
    expect((await newcomer.bytes(10)).toString()).toBe("still here");
  });
});

describe("requests that are none", () => {
  it.each([
    ["nonsense", "\u0000\u0001\r\n\r\n", "400"],
    ["a request without a Host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "421"],
    [
      "a wish nobody knows",
      "GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: the-unexpected\r\nConnection: close\r\n\r\n",
      "200",
    ],
    ["an oversized header", `GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, "431"],
    [
      "an upgrade with a wrong key",
      `GET /relay HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: ${SUBPROTOCOL}\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      "400",
    ],
  ])("%s is answered and cut, with the security headers", async (_what, request, status) => {
    const relay = await opened.relay();
    const text = await askRaw(relay, request.replace("PORT", String(relay.port)));
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text).toContain("Content-Security-Policy: default-src 'none'");
  });
});

describe("starting", () => {
  it("gives the address with the token in its fragment", async () => {
    const relay = await opened.relay();
    expect(relay.url).toBe(`${relay.origin}/#token=${relay.token}`);
    expect(relay.origin).toBe(`http://127.0.0.1:${relay.port}`);
    expect(relay.token).toMatch(/^[\w-]{43}$/);
  });

  it("takes another port only where nobody asked for this one", async () => {
    const holder = createTcpServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    opened.add(() => holder.close());
    const address = holder.address();
    const listen = { host: "127.0.0.1", port: typeof address === "object" && address ? address.port : 0 };
    await expect(opened.relay({ listen })).rejects.toMatchObject({ code: "EADDRINUSE" });
    const relay = await opened.relay({ listen, portMayMove: true });
    expect([relay.moved, relay.port === listen.port]).toEqual([true, false]);
  });

  it("refuses a certificate that is none", async () => {
    await expect(opened.relay({ tls: { cert: "x", key: "y" } })).rejects.toThrow("--cert and --key must hold");
  });

  it("refuses what would be unsafe", async () => {
    await expect(opened.relay({ listen: { host: "0.0.0.0", port: 0 } })).rejects.toThrow("needs TLS");
  });

  it("speaks TLS, says so to browsers, and stops also while somebody shakes hands", async () => {
    const [key, cert] = [join(root, "key.pem"), join(root, "cert.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const fresh = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
    execFileSync("openssl", [...fresh, ...subject, "-keyout", key, "-out", cert], { stdio: "ignore" });
    const tls = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
    const relay = await withPage({ tls });
    expect(relay.origin).toBe(`https://127.0.0.1:${relay.port}`);
    const answer = await ask(relay, "/", { ca: readFileSync(cert) });
    expect(answer.headers["strict-transport-security"]).toBe("max-age=31536000");
    const client = opened.client(relay, "/relay", { ca: readFileSync(cert), origin: relay.origin });
    const port = await opened.target((socket) => socket.pipe(socket));
    await client.dial(relay, port);
    client.ws.send(Buffer.from("over TLS"));
    expect((await client.bytes(8)).toString()).toBe("over TLS");

    const silent = connect(relay.port, "127.0.0.1");
    opened.add(() => silent.destroy());
    const cut = once(silent, "close");
    await once(silent, "connect");
    // A whole exchange later, the relay has accepted the one before it too.
    await ask(relay, "/", { ca: readFileSync(cert) });
    await relay.close();
    await cut;
  });
});
