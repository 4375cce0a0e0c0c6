// A terminal in a page of another site, from its ten lines to a shell; and who may have one, where to, and when.

import { expect } from "@playwright/test";
import { startRelay } from "../fixtures/relay.ts";
import { NOBODYS } from "./support-choices.ts";
import {
  agree,
  continueInWindow,
  element,
  expectHeard,
  expectInFrame,
  expectNotHeard,
  frameOf,
  heard,
  inFrame,
  logInHere,
  logInThere,
  plainFrame,
  press,
  suggestion,
  test,
  typeInFrame,
} from "./support-embed.ts";
import { keyOf } from "./support-trust.ts";

test("ten lines of HTML, a click and a password are a shell at the host whose key the page expects", async ({
  browserName,
  page,
  stage,
}) => {
  const { sshd, course } = stage;
  const { fingerprint } = keyOf(sshd);
  const { host, port, user } = sshd;
  await page.goto(course.serve(element(stage, `host="${host}" port="${port}" user="${user}" pins="${fingerprint}"`)));
  const frame = frameOf(page);
  await expect(frame.getByText(course.origin)).toBeVisible();
  // What a page asks for is not done before the person agrees.
  // Playwright's own Chromium context is a private window, which lets frames of other sites keep nothing.
  await expectHeard(page, {
    type: "ready",
    version: 1,
    storage: browserName === "chromium" ? "denied" : "partitioned",
  });
  await expectNotHeard(page, "state");
  await agree(frame);
  await expectHeard(page, { type: "needsAttention", what: "hostkey" });
  if (browserName === "chromium") {
    // The pin refuses other keys; it does not decide.
    await expect(inFrame.trust(frame)).toContainText("the page around this one gave along");
    await expect(inFrame.trustButtons(frame)).toHaveText(["Trust for this session"]);
    await logInHere(page, sshd);
  } else await logInThere(await continueInWindow(page, frame), sshd);
  await expectHeard(page, { type: "connected", hostKeyFingerprint: fingerprint });
  await typeInFrame(page, "echo answer $((6 * 7))");
  await expectInFrame(frame, "answer 42");
  await typeInFrame(page, "exit 3");
  await expectHeard(page, { type: "exit", status: 3 });
  await expectHeard(page, { type: "closed", code: "ended" });
  const steps = (await heard(page)).filter(({ type, state }) => type === "state" && state === "done");
  expect(steps.map(({ step }) => step)).toEqual([
    "page",
    "relay",
    "allowed",
    "answered",
    "spoken",
    "exchanged",
    "trusted",
    "authenticated",
    "shell",
  ]);
  await expectNotHeard(page, "title");
});

test("a plain iframe and the handshake by hand do the same, and another key than the expected one is refused", async ({
  page,
  stage,
}) => {
  const { sshd, course } = stage;
  await page.goto(course.serve(plainFrame(stage, [suggestion(sshd, { pins: [NOBODYS] })])));
  await agree(frameOf(page));
  await expectHeard(page, { type: "closed", code: "host-key-pin" });
  await expectNotHeard(page, "needsAttention");
  await expect(inFrame.trustButtons(frameOf(page))).toHaveCount(0);
});

test("only listed sites may frame the widget, and none the app, the window or the playground", async ({
  page,
  stage,
}) => {
  const { sshd, course, stranger, relay } = stage;
  const violations: string[] = [];
  page.on("console", (message) => {
    if (/frame-ancestors|X-Frame-Options/i.test(message.text())) violations.push(message.text());
  });
  const blocked = async () => {
    // The browser puts an error page in place of ours.
    await expect.poll(() => page.frames()[1]?.url() ?? "none").not.toContain(relay.origin);
    await expect(frameOf(page).locator("#app")).toHaveCount(0);
  };
  await page.goto(stranger.serve(plainFrame(stage, [suggestion(sshd)])));
  await blocked();
  for (const document of ["index.html", "trust.html", "playground.html", "", "config.json"]) {
    await page.goto(course.serve({ body: `<iframe src="${relay.origin}/${document}"></iframe>` }));
    await blocked();
  }
  // A listed site in a page of an unlisted one is not listed: every ancestor counts.
  const inner = course.serve(plainFrame(stage, [suggestion(sshd)]));
  await page.goto(stranger.serve({ body: `<iframe src="${inner}"></iframe>` }));
  const nested = page.frames().filter((each) => each.url().startsWith(relay.origin));
  await expect.poll(() => page.frames().length).toBe(3);
  expect(nested).toHaveLength(0);
  // The proof that it is the list: the same page where it is on it.
  await page.goto(course.serve(plainFrame(stage, [suggestion(sshd)])));
  await expect(inFrame.connect(frameOf(page))).toBeVisible();
});

test("with an empty list nobody may frame the widget", async ({ page, stage }) => {
  const relay = await startRelay({ config: { embed: [] } });
  try {
    const answer = await fetch(`${relay.origin}/widget.html`);
    expect(answer.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    await page.goto(stage.course.serve(plainFrame({ relay }, [suggestion(stage.sshd)])));
    await expect.poll(() => page.frames()[1]?.url() ?? "none").not.toContain(relay.origin);
    await expect(frameOf(page).locator("#app")).toHaveCount(0);
  } finally {
    await relay.stop();
  }
});

test("a site that may connect by itself may do so to its target only", async ({ page, stage }) => {
  const { sshd, console: site } = stage;
  await page.goto(site.serve(plainFrame(stage, [suggestion({ ...sshd, host: "localhost" })])));
  await expect(inFrame.connect(frameOf(page))).toBeVisible();
  for (const type of ["state", "needsGrant"]) await expectNotHeard(page, type);
  await page.evaluate((message) => window.say(message), suggestion(sshd));
  await expectHeard(page, { type: "needsAttention", what: "hostkey" });
});

test("a grant opens its target once, for its user, in its page, and is fetched when the person connects", async ({
  page,
  stage,
}) => {
  test.setTimeout(90_000);
  const { sshd, course, platform, console: other } = stage;
  // The same server by a name that is open to nobody.
  const target = { host: "localhost", port: sshd.port, user: sshd.user };
  const origin = course.origin;
  const frame = frameOf(page);
  await page.goto(course.serve(plainFrame(stage, [suggestion(target)])));

  const closed = async () => (await heard(page)).filter(({ type }) => type === "closed").map(({ code }) => code);
  /** Connects, and gives this when a grant is asked for. */
  const connectWith = async (grant: string, ends: string) => {
    const before = (await closed()).length;
    const asked = (await heard(page)).filter(({ type }) => type === "needsGrant").length;
    await page.evaluate((message) => window.say(message), suggestion(target));
    await agree(frame);
    await expect
      .poll(async () => (await heard(page)).filter(({ type }) => type === "needsGrant").length)
      .toBe(asked + 1);
    await page.evaluate((given) => window.say({ type: "grant", grant: given }), grant);
    await expect.poll(async () => (await closed()).slice(before)).toEqual([ends]);
  };
  await connectWith(await platform.sign({ ...target, origin: other.origin }), "grant-refused");
  await connectWith(await platform.sign({ ...target, origin, user: "somebody" }), "grant-refused");
  await connectWith(await platform.sign({ ...target, origin, port: 22 }), "grant-refused");
  // So far the frame has seen it by itself. What follows only the relay can see.
  await expectNotHeard(page, "state");
  await connectWith(await platform.sign({ ...target, origin, lifetime: -120 }), "grant-expired");
  const { makePlatform } = await import("../fixtures/grants.ts");
  await connectWith(await makePlatform().sign({ ...target, origin }), "grant-refused");

  const good = await platform.sign({ ...target, origin });
  await page.evaluate((message) => window.say(message), suggestion(target, { grant: good }));
  await agree(frame);
  await expectHeard(page, { type: "needsAttention", what: "hostkey" });
  await page.evaluate(() => window.say({ type: "disconnect" }));
  await expectHeard(page, { type: "closed", code: "aborted" });
  await connectWith(good, "grant-used");
});

test("a grant is fetched by the element's own function, and lets in", async ({ page, stage }) => {
  const { sshd, course, platform } = stage;
  const { port, user } = sshd;
  const grant = await platform.sign({ host: "localhost", port, user, origin: course.origin });
  const host = element(stage, `host="localhost" port="${port}" user="${user}"`);
  await page.goto(
    course.serve({
      ...host,
      script: `${host.script}; terminal.grant = async (wanted) => { heard.push({ type: "wanted", ...wanted }); return ${JSON.stringify(grant)}; };`,
    }),
  );
  await press(inFrame.connect(frameOf(page)));
  await expectHeard(page, { type: "wanted", host: "localhost", port, user });
  await expectHeard(page, { type: "needsAttention", what: "hostkey" });
});
