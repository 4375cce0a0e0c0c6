import { expect, it } from "vitest";
import { httpAddress } from "./links.ts";

it.each([
  ["https://example.net", "https://example.net/"],
  ["http://example.net:8080/a?b#c", "http://example.net:8080/a?b#c"],
  ["HTTPS://Example.NET/Path", "https://example.net/Path"],
  ["https://аpple.com", "https://xn--pple-43d.com/"],
  ["https://example.net/\u202egnp.exe", "https://example.net/%E2%80%AEgnp.exe"],
  ["java\nscript:alert(1)", undefined],
  ["javascript:alert(1)", undefined],
  ["data:text/html,x", undefined],
  ["blob:https://example.net/x", undefined],
  ["file:///etc/passwd", undefined],
  ["ssh://root@example.net", undefined],
  ["vbscript:x", undefined],
  ["//example.net", undefined],
  ["example.net", undefined],
  ["", undefined],
  [`https://example.net/${"x".repeat(3_000)}`, undefined],
])("%j leads to %j", (text, address) => expect(httpAddress(text)).toBe(address));
