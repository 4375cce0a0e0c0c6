import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { CLOSE_CODES, closeCode, closeReason } from "./close-codes.ts";
import { PageConfig } from "./page-config.ts";
import { LIMITS, parseClientControl, parseRelayControl } from "./relay-protocol.ts";

describe("client controls", () => {
  it.each([
    { type: "open", host: "db1", port: 22 },
    { type: "open", host: "db1", port: 22, token: "t" },
    { type: "open", host: "db1", port: 22, grant: "a".repeat(LIMITS.grant) },
    { type: "resume", session: "s", received: 0, ended: false },
    { type: "eof" },
    { type: "ack", received: 2 ** 40 },
  ])("%j is read", (control) => {
    expect(parseClientControl(JSON.stringify(control))).toEqual({ kind: "known", control });
  });

  it.each([
    "",
    "null",
    "[]",
    "1",
    '"open"',
    "{}",
    '{"type":1}',
    '{"type":"open"}',
    '{"type":"open","host":"","port":22}',
    '{"type":"open","host":"a","port":"22"}',
    '{"type":"open","host":"a","port":0}',
    '{"type":"open","host":"a","port":65536}',
    '{"type":"open","host":"a","port":2.5}',
    '{"type":"open","host":["a"],"port":22}',
    `{"type":"open","host":"${"a".repeat(256)}","port":22}`,
    `{"type":"open","host":"a","port":22,"token":"${"a".repeat(1025)}"}`,
    `{"type":"open","host":"a","port":22,"grant":"${"a".repeat(LIMITS.grant + 1)}"}`,
    '{"type":"open","host":"a","port":22,"grant":{}}',
    '{"type":"ack","received":-1}',
    '{"type":"ack","received":1e300}',
    '{"type":"resume","session":"","received":0,"ended":false}',
  ])("%s is malformed", (frame) => expect(parseClientControl(frame)).toEqual({ kind: "malformed" }));

  it("longer than a control frame may be are not even parsed", () => {
    expect(parseClientControl(`{"type":"eof"}${" ".repeat(LIMITS.control)}`)).toEqual({ kind: "malformed" });
  });
});

it("relay controls are read, and those of later versions ignored", () => {
  const opened = { type: "opened", session: "s", instance: "i", window: 0, replay: 0 };
  expect(parseRelayControl(JSON.stringify(opened))).toEqual({ kind: "known", control: opened });
  expect(parseRelayControl('{"type":"resumed"}')).toEqual({ kind: "unknown" });
  expect(parseRelayControl('{"type":"__proto__"}')).toEqual({ kind: "unknown" });
});

it("no frame makes the parser throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (frame) => {
      expect(["known", "unknown", "malformed"]).toContain(parseClientControl(frame).kind);
    }),
  );
});

describe("close codes", () => {
  it("are one code, one name and one sentence each, in the range of the protocol", () => {
    for (const field of ["code", "name", "sentence"] as const)
      expect(new Set(CLOSE_CODES.map((row) => row[field])).size).toBe(CLOSE_CODES.length);
    for (const { code, sentence } of CLOSE_CODES) {
      expect(code >= 4000 && code <= 4099).toBe(true);
      expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
  });

  it("go there and back", () => {
    for (const { name, code } of CLOSE_CODES) {
      expect(closeCode(name)).toBe(code);
      expect(closeReason(code)?.name).toBe(name);
    }
    expect(closeCode("target-closed")).toBe(4000);
    expect(closeReason(1006)).toBeUndefined();
  });
});

describe("the page's configuration", () => {
  it("needs its version and whether a token is wanted, and bounds the rest", () => {
    const least = { version: "0.1.0", tokenRequired: true };
    expect(v.parse(PageConfig, least)).toEqual({ ...least, demo: false, knownHosts: false, embed: [] });
    const prefill = { host: "127.0.0.1", port: 2222, user: "me" };
    expect(v.parse(PageConfig, { ...least, demo: true, prefill })).toEqual({
      ...least,
      demo: true,
      prefill,
      knownHosts: false,
      embed: [],
    });
    for (const wrong of [
      {},
      { ...least, version: "1".repeat(65) },
      { ...least, prefill: { ...prefill, port: 0 } },
      { version: "1" },
      { ...least, embed: ["https://learn.example"] },
      { ...least, embed: [{ open: ["db1"] }] },
      { ...least, embed: [{ origin: "self", keepTrust: "true" }] },
    ])
      expect(v.safeParse(PageConfig, wrong).success).toBe(false);
  });
});
