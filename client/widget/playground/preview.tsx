// The widget in this very page, by our own element, with everything it says below it.

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { cleanLine } from "../../bytes/text.ts";
import type { PeriwinkleTerminal } from "../embed/1.0.0/embed.d.ts";
import { createTerminal } from "./script.ts";
import type { Embedding } from "./snippets.ts";

/** In the order in which they mostly come; the names of the element's events. */
const EVENTS = [
  "ready",
  "state",
  "needsattention",
  "needsgrant",
  "connected",
  "size",
  "bell",
  "title",
  "exit",
  "closed",
  "problem",
] as const;

const KEPT = 60;
const LONGEST = 300;

interface Heard {
  readonly number: number;
  readonly name: string;
  readonly data: string;
}

export function Preview({ embedding }: { readonly embedding: Embedding }) {
  const place = useRef<HTMLDivElement>(null);
  const terminal = useRef<PeriwinkleTerminal>(undefined);
  const heard = useSignal<readonly Heard[]>([]);
  const log = useRef<HTMLDivElement>(null);
  const shown = useSignal<"no" | "yes" | "failed">("no");

  const note = (name: string, detail: unknown): void => {
    const number = (heard.peek().at(-1)?.number ?? 0) + 1;
    const data = cleanLine(JSON.stringify(detail), LONGEST);
    heard.value = [...heard.peek().slice(1 - KEPT), { number, name, data }];
  };

  const show = async (): Promise<void> => {
    try {
      const made = await createTerminal();
      for (const name of EVENTS) made.addEventListener(name, ({ detail }) => note(name, detail));
      terminal.current = made;
      apply(made, embedding);
      place.current?.replaceChildren(made);
      shown.value = "yes";
    } catch {
      shown.value = "failed";
    }
  };

  useEffect(() => {
    if (terminal.current) apply(terminal.current, embedding);
  }, [embedding]);

  useLayoutEffect(() => log.current?.scrollTo(0, log.current.scrollHeight), [heard.value]);

  return (
    <section class="sheet padded" aria-labelledby="preview">
      <h2 id="preview">Live preview</h2>
      {shown.value === "no" && (
        <>
          <p class="soft">The widget, embedded in this page as it would be in yours. It connects when you say so.</p>
          <div class="actions">
            <button type="button" class="primary" onClick={() => void show()}>
              Show the preview
            </button>
          </div>
        </>
      )}
      {shown.value === "failed" && <p role="alert">The script did not load. Check that you are online, and reload.</p>}
      <div class="preview" ref={place} />
      {shown.value === "yes" && (
        <>
          <div class="actions">
            <button type="button" class="small" onClick={() => terminal.current?.connect()}>
              Suggest again
            </button>
            <button type="button" class="small" onClick={() => terminal.current?.focus()}>
              Focus
            </button>
            <button type="button" class="small" onClick={() => terminal.current?.sendText("date\n")}>
              Send “date”
            </button>
            <button type="button" class="small" onClick={() => terminal.current?.disconnect()}>
              Disconnect
            </button>
          </div>
          <h3 id="heard">What the page hears</h3>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
          <div class="heard" ref={log} role="log" aria-labelledby="heard" tabIndex={0}>
            <ol>
              {heard.value.map(({ number, name, data }) => (
                <li key={number}>
                  <b>{name}</b> {data}
                </li>
              ))}
            </ol>
          </div>
        </>
      )}
    </section>
  );
}

function apply(terminal: PeriwinkleTerminal, { host, port, user, pins, theme, fontSize }: Embedding): void {
  Object.assign(terminal, { host, port, user: user === "" ? null : user, pins, theme, fontSize });
}
