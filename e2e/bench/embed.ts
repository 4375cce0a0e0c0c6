// How soon a widget in somebody else's page shows a prompt, beside the app's own page, and what each widget costs in memory.

import { findBrowser } from "../fixtures/browsers.ts";
import { type BarePage, openBarePage } from "./chromium.ts";
import { type EmbedStage, PROMPT_TITLE, setUpEmbedding, type WidgetState } from "./embed-stage.ts";
import { median, printTable, ratio } from "./report.ts";
import { proportionalBytes } from "./usage.ts";

/** Many more say little more, and each takes a quarter of a minute. */
const MEMORY_ROUNDS = 3;
/** What was only needed to begin is collected, and given back to the system, a little later. */
const SETTLE_MS = 3000;
const PATIENCE_MS = 30_000;

const VISITS = ["first visit", "second visit"] as const;
const COUNTS = [1, 10];
const STATES: readonly WidgetState[] = ["idle", "shell"];

export async function measureEmbedding(rounds: number): Promise<void> {
  const stage = await setUpEmbedding();
  const measured = new Map<string, number[]>();
  const note = (name: string, value: number) => measured.set(name, [...(measured.get(name) ?? []), value]);
  try {
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`embed: round ${round} of ${rounds}\n`);
      await inBrowser(async (page) => {
        for (const visit of VISITS) {
          const { ready, prompt } = await visitWidget(page, stage);
          note(`widget ready, ${visit}`, ready);
          note(`widget, ${visit}`, prompt);
        }
      });
      await inBrowser(async (page) => {
        for (const visit of VISITS) note(`app, ${visit}`, await appToPrompt(page, stage));
      });
      if (round > MEMORY_ROUNDS) continue;
      const empty = await memoryOf(stage, 0, "idle");
      for (const state of STATES)
        for (const count of COUNTS) {
          const { processes, heaps } = await memoryOf(stage, count, state);
          note(`${state}, ${count}: processes`, (processes - empty.processes) / count);
          note(`${state}, ${count}: script heaps`, (heaps - empty.heaps) / count);
        }
    }
  } finally {
    await stage.stop();
  }
  report(measured);
}

/** A browser of its own, with nothing in its cache. */
async function inBrowser<T>(work: (page: BarePage) => Promise<T>): Promise<T> {
  const page = await openBarePage(findBrowser("chromium"), "about:blank", "true");
  try {
    return await work(page);
  } finally {
    await page.close();
  }
}

interface WidgetTimes {
  /** From the script tag until the widget has answered the page, in ms. */
  readonly ready: number;
  /** And until the terminal has read the prompt. */
  readonly prompt: number;
}

async function visitWidget(page: BarePage, stage: EmbedStage): Promise<WidgetTimes> {
  await page.visit(stage.hostPage(1, "shell"), "window.shells > 0 || window.problem");
  const { problem, ...times } = await page.evaluate<WidgetTimes & { readonly problem?: string }>(
    `({
      problem: window.problem,
      ready: window.greeted - window.begun,
      prompt: window.prompted - window.begun,
    })`,
  );
  if (problem !== undefined) throw new Error(`the widget: ${problem}`);
  return times;
}

/** From the opening of the page; its form is filled and sent off as soon as it is there. The page's title is the terminal's. */
async function appToPrompt(page: BarePage, { app }: EmbedStage): Promise<number> {
  await page.visit(app.address, "document.querySelector('form')");
  return page.evaluate<number>(`new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the app: " + document.body.innerText)), ${PATIENCE_MS});
    const watch = new MutationObserver(() => {
      if (!document.title.startsWith("${PROMPT_TITLE}")) return;
      clearTimeout(timer);
      resolve(performance.now());
    });
    watch.observe(document.head, { subtree: true, childList: true, characterData: true });
    const { elements } = document.querySelector("form");
    for (const [name, value] of Object.entries(${JSON.stringify(app.form)})) {
      elements[name].value = value;
      elements[name].dispatchEvent(new Event("input", { bubbles: true }));
    }
    document.querySelector("form").requestSubmit();
  })`);
}

interface Memory {
  /** Of all processes with pages in them, what they share divided. */
  readonly processes: number;
  /** What the browser says that scripts of the page, its frames and their workers hold. */
  readonly heaps: number;
}

const memoryOf = (stage: EmbedStage, widgets: number, state: WidgetState): Promise<Memory> =>
  inBrowser(async (page) => {
    const ready = state === "shell" ? `window.shells === ${widgets}` : `document.readyState === "complete"`;
    await page.visit(stage.hostPage(widgets, state), ready);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return { processes: proportionalBytes(page.renderers()), heaps: await page.heaps() };
  });

function report(measured: ReadonlyMap<string, readonly number[]>): void {
  const row = (name: string, shown: (value: number) => string) => {
    const values = measured.get(name) ?? [];
    return [name, ...[Math.min(...values), median(values), Math.max(...values)].map(shown)];
  };
  const header = ["", "min", "median", "max"];
  printTable(
    "Script tag to prompt, in another site's page, beside the app's own page (ms; no question is asked)",
    header,
    VISITS.flatMap((visit) => [
      row(`widget ready, ${visit}`, (ms) => ms.toFixed(0)),
      row(`widget, ${visit}`, (ms) => ms.toFixed(0)),
      row(`app, ${visit}`, (ms) => ms.toFixed(0)),
      [`ratio, ${visit}`, ...ratio(measured, { of: `widget, ${visit}`, to: `app, ${visit}` }).map((n) => n.toFixed(2))],
    ]),
  );
  printTable(
    "Memory for each widget, of 1 and of 10 in one page (MiB over the same page without; PSS of all renderers)",
    header,
    [...measured.keys()]
      .filter((name) => name.includes(":"))
      .map((name) => row(name, (bytes) => (bytes / 1024 / 1024).toFixed(1))),
  );
}
