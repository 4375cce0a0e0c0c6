import { expect, it } from "vitest";
import { storageState, type Tries } from "./storage-state.ts";

const no = () => Promise.reject(new Error("denied"));
const never = new Promise<never>(() => {});
const tries: Tries = {
  own: false,
  late: never,
  write: async () => {},
  access: async () => true,
  beyond: async () => undefined,
};

it.each<[what: string, Partial<Tries>, state: string]>([
  ["access opens the frame's own storage", {}, "shared"],
  ["access is there, and the storage is the same", { beyond: async () => true }, "shared"],
  ["access is there, and storage stays apart", { beyond: async () => false }, "partitioned"],
  ["access is there, and nothing beyond can be tried", { beyond: no }, "partitioned"],
  ["no access", { access: async () => false }, "partitioned"],
  ["nobody to ask for access", { access: () => undefined }, "partitioned"],
  ["asking fails", { access: no }, "partitioned"],
  ["our own page around", { own: true, access: () => undefined }, "shared"],
  ["writing never ends", { write: () => never, late: Promise.resolve("denied") }, "denied"],
  ["nothing can be written", { write: no }, "denied"],
  ["nothing can be written in our own page", { own: true, write: no }, "denied"],
])("%s: %s", async (_, changed, state) => {
  expect(await storageState({ ...tries, ...changed })).toBe(state);
});
