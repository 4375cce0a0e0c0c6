import { describe, expect, it } from "vitest";
import { parseClientControl } from "../../shared/relay-protocol.ts";
import { parseTargetPattern } from "../../shared/target-pattern.ts";
import { type Door, judgeEntry } from "./entry.ts";

const TOKEN = "abcdefghijklmnopqrstuvwxyz";
const open = ["db1", "*.lab.example:*", "[::1]:2222"].flatMap((text) => parseTargetPattern(text) ?? []);

function judge(frame: unknown, door: Partial<Door> = {}): string {
  const text = typeof frame === "string" ? frame : JSON.stringify(frame);
  const parsed = parseClientControl(text);
  const control = parsed.kind === "known" ? parsed.control : undefined;
  const judgement = judgeEntry(text, control, { token: TOKEN, open, ...door });
  return judgement.kind === "in" ? judgement.by : judgement.kind;
}

const frame = (changes: object = {}) => ({ type: "open", host: "db1", port: 22, ...changes });

describe("a caller comes in", () => {
  it.each<[string, unknown, string]>([
    ["with the token", frame({ host: "any", token: TOKEN }), "token"],
    ["with the token, to an open target", frame({ token: TOKEN }), "token"],
    ["with the token, to resume", { type: "resume", session: "s", received: 0, ended: false, token: TOKEN }, "token"],
    ["with the token, whatever else is wrong", { type: "open", host: 7, token: TOKEN }, "token"],
    ["with another token", frame({ host: "any", token: "x".repeat(26) }), "stranger"],
    ["with another token, to an open target", frame({ token: "x".repeat(26) }), "stranger"],
    ["with an empty token, to an open target", frame({ token: "" }), "stranger"],
    ["with a token of another type, to an open target", frame({ token: 7 }), "stranger"],
    ["without token", frame({ host: "any" }), "stranger"],
    ["to an open target", frame(), "open"],
    ["to an open target in another spelling", frame({ host: "DB1." }), "open"],
    ["to an open suffix, any port", frame({ host: "a.lab.example", port: 7 }), "open"],
    ["to an open address", frame({ host: "::1", port: 2222 }), "open"],
    ["to another port of an open target", frame({ port: 23 }), "stranger"],
    ["to the suffix itself", frame({ host: "lab.example" }), "stranger"],
    ["to a look-alike of a suffix", frame({ host: "xlab.example" }), "stranger"],
    ["to what is no host", frame({ host: "db1 " }), "open"],
    ["to no host at all", frame({ host: "a b.lab.example" }), "stranger"],
    ["to resume, with nothing", { type: "resume", session: "s", received: 0, ended: false }, "stranger"],
    ["with a type of a later version", { type: "sparkle", host: "db1", port: 22 }, "stranger"],
    ["with a malformed open", frame({ port: "22" }), "stranger"],
    ["with no JSON", "open db1", "stranger"],
    ["with a grant", frame({ host: "any", grant: "a.b.c" }), "grant"],
    ["with a grant for an open target", frame({ grant: "a.b.c" }), "grant"],
    ["with a grant and the token", frame({ grant: "a.b.c", token: TOKEN }), "grant"],
    ["with a grant that is too long", frame({ grant: "x".repeat(4097) }), "stranger"],
    ["with a grant in a resume", { type: "resume", session: "s", received: 0, ended: false, grant: "a" }, "stranger"],
  ])("%s: %s", (_name, frame, expected) => expect(judge(frame)).toBe(expected));

  it("as anybody where no token is asked for, but is held to a grant", () => {
    expect(judge(frame({ host: "any" }), { token: undefined })).toBe("no-token");
    expect(judge("nonsense", { token: undefined })).toBe("no-token");
    expect(judge(frame({ grant: "a.b.c" }), { token: undefined })).toBe("grant");
  });
});
