// What a page's author is told by the types: checked by tsc, run for its one value.

import { describe, expect, expectTypeOf, it } from "vitest";
import type { Hello, ParentMessage, WidgetMessage } from "./1.0.0/contract.d.ts";
import type { PeriwinkleTerminal, Problem, TerminalEventMap } from "./1.0.0/embed.d.ts";

type Made = HTMLElementTagNameMap["periwinkle-terminal"];
type Listener<K extends keyof TerminalEventMap> = TerminalEventMap[K] extends CustomEvent<infer D> ? D : never;

describe("the types of embed.js", () => {
  it("know the element by its name", () => {
    expectTypeOf<Made>().toEqualTypeOf<PeriwinkleTerminal>();
  });

  it("have an event for every message but the one that ends in a problem", () => {
    type Names = Lowercase<Exclude<WidgetMessage["type"], "unsupported">>;
    expectTypeOf<Names>().toEqualTypeOf<Exclude<keyof TerminalEventMap, keyof HTMLElementEventMap>>();
  });

  it("give listeners what the contract says", () => {
    expectTypeOf<Listener<"size">>().toEqualTypeOf<{ readonly columns: number; readonly rows: number }>();
    expectTypeOf<Listener<"exit">>().toEqualTypeOf<{ readonly status: number } | { readonly signal: string }>();
    expectTypeOf<Listener<"bell">>().toEqualTypeOf<Readonly<Record<never, never>>>();
    expectTypeOf<Listener<"problem">>().toEqualTypeOf<Problem>();
  });

  it("take grants from a function that is told what is wanted", () => {
    const use = (terminal: PeriwinkleTerminal): void => {
      terminal.grant = async ({ host, port, user }) => {
        expectTypeOf({ host, port, user }).toEqualTypeOf<{ host: string; port: number; user: string }>();
        return "a.b.c";
      };
      // @ts-expect-error: a number is no grant
      terminal.grant = 7;
      // @ts-expect-error: a place has a host
      terminal.connect({ user: "ada" });
      // @ts-expect-error: there is no such scheme
      terminal.setTheme({ scheme: "sepia" });
      // @ts-expect-error: no secret is ever given
      terminal.connect({ host: "db1.example", password: "x" });
      terminal.addEventListener("size", ({ detail }) => detail.columns.toFixed());
      terminal.addEventListener("click", ({ clientX }) => clientX.toFixed());
    };
    expect(use).toBeTypeOf("function");
  });

  it("greet with versions and nothing else, and send nothing but the contract's verbs", () => {
    expectTypeOf<Hello>().toEqualTypeOf<{ readonly periwinkle: readonly number[] }>();
    expectTypeOf<ParentMessage["type"]>().toEqualTypeOf<
      "connect" | "grant" | "disconnect" | "focus" | "theme" | "font" | "sendText"
    >();
  });
});
