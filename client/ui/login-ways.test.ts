import { expect, it } from "vitest";
import { firstWay } from "./credential-dialog.tsx";
import { KeyDraft } from "./key-draft.ts";

const question = {
  kind: "credential",
  password: true,
  key: true,
  challenge: true,
  problem: undefined,
  furtherFactor: false,
  keyProblem: undefined,
} as const;

it.each([
  [{}, "password"],
  [{ problem: "key-refused" }, "key"],
  [{ keyProblem: { sentence: "This key is locked.", locked: true } }, "key"],
  [{ problem: "challenge-refused" }, "challenge"],
  [{ problem: "key-refused", key: false }, "password"],
  [{ password: false }, "challenge"],
  [{ password: false, challenge: false }, "key"],
] as const)("%j begins with the %s", (more, way) => expect(firstWay({ ...question, ...more })).toBe(way));

it("a key draft hands out copies and wipes what it keeps", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const draft = new KeyDraft();
  draft.keep(bytes, "id_ed25519");
  expect(draft.copy()).toEqual(Uint8Array.of(1, 2, 3));
  expect(draft.copy()).not.toBe(bytes);
  expect(JSON.stringify({ draft })).not.toContain("1,2,3");
  draft.wipe();
  expect(bytes).toEqual(new Uint8Array(3));
  expect([draft.present, draft.copy(), draft.name]).toEqual([false, undefined, ""]);
});
