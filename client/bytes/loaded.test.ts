import { expect, it } from "vitest";
import { loaded } from "./loaded.ts";

it("a part that loads is the part", async () => {
  expect(await loaded(Promise.resolve({ word: 1 }))).toEqual({ word: 1 });
});

it("a part that does not load is a named error that says what to do", async () => {
  const cause = new TypeError("Failed to fetch dynamically imported module");
  await expect(loaded(Promise.reject(cause))).rejects.toMatchObject({
    name: "SshError",
    code: "not-loaded",
    message: expect.stringContaining("Reload the page and try again"),
    cause,
  });
});
