// While a person is asked about a host key, the server goes on: whatever it does, nothing of a login leaves, and an answer counts
// for what was asked, if it still counts at all.

import { describe, expect, it } from "vitest";
import { edKey } from "../../client/keys/scripted-certificate.ts";
import * as payloads from "../scripted/payloads.ts";
import { DEFAULT_HOST_KEY } from "../scripted/server.ts";
import { rejection } from "./driving.ts";
import { asking, HOST, line, loginBytes, OTHER, SEED } from "./scripted-visit.ts";

describe("while the question is open", () => {
  it("nothing of a login has left", async () => {
    const { open, server, answer, connecting } = asking();
    await open;
    expect(loginBytes(server)).toEqual([]);
    answer("reject");
    expect(await rejection(connecting)).toMatchObject({ code: "host-key-rejected" });
    await server.ended;
    expect(loginBytes(server)).toEqual([]);
  });

  it("the person may leave: the question is moot, and a late yes counts for nothing", async () => {
    const { open, server, answer, connecting, abort, who } = asking();
    const signal = await open;
    abort.abort();
    expect(await rejection(connecting)).toMatchObject({ code: "aborted" });
    expect(signal.aborted).toBe(true);
    answer("accept");
    await server.ended;
    expect(loginBytes(server)).toEqual([]);
    expect([who.bases, who.store.texts.get("")]).toEqual([[], "\n"]);
  });

  it.each([
    ["hangs up", undefined, "lost"],
    ["says why and hangs up", payloads.disconnect(2, "Timeout before authentication"), "peer-disconnect"],
  ])("a server that %s ends it, and a late yes saves nothing", async (_, last, code) => {
    const { open, server, answer, connecting, who } = asking();
    const signal = await open;
    if (last) void server.sendNow(last);
    await server.hangUp();
    expect(await rejection(connecting)).toMatchObject({ code });
    expect(signal.aborted).toBe(true);
    answer("accept");
    await server.ended;
    expect(loginBytes(server)).toEqual([]);
    expect([who.bases, who.store.texts.get("")]).toEqual([[], "\n"]);
  });

  it("a server that pours on is cut off, and the person is told at once", async () => {
    const { open, server, connecting, taken } = asking();
    const signal = await open;
    const before = taken();
    for (let packet = 0; packet < 200; packet++) server.sendNow(payloads.ignore(30_000)).catch(() => {});
    expect(await rejection(connecting)).toMatchObject({ code: "protocol" });
    expect(signal.aborted).toBe(true);
    expect(taken() - before).toBeLessThan(512 * 1024);
    await server.ended;
    expect(loginBytes(server)).toEqual([]);
  });

  it.each([
    ["another tab revokes the key", `@revoked * ${line(edKey(SEED)).slice(HOST.length + 1)}`, "host-key-revoked"],
    ["another tab saves another key", line(edKey(OTHER)), "host-key-changed"],
  ])("%s: a yes to what was known before is no yes", async (_, added, code) => {
    for (const verdict of ["accept", "accept-once"] as const) {
      const { open, server, answer, connecting, who } = asking();
      await open;
      await who.store.edit("", (text) => `${text}${added}\n`, []);
      answer(verdict);
      expect(await rejection(connecting)).toMatchObject({ code });
      await server.ended;
      expect(loginBytes(server)).toEqual([]);
      expect(who.store.texts.get("")).toBe(`\n${added}\n`);
    }
  });

  it("a server that tries to change its key by another exchange gets nowhere", async () => {
    let shown = 0;
    const hostKey = () => (shown++ === 0 ? DEFAULT_HOST_KEY : { ...DEFAULT_HOST_KEY, blob: edKey(OTHER) });
    const { open, server, answer, connecting, who } = asking({ server: { hostKey } });
    await open;
    server.rekey();
    answer("accept");
    expect(
      await rejection(connecting.then((connection) => connection.closed).then((cause) => Promise.reject(cause))),
    ).toMatchObject({
      code: expect.stringMatching(/host-key-changed|host-key-unproved|protocol/),
    });
    await server.ended;
    expect(who.store.texts.get("")).not.toContain(line(edKey(OTHER)));
  });
});
