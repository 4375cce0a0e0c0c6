// The page that writes the snippets: they work on another site as they are written, and the preview shows what a page hears.

import { createHash } from "node:crypto";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";
import { NEWEST, RELEASES } from "../../client/widget/embed/releases.ts";
import { test as base } from "../fixtures/browser-test.ts";
import { type HostPages, startHostPages } from "../fixtures/host-pages.ts";
import { type RelayUnderTest, startRelay } from "../fixtures/relay.ts";

const TARGET = { host: "127.0.0.1", port: "2222", user: "ada" };

interface Place {
  readonly listing: RelayUnderTest;
  readonly course: HostPages;
}

const test = base.extend<object, { readonly place: Place }>({
  place: [
    async ({ playwright: _ }, use) => {
      const course = await startHostPages();
      const embed = ["self", { origin: course.origin, open: [`${TARGET.host}:${TARGET.port}`] }];
      const listing = await startRelay({ config: { embed } });
      await use({ listing, course });
      await listing.stop();
      await course.stop();
    },
    { scope: "worker" },
  ],
});

const fill = async (page: Page, { listing }: Place, origin: string) => {
  await page.goto(`${listing.origin}/playground.html`);
  await page.getByLabel("Host").fill(TARGET.host);
  await page.getByLabel("Port").fill(TARGET.port);
  await page.getByLabel("User name").fill(TARGET.user);
  await page.getByLabel("Your page's origin").fill(origin);
};

test("every snippet works as it is written, on a page of another site with a strict policy", async ({
  context,
  page,
  place,
}) => {
  const { listing, course } = place;
  await fill(page, place, course.origin);
  await expect(page.getByRole("status").filter({ hasText: "is open to everyone" })).toBeVisible();
  const reader = await context.newPage();
  for (const way of ["Element", "Module", "Plain iframe"]) {
    await page.getByLabel(way).check();
    const snippet = await page.getByRole("region", { name: "the snippet" }).innerText();
    const inline = /<script type="module">([\s\S]*)<\/script>/.exec(snippet)?.[1] ?? "";
    const hash = createHash("sha256").update(inline).digest("base64");
    const policy = `default-src 'none'; script-src ${listing.origin} 'sha256-${hash}'; frame-src ${listing.origin}`;
    await reader.goto(course.serve({ body: snippet, headers: { "content-security-policy": policy } }));
    const frame = reader.frameLocator("iframe");
    await expect(frame.getByRole("button", { name: "Connect", exact: true }), way).toBeVisible();
    await expect(frame.getByText(course.origin), way).toBeVisible();
    await expect(frame.getByText(`ada@${TARGET.host}:${TARGET.port}`), way).toBeVisible();
    const box = await reader.locator("iframe").boundingBox();
    expect(box?.height, way).toBeGreaterThan(400);
  }
  await reader.close();
});

test("the script is what was released, at its own address and at the newest one's @one-browser", async ({
  place,
  request,
}) => {
  for (const path of [`/embed/${NEWEST}/embed.js`, "/embed.js"]) {
    const body = await (await request.get(place.listing.origin + path)).body();
    expect(`sha384-${createHash("sha384").update(body).digest("base64")}`, path).toBe(RELEASES[NEWEST]);
  }
});

test("the preview is our own element, and the page shows what it hears @one-browser", async ({
  browserName,
  page,
  place,
}) => {
  const { origin } = place.listing;
  await page.goto(place.listing.address);
  await page.getByRole("link", { name: "Embed a terminal in your own page" }).click();
  await expect(page.getByText("does not let https://learn.example embed it")).toBeVisible();
  await page.getByLabel("Host").fill(TARGET.host);
  await page.getByLabel("My backend signs grants").check();
  await page.getByRole("button", { name: "Show the preview" }).click();
  const frame = page.frameLocator("periwinkle-terminal iframe");
  await expect(frame.getByRole("heading", { name: `Connect to ${TARGET.host}?` })).toBeVisible();
  await expect(frame.getByText(origin)).toBeVisible();
  const log = page.getByRole("log", { name: "What the page hears" });
  await expect(log.getByText(/"storage":"shared"/)).toBeVisible();
  await page.getByLabel("Port").fill("2200");
  await expect(frame.getByText(`${TARGET.host}:2200`)).toBeVisible();
  await page.getByRole("button", { name: "Send “date”" }).click();
  await expect(log.getByText(/"about":"sendText"/)).toBeVisible();
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    if (browserName !== "chromium") continue;
    const { violations } = await new AxeBuilder({ page }).exclude("periwinkle-terminal").setLegacyMode(true).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
  }
});
