import { describe, expect, it } from "vitest";
import { parseFragment } from "../../ui/fragment.ts";
import { appLink } from "./link.ts";

const PIN = `SHA256:${"aB+/".repeat(10)}abA`;

describe("the link that the app is filled from", () => {
  it.each([
    [{ host: "db1.example", port: 22, user: "alice" }, []],
    [{ host: "2001:db8::1", port: 2222, user: "alice" }, []],
    [{ host: "db1", port: 22, user: "o'b ri@n;&x/ü" }, []],
    [{ host: "db1", port: 22, user: "alice" }, [PIN]],
    [{ host: "db1", port: 22, user: "alice" }, [PIN, `SHA256:${"A".repeat(43)}`]],
  ])("says %j, and what its key should be", (destination, fingerprints) => {
    const link = appLink(
      destination,
      fingerprints.map((fingerprint) => ({ source: "embedder", fingerprint })),
    );
    const { destination: read, remains } = parseFragment(`#${"0f".repeat(16)}&${link}`);
    if (destination.user.includes(";")) return expect(read.kind).not.toBe("none");
    expect(read).toEqual({
      kind: "given",
      target: { host: destination.host, port: destination.port },
      user: destination.user,
      fingerprints,
    });
    expect(remains).toBe(`#${link}`);
  });
});
