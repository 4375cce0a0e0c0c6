// A page that asks for cross-origin isolation (it wants SharedArrayBuffer, say) refuses every frame without an embedder policy
// like its own, and the frame then every worker. The widget has it, and all that the widget loads.

import { expect } from "@playwright/test";
import { agree, element, expectHeard, frameOf, test } from "./support-embed.ts";

test("a page that is cross-origin isolated embeds the widget as any other", async ({ browserName, page, stage }) => {
  const { sshd, course } = stage;
  const { host, port, user } = sshd;
  const headers = {
    "Cross-Origin-Embedder-Policy": "require-corp",
    // With both, Firefox puts the page into a process of its own, and Playwright's clicks into its frames are lost.
    ...(browserName === "chromium" ? { "Cross-Origin-Opener-Policy": "same-origin" } : {}),
  };
  const content = element(stage, `host="${host}" port="${port}" user="${user}"`);
  await page.goto(course.serve({ ...content, headers }));
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(browserName === "chromium");
  await expectHeard(page, { type: "ready", version: 1 });
  await agree(frameOf(page));
  // The worker has its code and the relay: it speaks SSH by now.
  await expectHeard(page, { type: "needsAttention", what: "hostkey" });
});
