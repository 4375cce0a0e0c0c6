import { expect, it } from "vitest";
import { ascii } from "../bytes/bytes.ts";
import { decodeUtf8 } from "../bytes/text.ts";
import { Outbox } from "./outbox.ts";

it("what is said in one turn leaves as one message, and a flush keeps its place in the order", async () => {
  const sent: string[] = [];
  const outbox = new Outbox((bytes) => sent.push(decodeUtf8(bytes)));
  outbox.push(ascii("a"));
  outbox.push(ascii("b"));
  outbox.push(ascii(""));
  expect(sent).toEqual([]);
  await Promise.resolve();
  expect(sent).toEqual(["ab"]);
  outbox.push(ascii("c"));
  outbox.flush();
  sent.push("paste");
  outbox.push(ascii("d"));
  await Promise.resolve();
  expect(sent).toEqual(["ab", "c", "paste", "d"]);
});
