// The worker's half, without a worker: questions, the ladder, key texts that come back with a reason.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SshError } from "../bytes/errors.ts";
import type { HostKeyQuestion } from "../knownhosts/claim.ts";
import type { CredentialQuestion } from "../login/prompt.ts";
import { Climb } from "./climb.ts";
import { locale } from "./locale.ts";
import { loginPrompts } from "./login-prompts.ts";
import { type FromWorker, type PromptAnswer, STEPS } from "./messages.ts";
import { Questions } from "./questions.ts";

const HOST_KEY: HostKeyQuestion = {
  kind: "host-key",
  host: "db1",
  port: 22,
  keyType: "ED25519",
  bits: 256,
  fingerprint: "SHA256:x",
  randomart: "",
  alsoKeyOf: [],
  alias: undefined,
  pinnedBy: undefined,
  lostSince: undefined,
  certificate: undefined,
  authorities: [],
  otherThanAnswered: false,
  keep: true,
};
const CREDENTIAL: CredentialQuestion = {
  kind: "credential",
  password: true,
  key: true,
  challenge: false,
  problem: undefined,
  furtherFactor: false,
};
const TRUST: PromptAnswer = { kind: "host-key", verdict: "accept" };
const bytes = (text: string) => new TextEncoder().encode(text);

function desk() {
  const posted: FromWorker[] = [];
  const questions = new Questions("c1", (message) => posted.push(message));
  return { posted, questions, dying: new AbortController() };
}

describe("questions", () => {
  it("reaches the page and resolves with its answer", async () => {
    const { posted, questions, dying } = desk();
    const asked = questions.ask(HOST_KEY, dying.signal);
    expect(posted).toEqual([{ type: "prompt", connection: "c1", prompt: 1, question: HOST_KEY }]);
    questions.answer(1, TRUST);
    expect(await asked).toEqual(TRUST);
  });

  it("takes one answer, to a question that is open", async () => {
    const { posted, questions, dying } = desk();
    const asked = questions.ask(HOST_KEY, dying.signal);
    questions.answer(7, { kind: "cancel" });
    questions.answer(1, TRUST);
    questions.answer(1, { kind: "cancel" });
    expect(await asked).toEqual(TRUST);
    dying.abort(new SshError("lost", "gone"));
    expect(posted).toHaveLength(1);
  });

  it("says whether an answer was taken, and wipes what was not", async () => {
    const { questions, dying } = desk();
    const asked = questions.ask({ ...CREDENTIAL, keyProblem: undefined }, dying.signal);
    const secrets = Array.from({ length: 7 }, () => bytes("secret"));
    const [taken, ...rest] = secrets;
    const [second, key, passphrase, one, old, fresh] = rest;
    if (!taken || !second || !key || !passphrase || !one || !old || !fresh) throw new Error("too few secrets");
    expect(questions.answer(2, { kind: "key", key, passphrase })).toBe(false);
    expect(questions.answer(1, { kind: "password", password: taken })).toBe(true);
    expect(questions.answer(1, { kind: "password", password: second })).toBe(false);
    expect(questions.answer(1, { kind: "challenge", answers: [one] })).toBe(false);
    expect(questions.answer(1, { kind: "new-password", old, fresh })).toBe(false);
    expect(await asked).toEqual({ kind: "password", password: bytes("secret") });
    expect(rest.flatMap((secret) => [...secret]).every((byte) => byte === 0)).toBe(true);
  });

  it.each([HOST_KEY, { kind: "challenge", name: "", instruction: "", prompts: [] } as const])(
    "an answer that does not fit $kind is no yes, and is wiped",
    async (question) => {
      const { questions, dying } = desk();
      const password = bytes("secret");
      const asked = questions.ask(question, dying.signal);
      questions.answer(1, { kind: "password", password });
      expect((await asked).kind).toBe("password"); // for whoever asks, the same as "cancel"
      expect([...password].every((byte) => byte === 0)).toBe(true);
    },
  );

  it("is over when the connection dies, and says so to the page", async () => {
    const { posted, questions, dying } = desk();
    const asked = questions.ask(HOST_KEY, dying.signal);
    dying.abort(new SshError("lost", "gone"));
    await expect(asked).rejects.toMatchObject({ code: "lost" });
    expect(posted.at(-1)).toEqual({ type: "prompt-over", connection: "c1", prompt: 1, answered: false });
  });

  it("is not asked at all over a dead connection", async () => {
    const { posted, questions, dying } = desk();
    dying.abort(new SshError("lost", "gone"));
    await expect(questions.ask(HOST_KEY, dying.signal)).rejects.toMatchObject({ code: "lost" });
    expect(posted).toEqual([]);
  });
});

describe("the ladder", () => {
  it("tells of each rung, with its time, and leaves none behind", () => {
    const posted: FromWorker[] = [];
    let now = 0;
    const climb = new Climb(
      "c1",
      (message) => posted.push(message),
      () => now,
    );
    climb.begin("relay");
    for (const step of STEPS.slice(1)) {
      expect(climb.at).toBe(step);
      now += 10;
      climb.done(step);
    }
    expect(climb.at).toBeUndefined();
    const done = posted.filter((message) => message.type === "step" && message.state === "done");
    expect(done).toEqual(
      STEPS.slice(1).map((step) => ({ type: "step", connection: "c1", step, state: "done", elapsed: 10 })),
    );
  });
});

describe("key texts", () => {
  const folder = mkdtempSync(join(tmpdir(), "periwinkle-keys-"));
  const file = (name: string) => bytes(readFileSync(join(folder, name), "utf8"));
  beforeAll(() => {
    for (const [name, passphrase] of [
      ["plain", ""],
      ["locked", "open sesame"],
    ] as const) {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-a", "1", "-N", passphrase, "-f", join(folder, name)]);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Answers each question in turn; what each question said was wrong. */
  async function offer(...answers: PromptAnswer[]) {
    const problems: unknown[] = [];
    const left = [...answers];
    const { dying } = desk();
    const questions: Questions = new Questions("c1", (message) => {
      if (message.type !== "prompt" || message.question.kind !== "credential") return;
      problems.push(message.question.keyProblem);
      const answer = left.shift() ?? { kind: "cancel" as const };
      queueMicrotask(() => questions.answer(message.prompt, answer));
    });
    const credential = await loginPrompts(questions, () => {}).credential(CREDENTIAL, dying.signal);
    return { problems, credential };
  }

  it("a plain key becomes a signer", async () => {
    const { problems, credential } = await offer({ kind: "key", key: file("plain"), passphrase: undefined });
    expect(problems).toEqual([undefined]);
    expect(credential).toMatchObject({ kind: "key", signer: { keyType: "ssh-ed25519" } });
  });

  it("what cannot be used comes back with its reason until it can", async () => {
    const { problems, credential } = await offer(
      { kind: "key", key: bytes("no key"), passphrase: undefined },
      { kind: "key", key: file("plain.pub"), passphrase: undefined },
      { kind: "key", key: file("locked"), passphrase: undefined },
      { kind: "key", key: file("locked"), passphrase: bytes("close sesame") },
      { kind: "key", key: file("locked"), passphrase: bytes("open sesame") },
    );
    expect(problems.slice(1)).toMatchObject([
      { locked: false, sentence: expect.stringContaining("not a private key") },
      { locked: false, sentence: expect.stringContaining("public half") },
      { locked: true, sentence: expect.stringContaining("type its passphrase") },
      { locked: true, sentence: expect.stringContaining("does not unlock") },
    ]);
    expect(credential).toMatchObject({ kind: "key" });
  });

  it("key and passphrase are wiped, whatever came of them", async () => {
    const key = file("locked");
    const passphrase = bytes("close sesame");
    await offer({ kind: "key", key, passphrase });
    expect([...key, ...passphrase].every((byte) => byte === 0)).toBe(true);
  });

  it("a cancelled question cancels the login", async () => {
    expect((await offer({ kind: "cancel" })).credential).toBeNull();
  });
});

it.each([
  ["de-DE", "de_DE.UTF-8"],
  ["zh-Hant-TW", "zh_TW.UTF-8"],
  ["en", "C.UTF-8"],
  ["x'; rm -rf /", "C.UTF-8"],
])("the language %s is the locale %s", (language, wanted) => expect(locale(language)).toBe(wanted));
