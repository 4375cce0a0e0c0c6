import { describe, expect, it } from "vitest";
import { spreadHost, understand } from "./destination-input.ts";

const typed = (host: string, port = "22", user = "alice") => ({ host, port, user });

describe("understand", () => {
  it.each([
    [typed("DB1.example.net. "), { host: "db1.example.net", port: 22, user: "alice" }],
    [typed("db1", ""), { host: "db1", port: 22, user: "alice" }],
    [typed("bob@db1"), { host: "db1", port: 22, user: "bob" }],
    [typed("bob@corp@db1:2222"), { host: "db1", port: 2222, user: "bob@corp" }],
    [typed("db1:2222"), { host: "db1", port: 2222, user: "alice" }],
    [typed("[2001:db8::1]:2222"), { host: "2001:db8::1", port: 2222, user: "alice" }],
    [typed("2001:db8::1"), { host: "2001:db8::1", port: 22, user: "alice" }],
    [typed("ssh://bob@db1:2222/"), { host: "db1", port: 2222, user: "bob" }],
    [typed("ssh://db1"), { host: "db1", port: 22, user: "alice" }],
    [typed("b\u00fccher.example"), { host: "xn--bcher-kva.example", port: 22, user: "alice" }],
    [typed("db1", " 22 ", " alice "), { host: "db1", port: 22, user: "alice" }],
  ])("%j", (fields, destination) => expect(understand(fields)).toEqual({ kind: "destination", destination }));

  it.each([
    [typed(""), ["host"]],
    [typed("a b"), ["host"]],
    [typed("-v"), ["host"]],
    [typed("b\u00fccher.example/x"), ["host"]],
    [typed("b\u00fc\u202echer"), ["host"]],
    [typed("db1", "0"), ["port"]],
    [typed("db1", "ssh"), ["port"]],
    [typed("db1:99999"), ["port"]],
    [typed("db1", "22", ""), ["user"]],
    [typed("db1", "22", "-l"), ["user"]],
    [typed("db1", "22", "a b"), ["user"]],
    [typed("", "x", ""), ["host", "port", "user"]],
  ])("%j has its error at its own field", (fields, names) => {
    const understood = understand(fields);
    expect(understood.kind === "errors" && Object.keys(understood.errors)).toEqual(names);
  });

  it("says what is wrong with a pasted address that holds a password, and does not repeat it", () => {
    const understood = understand(typed("ssh://bob:secret@db1"));
    expect(understood.kind === "errors" && understood.errors.host).toContain("password");
    expect(JSON.stringify(understood)).not.toContain("secret");
  });
});

describe("spreadHost", () => {
  it("moves what was typed into the fields where it belongs", () => {
    expect(spreadHost(typed("bob@db1:2222"))).toEqual(typed("db1", "2222", "bob"));
  });

  it("leaves alone what it does not understand", () => {
    const fields = typed("ssh://bob:secret@db1");
    expect(spreadHost(fields)).toBe(fields);
  });
});
