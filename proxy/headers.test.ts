import { describe, expect, it } from "vitest";
import { securityHeaders } from "./headers.ts";

const LEARN = "https://learn.example";

/** The directives of a path's policy. */
function policyOf(path: string, embedders: readonly string[] = [LEARN]): Record<string, string> {
  const policy = securityHeaders(false, embedders)(path)["Content-Security-Policy"] ?? "";
  return Object.fromEntries(policy.split("; ").map((directive) => directive.split(/ (.*)/).slice(0, 2)));
}

const headersOf = (path: string) => securityHeaders(false, [LEARN])(path);

/** What is different from every other answer; undefined is left out. */
function differences(path: string): Record<string, string | undefined> {
  const [usual, own] = [headersOf("/nothing"), headersOf(path)];
  const names = [...new Set([...Object.keys(usual), ...Object.keys(own)])];
  const other = names.filter((name) => name !== "Content-Security-Policy" && usual[name] !== own[name]);
  return Object.fromEntries(other.map((name) => [name, own[name]]));
}

describe("the widget", () => {
  it.each<[string, string[], string]>([
    ["nobody", [], "'none'"],
    ["our own pages", ["self"], "'self'"],
    ["who is listed", [LEARN, "self", "http://localhost:3000"], `${LEARN} 'self' http://localhost:3000`],
  ])("may be framed by %s", (_who, embedders, ancestors) => {
    const { "frame-ancestors": framed, ...others } = policyOf("/widget.html", embedders);
    const { "frame-ancestors": _none, ...usual } = policyOf("/");
    expect(framed).toBe(ancestors);
    expect(others).toEqual(usual);
  });

  it("can stand in a page of another origin, isolated or not, and delegates what that page delegates", () => {
    expect(differences("/widget.html")).toStrictEqual({
      "X-Frame-Options": undefined,
      "Cross-Origin-Opener-Policy": undefined,
      "Cross-Origin-Embedder-Policy": "require-corp",
      "Cross-Origin-Resource-Policy": "cross-origin",
    });
    const permissions = headersOf("/widget.html")["Permissions-Policy"] ?? "";
    for (const feature of ["clipboard-read", "clipboard-write", "publickey-credentials-get"])
      expect(permissions.split(", ")).toContain(`${feature}=(self)`);
    expect(permissions).not.toMatch(/storage-access|loopback-network/);
  });

  it("starts workers, which need its embedder policy too", () => {
    expect(differences("/assets/worker-AbCd12_-.js")).toEqual({ "Cross-Origin-Embedder-Policy": "require-corp" });
  });
});

describe("every other document", () => {
  it.each(["", "/", "/index.html", "/trust.html", "/playground.html", "/config.json", "/embed.js", "/widget", "/x"])(
    "%j may be framed by nobody, whoever is listed",
    (path) => {
      expect(policyOf(path)["frame-ancestors"]).toBe("'none'");
      expect(headersOf(path)["X-Frame-Options"]).toBe("DENY");
    },
  );

  it.each(["", "/", "/index.html", "/config.json", "/known-hosts", "/widget.html/", "/embedx", "/__proto__"])(
    "%j is as strict as any, and for our own origin",
    (path) => {
      expect(differences(path)).toEqual({});
      expect(policyOf(path)).toEqual(policyOf("/nothing"));
    },
  );

  it("the window that answers for a frame keeps its opener", () => {
    expect(differences("/trust.html")).toEqual({ "Cross-Origin-Opener-Policy": "unsafe-none" });
    expect(policyOf("/trust.html")).toEqual(policyOf("/"));
  });

  it("the playground frames the widget, and leaves its window an opener", () => {
    expect(differences("/playground.html")).toEqual({ "Cross-Origin-Opener-Policy": "same-origin-allow-popups" });
    expect(policyOf("/playground.html")).toEqual({ ...policyOf("/"), "frame-src": "'self'" });
  });
});

it.each(["/embed.js", "/embed/1.0.0/embed.js", "/embed/1.0.0/contract.d.ts"])("%s is for every page", (path) => {
  expect(differences(path)).toEqual({
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
  });
});

it("says so where there is TLS", () => {
  for (const path of ["/", "/widget.html", "/embed.js"])
    expect(securityHeaders(true, [])(path)["Strict-Transport-Security"]).toBe("max-age=31536000");
  expect(headersOf("/")["Strict-Transport-Security"]).toBeUndefined();
});
