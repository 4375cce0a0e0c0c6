// Messages that are not the page's own, or not of the contract: none of them does anything, and the right ones still work.

import { expect } from "@playwright/test";
import { expectHeard, expectNotHeard, frameOf, heard, inFrame, plainFrame, suggestion, test } from "./support-embed.ts";

test("a greeting counts only from the parent, from a listed origin, once, with one port", async ({ page, stage }) => {
  const { sshd, course, stranger, relay } = stage;
  const evil = { ...suggestion(sshd), host: "evil.example" };
  // A sibling of a stranger's, and one that the listed page itself has; both try for as long as they live.
  const attack = `
    setInterval(() => {
      for (const target of [parent.frames[0], parent]) {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => parent.postMessage({ got: data }, "*");
        target.postMessage({ periwinkle: [1] }, "*", [port2]);
        port1.postMessage(${JSON.stringify(evil)});
      }
    }, 20);`;
  const siblings = [stranger, course].map((site) => site.serve({ body: "", script: attack }));
  const host = plainFrame(stage, [suggestion(sshd)]);
  await page.goto(
    course.serve({
      body: `${host.body}${siblings.map((each) => `<iframe src="${each}" style="height: 20px"></iframe>`).join("")}`,
      script: `
        window.leaks = [];
        addEventListener("message", ({ data }) => data?.got && leaks.push(data.got));
        ${host.script}
        frame.removeEventListener("load", greet);
        // Malformed first, from the right sender; then the right one, and after it whatever there may be.
        frame.addEventListener("load", () => {
          const post = (data, ports) => frame.contentWindow.postMessage(data, "${relay.origin}", ports);
          const another = () => {
            const channel = new MessageChannel();
            channel.port1.onmessage = ({ data }) => leaks.push(data);
            channel.port1.postMessage(${JSON.stringify(evil)});
            return channel.port2;
          };
          for (const data of [undefined, null, 1, "periwinkle", [], {}, { periwinkle: 1 }, { periwinkle: [] }, { periwinkle: ["1"] },
            { periwinkle: [1.5] }, { periwinkle: { 0: 1 } }, { periwinkle: Array(1000).fill(1) }])
            post(data, [another()]);
          post({ periwinkle: [1] }, []);
          post({ periwinkle: [1] }, [another(), another()]);
          greet();
          for (let replay = 0; replay < 20; replay++) post({ periwinkle: [1] }, [another()]);
          post(${JSON.stringify(evil)}, []);
        }, { once: true });
        window.late = () => {
          const channel = new MessageChannel();
          channel.port1.onmessage = ({ data }) => leaks.push(data);
          channel.port1.postMessage(${JSON.stringify(evil)});
          frame.contentWindow.postMessage({ periwinkle: [1] }, "${relay.origin}", [channel.port2]);
          frame.contentWindow.postMessage(${JSON.stringify(evil)}, "${relay.origin}");
        };`,
    }),
  );
  const frame = frameOf(page).first();
  await expect(page.frameLocator("iframe >> nth=0").getByText(`${sshd.user}@127.0.0.1`)).toBeVisible();
  await page.evaluate(() => Reflect.get(window, "late")());
  // The port still works, and nothing else has been heard.
  await page.evaluate((message) => window.say(message), suggestion({ ...sshd, host: "second.example" }));
  await expect(page.frameLocator("iframe >> nth=0").getByText("second.example")).toBeVisible();
  expect(await page.evaluate(() => Reflect.get(window, "leaks"))).toEqual([]);
  expect((await heard(page)).filter(({ type }) => type === "ready")).toHaveLength(1);
  void frame;
});

test("what the contract does not have is ignored or named as a problem, and connects nothing", async ({
  page,
  stage,
}) => {
  const { sshd, course } = stage;
  await page.goto(course.serve(plainFrame(stage, [suggestion(sshd)])));
  const frame = frameOf(page);
  await expect(inFrame.connect(frame)).toBeVisible();
  await page.evaluate(() => {
    const unknown = [
      undefined,
      null,
      0,
      "connect",
      [],
      {},
      { type: 1 },
      { type: "approve" },
      { type: "input", bytes: "id\n" },
      { type: "constructor" },
      { type: "__proto__" },
      { type: "toString" },
      { type: "resize", columns: 1, rows: 1 },
      { type: "answer", verdict: "accept" },
      { type: "output" },
      { type: "ready", version: 1 },
      { periwinkle: [1] },
    ];
    for (const message of unknown) window.say(message);
    const wrong = [
      { type: "connect" },
      { type: "connect", host: "a b" },
      { type: "connect", host: "a".repeat(300) },
      { type: "connect", host: "a", port: "22" },
    ];
    for (const message of wrong) window.say(message);
    window.say({ type: "theme", scheme: "light", colors: { background: "url(https://evil.example)" } });
    window.say({ type: "font", family: "x; } * { background: red", size: 12 });
    window.say({ type: "font", size: 1000 });
    window.say({ type: "sendText", text: "id\n" });
    window.say({ type: "grant", grant: "no" });
  });
  const problems = async () => (await heard(page)).filter(({ type }) => type === "problem").map(({ about }) => about);
  await expect
    .poll(problems)
    .toEqual(["connect", "connect", "connect", "connect", "theme", "font", "font", "sendText", "grant"]);
  await expect(frame.getByText(`${sshd.user}@127.0.0.1`)).toBeVisible();
  for (const type of ["state", "size", "closed", "connected", "needsAttention"]) await expectNotHeard(page, type);

  // More than anyone needs is not followed, and the frame lives on.
  await page.evaluate(() => {
    for (let turn = 0; turn < 2000; turn++) window.say({ type: "theme", scheme: turn % 2 ? "dark" : "light" });
  });
  await expectHeard(page, { type: "problem", sentence: "Too many of these in a short time." });
  expect((await problems()).length).toBeLessThan(60);
  await expect(inFrame.connect(frame)).toBeEnabled();
});
