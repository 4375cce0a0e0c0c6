import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it } from "vitest";
import { Database } from "./database.ts";
import { forgetDestination, recentDestinations, rememberDestination } from "./destinations.ts";

let count = 0;
let database = new Database();
beforeEach(() => {
  database = new Database(`destinations-${++count}`);
});
const at = (host: string, port = 22, user = "ada") => ({ host, port, user });

describe("recent destinations", () => {
  it("are none at first", async () => expect(await recentDestinations(database)).toEqual([]));

  it("come with the last used first", async () => {
    await rememberDestination(database, at("a"), 1);
    await rememberDestination(database, at("b"), 3);
    await rememberDestination(database, at("c"), 2);
    expect((await recentDestinations(database)).map(({ host }) => host)).toEqual(["b", "c", "a"]);
  });

  it("used again move to the front, and stay one", async () => {
    await rememberDestination(database, at("a"), 1);
    await rememberDestination(database, at("b"), 2);
    await rememberDestination(database, at("a"), 3);
    expect(await recentDestinations(database)).toEqual([
      { ...at("a"), lastUsed: 3 },
      { ...at("b"), lastUsed: 2 },
    ]);
  });

  it("of another port or user are others", async () => {
    const three = [at("a"), at("a", 2222), at("a", 22, "grace")];
    for (const [i, destination] of three.entries()) await rememberDestination(database, destination, i);
    await forgetDestination(database, at("a"));
    expect((await recentDestinations(database)).map(({ port, user }) => [port, user])).toEqual([
      [22, "grace"],
      [2222, "ada"],
    ]);
  });

  it("hold nothing but host, port, user name and date", async () => {
    const more = { ...at("a"), password: "secret" };
    await rememberDestination(database, more, 1);
    expect(await recentDestinations(database)).toEqual([{ ...at("a"), lastUsed: 1 }]);
  });

  it("are fifty at most: the one unused for longest goes", async () => {
    for (let i = 0; i < 53; i++) await rememberDestination(database, at(`host${i}`), i);
    const kept = await recentDestinations(database);
    expect(kept).toHaveLength(50);
    expect([kept[0]?.host, kept.at(-1)?.host]).toEqual(["host52", "host3"]);
  });
});
