// Real browsers against the built page, the built relay and a real sshd. No test runs a second time: one that passes on a retry
// has found something.

import { defineConfig, type PlaywrightTestProject } from "@playwright/test";
import { type BrowserName, findBrowser } from "../fixtures/browsers.ts";

const CI = process.env.CI === "true" || process.env.CI === "1";

/**
 * A test with this in its title runs in Chromium alone, since nothing of what it proves is up to the browser: the relay, the
 * server and the engine decide it, as the protocol tests show in Node, and what is seen are words, on screens that other tests
 * see in both. None that is the only one to touch storage, clipboard, files, Web Crypto, keyboard or layout in some way. It
 * saves four minutes of Firefox.
 */
const ONE_BROWSER = /@one-browser/;

/** What Firefox cannot do: it never says that something is seen, so no dialog of a frame ever opens there. */
const ONLY_CHROMIUM = /\.chromium\.spec\.ts$/;

/** Undefined where there is none. In CI a browser less is half the proof less; elsewhere it is said, and the other one runs. */
function programOf(name: BrowserName): string | undefined {
  try {
    return findBrowser(name);
  } catch (error) {
    if (CI) throw error;
    console.error(`NOT RUN in ${name}: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

const programs = { chromium: programOf("chromium"), firefox: programOf("firefox") };
const projects: PlaywrightTestProject[] = [];
if (programs.chromium !== undefined)
  projects.push({
    name: "chromium",
    use: { browserName: "chromium", launchOptions: { executablePath: programs.chromium } },
  });
if (programs.firefox !== undefined)
  projects.push({
    name: "firefox",
    testIgnore: ONLY_CHROMIUM,
    ...(programs.chromium === undefined ? {} : { grepInvert: ONE_BROWSER }),
    use: {
      browserName: "firefox",
      // The stock Firefox over BiDi; Playwright's own build is another browser. The preference lets clicks reach frames.
      channel: "moz-firefox",
      launchOptions: {
        executablePath: programs.firefox,
        firefoxUserPrefs: { "fission.webContentIsolationStrategy": 0 },
      },
    },
  });

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
  projects,
});
