// A page that is on the operator's list and does all it can to read or to type: it hears what the contract says and no more, and
// marked secrets are nowhere in what it got.

import { expect } from "@playwright/test";
import {
  agree,
  expectHeard,
  expectInFrame,
  frameOf,
  frameText,
  heard,
  logInHere,
  plainFrame,
  suggestion,
  test,
  typeInFrame,
} from "./support-embed.ts";

/** In the page, from its first moment on. Everything that works is kept as loot. */
const HOSTILE = `
  window.loot = [];
  const take = (what, value) => { if (value !== undefined && value !== null && value !== "") loot.push([what, String(value)]); };
  const attempt = (what, act) => { try { const got = act(); got?.then?.((value) => take(what, value), () => {}) ?? take(what, got); } catch {} };
  const events = "keydown keyup keypress input beforeinput paste copy cut drop dragover selectionchange compositionend blur message messageerror "
    + "securitypolicyviolation visibilitychange";
  for (const type of events.split(" "))
    addEventListener(type, (event) => event.isTrusted && take(type, JSON.stringify([event.key, event.code, event.data, event.sample, event.clipboardData?.getData("text"),
      event.dataTransfer?.getData("text"), String(document.getSelection()), event.sourceFile])), true);
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => take("performance", JSON.stringify(entry))))
    .observe({ entryTypes: ["resource", "event", "longtask", "layout-shift", "mark", "measure", "element"].filter((type) =>
      PerformanceObserver.supportedEntryTypes.includes(type)) });
  for (const name of ["periwinkle", "seen", "known-hosts", "changes", ""])
    attempt("broadcast", () => { new BroadcastChannel(name).onmessage = ({ data }) => take("broadcast", JSON.stringify(data)); });
  window.assault = () => {
    const target = frame.contentWindow;
    for (const path of ["document", "location.href", "location.hash", "localStorage", "sessionStorage", "indexedDB", "name", "navigator", "history",
      "getSelection", "opener", "performance", "fetch", "origin"])
      attempt(path, () => path.split(".").reduce((object, key) => object[key], target));
    attempt("contentDocument", () => frame.contentDocument);
    attempt("html", () => frame.contentDocument.body.innerHTML);
    attempt("getSVGDocument", () => frame.getSVGDocument());
    attempt("find", () => window.find("secret") || undefined);
    attempt("named window", () => { const got = open("", "periwinkle"); const text = got?.document.body.innerText; got?.close(); return text; });
    attempt("clipboard", () => navigator.clipboard.readText());
    attempt("print", () => document.execCommand("copy") && undefined);
    attempt("fetch config", () => fetch("RELAY/config.json").then((answer) => answer.text()));
    attempt("fetch page", () => fetch("RELAY/widget.html").then((answer) => answer.text()));
    attempt("frames", () => { for (let index = 0; index < target.length; index++) take("inner frame", target[index].document.title); });
    attempt("locks", () => navigator.locks.query().then(({ held }) => JSON.stringify(held) === "[]" ? undefined : JSON.stringify(held)));
    attempt("caches", () => caches.keys().then((keys) => keys.join()));
    // To type.
    for (const type of ["keydown", "keypress", "keyup", "input", "paste", "drop", "compositionend", "click"])
      for (const receiver of [frame, document, window]) {
        attempt(type, () => void receiver.dispatchEvent(new KeyboardEvent(type, { key: "Enter", code: "Enter", bubbles: true, composed: true })));
      }
    attempt("insertText", () => { frame.focus(); document.execCommand("insertText", false, "typed-by-page\\n"); document.execCommand("paste"); });
    for (const data of ["typed-by-page\\n", { type: "input", bytes: new TextEncoder().encode("typed-by-page\\n") }, { type: "connect" }, { type: "answer", prompt: 1, answer: { kind: "host-key", verdict: "accept" } },
      { type: "attach" }, { periwinkle: [1] }, { periwinkle: "window", nonce: "0".repeat(32) }]) {
      say(data);
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => take("forged port", JSON.stringify(data));
      target.postMessage(data, "*", [port2]);
      try { port2.postMessage({}); } catch {}
    }
    say({ type: "sendText", text: "typed-by-page\\n" });
    say({ type: "sendText", text: "typed\\u001b[201~-by-page\\n" });
    say({ type: "font", family: "serif", size: 32 });
    say({ type: "theme", scheme: "dark", colors: { foreground: "#000", background: "#000" } });
    for (const verb of ["focus", "approve", "input", "readScreen", "title", "output"]) say({ type: verb, text: "typed-by-page\\n" });
  };`;

/** Every field that the contract has, by message. */
const CONTRACT: Readonly<Record<string, readonly string[]>> = {
  ready: ["version", "storage"],
  state: ["step", "state"],
  needsAttention: ["what"],
  connected: ["hostKeyFingerprint"],
  bell: [],
  size: ["columns", "rows"],
  exit: ["status"],
  closed: ["code", "sentence"],
  problem: ["about", "sentence"],
};

test("a hostile page reads nothing, types nothing, and hears only what the contract says", async ({ page, stage }) => {
  const { sshd, course, relay } = stage;
  const marked = `secret-${"m4rk3d".repeat(3)}`;
  const host = plainFrame(stage, [suggestion(sshd)]);
  // Its own script first: what it hooks is hooked before the frame says its first word.
  const script = `${host.script}\n${HOSTILE.replaceAll("RELAY", relay.origin)}`;
  await page.goto(course.serve({ ...host, script }));
  await page.evaluate(() => Reflect.get(window, "assault")());
  const frame = frameOf(page);
  await agree(frame);
  await expectHeard(page, { type: "needsAttention", what: "hostkey" });
  await page.evaluate(() => Reflect.get(window, "assault")());
  await logInHere(page, sshd);
  await typeInFrame(page, `printf '\\033]0;title-${marked}\\007'; echo out-${marked}; : typed-${marked}`);
  await expectInFrame(frame, `out-${marked}`);
  await page.evaluate(() => Reflect.get(window, "assault")());
  await expect(frame.getByRole("heading", { name: "May this page type into the terminal?" })).toBeVisible();
  await frame.getByRole("button", { name: "Cancel", exact: true }).click();
  expect(await frameText(frame)).not.toContain("by-page");
  await typeInFrame(page, "exit 7");
  await expectHeard(page, { type: "exit", status: 7 });
  await expectHeard(page, { type: "closed" });

  const all = await heard(page);
  for (const { type, ...fields } of all) {
    expect(Object.keys(CONTRACT)).toContain(type);
    for (const name of Object.keys(fields)) expect(CONTRACT[type], type).toContain(name);
  }
  const loot = await page.evaluate(() => Reflect.get(window, "loot") as [string, string][]);
  const got = JSON.stringify([all, loot]);
  for (const secret of [marked, sshd.password, relay.token]) expect(got).not.toContain(secret);
  // Keys that were pressed in the frame, among them those of the password, are none that the page saw.
  expect(
    loot.filter(([what]) =>
      /^(key|input|beforeinput|paste|copy|cut|drop|broadcast|forged|html|contentDocument|find)/.test(what),
    ),
  ).toEqual([]);
  expect(
    loot.filter(([what]) =>
      /^(document|location|localStorage|sessionStorage|indexedDB|fetch|clipboard|named|inner|locks|caches)/.test(what),
    ),
  ).toEqual([]);
});

test("a frame that is navigated elsewhere, or loaded again, ends its session and starts from nothing", async ({
  page,
  stage,
}) => {
  const { sshd, course, stranger } = stage;
  await page.goto(course.serve(plainFrame(stage, [suggestion(sshd)])));
  await agree(frameOf(page));
  await logInHere(page, sshd);
  const elsewhere = stranger.serve({ body: "<h1>An imitation</h1>" });
  const ended = sshd.log().split("Disconnected from user").length;
  await page.evaluate((address) => document.querySelector("iframe")?.setAttribute("src", address), elsewhere);
  await expect(frameOf(page).getByText("An imitation")).toBeVisible();
  await expect
    .poll(() => sshd.log().split("Disconnected from user").length, { timeout: 20_000 })
    .toBeGreaterThan(ended);
});
