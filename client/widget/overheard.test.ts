// What the page around hears, over a whole session in which every place that could leak holds a mark.

import { expect, it } from "vitest";
import type { PromptQuestion } from "../switchboard/messages.ts";
import { HOST_KEY, lost } from "../ui/scripted-app.ts";
import { setUp } from "./scripted-widget.ts";

const MARK = "mark-of-a-secret";
const bytes = (text: string) => new TextEncoder().encode(text);

const QUESTIONS: readonly PromptQuestion[] = [
  { ...HOST_KEY, randomart: MARK, alsoKeyOf: [MARK] },
  {
    kind: "credential",
    password: true,
    key: true,
    challenge: true,
    furtherFactor: false,
    problem: undefined,
    keyProblem: { sentence: MARK, locked: true },
  },
  { kind: "challenge", name: MARK, instruction: MARK, prompts: [{ text: MARK, echo: true }], wrong: false },
  { kind: "new-password", text: MARK },
] as readonly PromptQuestion[];

async function wholeSession(tellTitle: boolean) {
  const all = setUp({ open: ["db1"], tellTitle }, { operator: { origin: MARK, text: MARK } });
  all.suggest({ user: undefined });
  all.widget.connect(MARK);
  const session = await all.start();
  const { worker, terminal } = all.ends();
  worker.step("page", "begun", 0);
  worker.log(MARK);
  worker.notice(MARK);
  worker.banner(MARK);
  worker.facts({
    kex: MARK,
    postQuantum: false,
    strict: true,
    hostKeyAlgorithm: MARK,
    hostKeyFingerprint: HOST_KEY.fingerprint,
    serverIdentification: MARK,
    outgoing: { cipher: MARK, mac: MARK, compression: MARK },
    incoming: { cipher: MARK, mac: MARK, compression: MARK },
    legacy: [MARK],
  });
  QUESTIONS.forEach((question, id) => {
    worker.prompt(id, question);
    session.answer(id, { kind: "password", password: bytes(MARK) });
  });
  worker.trusted({ kind: "vouched", origin: MARK });
  worker.loggedIn(MARK);
  worker.step("shell", "done", 1);
  worker.output([bytes(MARK)]);
  worker.roundTrip(12);
  terminal.input(bytes(MARK), "terminal");
  terminal.input(bytes(MARK), "paste");
  void terminal.confirmPaste(MARK);
  void terminal.confirmLink(`https://${MARK}.example/`);
  terminal.title("a title");
  terminal.bell();
  terminal.resize({ columns: 100, rows: 30, widthPixels: 0, heightPixels: 0 });
  all.widget.follow({ type: "sendText", text: MARK });
  return { ...all, worker };
}

it("tells the way of a session in messages of the contract, and nothing else of it", async () => {
  const { told, worker } = await wholeSession(false);
  worker.closed({ kind: "status", status: 3 }, undefined);
  expect(told).toEqual([
    { type: "size", columns: 80, rows: 24 },
    { type: "state", step: "page", state: "begun" },
    { type: "needsAttention", what: "hostkey" },
    { type: "needsAttention", what: "password" },
    { type: "needsAttention", what: "challenge" },
    { type: "needsAttention", what: "password" },
    { type: "state", step: "shell", state: "done" },
    { type: "connected", hostKeyFingerprint: HOST_KEY.fingerprint },
    { type: "bell" },
    { type: "size", columns: 100, rows: 30 },
    { type: "exit", status: 3 },
    { type: "closed", code: "ended", sentence: "The shell has ended." },
  ]);
});

const CODES = [
  "lost",
  "host-key-pin",
  "host-key-certificate",
  "negotiation",
  "authentication",
  "peer-disconnect",
  "no-code",
];

it.each(CODES)("keeps the server's words and the person's name to itself when it ends with %s", async (code) => {
  const { told, worker } = await wholeSession(false);
  const disagreement = { what: MARK, ours: [MARK], theirs: [MARK], legacy: [MARK] } as never;
  worker.closed(undefined, { ...lost, code, message: MARK, quoted: MARK, disagreement, step: "authenticated" });
  expect(told.at(-1)).toMatchObject({ type: "closed", code });
  expect(JSON.stringify(told)).not.toContain(MARK);
});

it("tells a title only where the operator says so", async () => {
  const title = { type: "title", title: "a title" };
  expect((await wholeSession(false)).told).not.toContainEqual(title);
  expect((await wholeSession(true)).told).toContainEqual(title);
});

it.each([
  ["KILL", true],
  ["USR1", true],
  [MARK, false],
  ["KILL; rm", false],
  ["K".repeat(13), false],
])("tells the signal %s: %s", async (signal, heard) => {
  const { told, worker } = await wholeSession(false);
  worker.closed({ kind: "signal", signal, coreDumped: false, message: MARK } as never, undefined);
  expect(told.some(({ type }) => type === "exit")).toBe(heard);
  expect(told.at(-1)).toMatchObject({ type: "closed", code: "ended" });
  expect(JSON.stringify(told)).not.toContain(MARK);
});
