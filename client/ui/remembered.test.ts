import { expect, it } from "vitest";
import { rememberedSwitch } from "./remembered.ts";

function storage(kept: Record<string, string> = {}) {
  return {
    kept,
    getItem: (key: string) => kept[key] ?? null,
    setItem(key: string, value: string) {
      kept[key] = value;
    },
  };
}

it("is off at first, and stores nothing until it is used", () => {
  const store = storage();
  expect(rememberedSwitch("reader", () => store).value).toBe(false);
  expect(store.kept).toEqual({});
});

it("is what it was when the page is opened again", () => {
  const store = storage();
  rememberedSwitch("reader", () => store).value = true;
  const again = rememberedSwitch("reader", () => store);
  expect(again.value).toBe(true);
  again.value = false;
  expect(rememberedSwitch("reader", () => store).value).toBe(false);
});

it("works without being remembered where storage is denied", () => {
  const reader = rememberedSwitch("reader", () => {
    throw new DOMException("denied", "SecurityError");
  });
  reader.value = true;
  expect(reader.value).toBe(true);
});
