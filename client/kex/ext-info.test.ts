import { describe, expect, it } from "vitest";
import { extensionInfo } from "../../e2e/scripted/server.ts";
import { SshError } from "../bytes/errors.ts";
import { Writer } from "../bytes/wire.ts";
import { ExtensionInfo, ourExtensionInfo } from "./ext-info.ts";

const code = (action: () => void): string => {
  try {
    action();
    return "accepted";
  } catch (error) {
    return error instanceof SshError ? error.code : String(error);
  }
};

describe("extension information", () => {
  it("tells the server's signature algorithms, and ignores what it does not know", () => {
    const info = new ExtensionInfo();
    expect(info.signatureAlgorithms).toBeUndefined();
    info.receive(
      extensionInfo({ "no-flow-control": "p", "server-sig-algs": "ssh-ed25519,rsa-sha2-512", "ping@openssh.com": "0" }),
      true,
    );
    expect(info.signatureAlgorithms).toEqual(["ssh-ed25519", "rsa-sha2-512"]);
    expect([info.ping, info.hostBound]).toEqual([true, false]);
  });

  it("may come twice, and the later one holds; a third breaks the protocol", () => {
    const info = new ExtensionInfo();
    info.receive(extensionInfo({ "server-sig-algs": "a" }), true);
    info.receive(extensionInfo({ "server-sig-algs": "b" }), false);
    expect(info.signatureAlgorithms).toEqual(["b"]);
    expect(code(() => info.receive(extensionInfo({}), false))).toBe("protocol");
  });

  it("knows the host-bound login, and no other version than 0 of anything", () => {
    const info = new ExtensionInfo();
    info.receive(extensionInfo({ "publickey-hostbound@openssh.com": "0", "ping@openssh.com": "1" }), true);
    expect([info.ping, info.hostBound]).toEqual([false, true]);
  });

  it("in the login may change nothing but server-sig-algs", () => {
    const info = new ExtensionInfo();
    info.offeredInAuth = true;
    info.receive(extensionInfo({ "ping@openssh.com": "0" }), true);
    info.receive(
      extensionInfo({ "server-sig-algs": "b", "publickey-hostbound@openssh.com": "0", "ping@openssh.com": "1" }),
      false,
    );
    expect([info.signatureAlgorithms, info.ping, info.hostBound]).toEqual([["b"], true, false]);
  });

  it("R-SM-2: in the login belongs right before SUCCESS, and anywhere where more was offered", () => {
    for (const [offered, number, verdict] of [
      [false, 52, "accepted"],
      [false, 51, "protocol"],
      [false, 60, "protocol"],
      [false, 53, "protocol"],
      [true, 51, "accepted"],
    ] as const) {
      const info = new ExtensionInfo();
      info.offeredInAuth = offered;
      info.receive(extensionInfo({}), true);
      info.loginMessage(51);
      info.receive(extensionInfo({}), false);
      expect([offered, number, code(() => info.loginMessage(number))]).toEqual([offered, number, verdict]);
    }
  });

  it("ours says that more may come in the login, and nothing else", () => {
    expect(ourExtensionInfo()).toEqual(extensionInfo({ "ext-info-in-auth@openssh.com": "0" }));
  });

  it.each([
    ["cut short", extensionInfo({ a: "b" }).subarray(0, 10)],
    ["with bytes after its end", Uint8Array.of(...extensionInfo({ a: "b" }), 0)],
    ["with a count beyond its entries", new Writer().byte(7).uint32(2).text("a").text("b").done()],
    ["with a count without end", new Writer().byte(7).uint32(0xffffffff).done()],
    ["with 65 entries", extensionInfo(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`x${i}`, ""])))],
    ["with a name-list too long", extensionInfo({ "server-sig-algs": "a,".repeat(1001) })],
  ])("%s breaks the protocol", (_case, payload) => {
    expect(code(() => new ExtensionInfo().receive(payload, true))).toBe("protocol");
  });
});
