// Real browsers against the built page, the built relay and a real sshd. No test runs a second time: one that passes on a retry
// has found something.

import { defineConfig, type PlaywrightTestProject } from "@playwright/test";
import { type BrowserName, findBrowser } from "../fixtures/browsers.ts";

const BROWSERS: readonly BrowserName[] = ["chromium", "firefox"];
const CI = process.env.CI === "true" || process.env.CI === "1";

function project(name: BrowserName): PlaywrightTestProject[] {
  let executablePath: string;
  try {
    executablePath = findBrowser(name);
  } catch (error) {
    // In CI a browser less is half the proof less. Elsewhere it is said, and the other one still runs.
    if (CI) throw error;
    console.error(`NOT RUN in ${name}: ${error instanceof Error ? error.message : error}`);
    return [];
  }
  return name === "chromium"
    ? [{ name, use: { browserName: "chromium", launchOptions: { executablePath } } }]
    : // The stock Firefox over BiDi; Playwright's own build is another browser. The preference lets clicks reach frames.
      [
        {
          name,
          use: {
            browserName: "firefox",
            channel: "moz-firefox",
            launchOptions: { executablePath, firefoxUserPrefs: { "fission.webContentIsolationStrategy": 0 } },
          },
        },
      ];
}

export default defineConfig({
  testDir: ".",
  outputDir: "../../test-results",
  // Each file has its own relay, sshd and user; more than two at once and a loaded machine's pauses look like faults.
  workers: 2,
  retries: 0,
  forbidOnly: CI,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: { trace: "off", screenshot: "only-on-failure", video: "off" },
  projects: BROWSERS.flatMap(project),
});
