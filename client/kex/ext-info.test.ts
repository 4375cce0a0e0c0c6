import { describe, expect, it } from "vitest";
import { extensionInfo } from "../../e2e/scripted/server.ts";
import { SshError } from "../bytes/errors.ts";
import { Writer } from "../bytes/wire.ts";
import { ExtensionInfo } from "./ext-info.ts";

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
    );
    expect(info.signatureAlgorithms).toEqual(["ssh-ed25519", "rsa-sha2-512"]);
  });

  it("may come twice, and the later one holds; a third breaks the protocol", () => {
    const info = new ExtensionInfo();
    info.receive(extensionInfo({ "server-sig-algs": "a" }));
    info.receive(extensionInfo({ "server-sig-algs": "b" }));
    expect(info.signatureAlgorithms).toEqual(["b"]);
    expect(code(() => info.receive(extensionInfo({})))).toBe("protocol");
  });

  it.each([
    ["cut short", extensionInfo({ a: "b" }).subarray(0, 10)],
    ["with bytes after its end", Uint8Array.of(...extensionInfo({ a: "b" }), 0)],
    ["with a count beyond its entries", new Writer().byte(7).uint32(2).text("a").text("b").done()],
    ["with a count without end", new Writer().byte(7).uint32(0xffffffff).done()],
    ["with 65 entries", extensionInfo(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`x${i}`, ""])))],
    ["with a name-list too long", extensionInfo({ "server-sig-algs": "a,".repeat(1001) })],
  ])("%s breaks the protocol", (_case, payload) => {
    expect(code(() => new ExtensionInfo().receive(payload))).toBe("protocol");
  });
});
