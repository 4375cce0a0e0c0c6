import { describe, expect, it } from "vitest";
import type { Verdict } from "../knownhosts/claim.ts";
import type { ConnectionFacts, ConnectionFailure } from "../switchboard/messages.ts";
import { formatTook } from "./rungs.ts";
import { HOST_KEY } from "./scripted-app.ts";
import { reduce, type SessionEvent, type SessionState, startSession } from "./state.ts";

const destination = { host: "db1", port: 22, user: "alice" };
const failure = (more: Partial<ConnectionFailure> = {}): ConnectionFailure => ({
  code: "lost",
  message: "Gone.",
  quoted: undefined,
  step: undefined,
  changed: undefined,
  disagreement: undefined,
  ...more,
});
const step = (name: "relay" | "allowed" | "shell", state: "begun" | "done", elapsed = 0): SessionEvent => ({
  type: "step",
  step: name,
  state,
  elapsed,
});
const question = { kind: "challenge", name: "", instruction: "", prompts: [] } as const;

/** Events one after another, at 0, 10, 20 ... ms. */
const having = (...events: SessionEvent[]): SessionState =>
  events.reduce((session, event, index) => reduce(session, event, index * 10), startSession(destination));

describe("the ladder", () => {
  it("shows what each step took, by the worker's clock", () => {
    const { ladder } = having(step("relay", "begun", 3), step("relay", "done", 7), step("allowed", "begun", 7));
    expect(ladder.page.kind).toBe("done");
    expect(ladder.relay).toEqual({ kind: "done", took: 4 });
    expect(ladder.allowed.kind).toBe("climbing");
    expect(ladder.answered.kind).toBe("waiting");
  });

  it("fails on the step that the failure names, with the time it took", () => {
    const session = having(step("relay", "begun"), {
      type: "closed",
      exit: undefined,
      failure: failure({ step: "relay" }),
    });
    expect(session.ladder.relay).toEqual({ kind: "failed", took: 10 });
    expect(session.phase.kind).toBe("failed");
  });

  it("fails on the step under way when the failure names none", () => {
    const session = having(step("relay", "done"), step("allowed", "begun"), {
      type: "closed",
      exit: undefined,
      failure: failure(),
    });
    expect(session.ladder.allowed.kind).toBe("failed");
    expect(session.ladder.relay.kind).toBe("done");
  });

  it("keeps a step that is done when it is reported again", () => {
    expect(having(step("relay", "done", 5), step("relay", "begun", 9)).ladder.relay).toEqual({ kind: "done", took: 5 });
  });

  it.each([
    [undefined, ""],
    [0.2, ""],
    [4.4, "4 ms"],
    [5000, "5.0 s"],
    [125_000, "2 min"],
  ])("%s ms is written %j", (took, text) => expect(formatTook(took)).toBe(text));
});

describe("a session", () => {
  it("is open once its shell is, and ends in place from then on", () => {
    const open = having(step("shell", "done"));
    expect(open.phase.kind).toBe("open");
    const ended = reduce(open, { type: "closed", exit: undefined, failure: failure() }, 0);
    expect(ended.phase).toEqual({ kind: "ended", exit: undefined, failure: failure() });
    expect(ended.ladder).toEqual(open.ladder);
  });

  it("has no question left when it is over, and takes none", () => {
    const asked = having({ type: "prompt", id: 1, question });
    expect(asked.question?.id).toBe(1);
    const over = reduce(asked, { type: "closed", exit: undefined, failure: failure() }, 0);
    expect(over.question).toBeUndefined();
    expect(reduce(over, { type: "prompt", id: 2, question }, 0)).toBe(over);
  });

  it("knows why the host key was trusted", () => {
    const basis = { kind: "vouched", origin: "https://relay.example" } as const;
    expect(having({ type: "trusted", basis }).basis).toEqual(basis);
    expect(startSession(destination).basis).toBeUndefined();
  });

  it("knows how and when the user logged in, and what was agreed last", () => {
    const facts = (cipher: string) => ({ facts: { incoming: { cipher } } as ConnectionFacts, type: "facts" as const });
    const session = having(facts("aes128-ctr"), { type: "logged-in", method: "publickey", at: 7 }, facts("aes256-ctr"));
    expect(session.login).toEqual({ method: "publickey", at: 7 });
    expect(session.facts?.incoming.cipher).toBe("aes256-ctr");
  });

  it("drops only the question that is over", () => {
    const asked = having({ type: "prompt", id: 2, question });
    expect(reduce(asked, { type: "prompt-over", id: 1, answered: false }, 0).question?.id).toBe(2);
    expect(reduce(asked, { type: "prompt-over", id: 2, answered: false }, 0).question).toBeUndefined();
  });

  describe("a question about a host key", () => {
    const asked = having({ type: "prompt", id: 1, question: HOST_KEY });
    const given = (verdict: Verdict | undefined): SessionEvent => ({ type: "answered", id: 1, verdict });
    const die = (session: SessionState, more: Partial<ConnectionFailure> = {}): SessionState =>
      reduce(session, { type: "closed", exit: undefined, failure: failure({ step: "trusted", ...more }) }, 0);
    const tooLate = die(reduce(asked, { type: "prompt-over", id: 1, answered: false }, 0));

    it("goes when another view has answered it", () => {
      expect(reduce(asked, { type: "prompt-over", id: 1, answered: true }, 0).question).toBeUndefined();
      expect(reduce(asked, { type: "prompt-over", id: 2, answered: true }, 0).question?.id).toBe(1);
    });

    it("outlives its connection, whichever of the two is told first", () => {
      expect(asked.question?.tooLate).toBe(false);
      for (const late of [tooLate, die(asked)]) {
        expect(late.phase.kind).toBe("failed");
        expect(late.question).toEqual({ id: 1, question: HOST_KEY, tooLate: true });
      }
    });

    it.each(["accept", "accept-once"] as const)("answered too late by %s, counts for that key", (verdict) => {
      const session = reduce(tooLate, given(verdict), 0);
      expect(session.question).toBeUndefined();
      expect(session.earlier).toEqual({ fingerprint: HOST_KEY.fingerprint, verdict });
      expect(session.phase).toEqual(tooLate.phase);
      expect(reduce(session, given("accept"), 0)).toBe(session);
    });

    it.each(["reject", undefined] as const)("answered too late by %s, is forgotten", (verdict) => {
      const session = reduce(tooLate, given(verdict), 0);
      expect(session.question).toBeUndefined();
      expect(session.earlier).toBeUndefined();
    });

    it("leaves nothing for later when it was answered in time", () => {
      const session = reduce(asked, given("accept"), 0);
      expect(session.question).toBeUndefined();
      expect(die(session).earlier).toBeUndefined();
    });

    it("takes no answer that was given to another one", () => {
      expect(reduce(tooLate, { type: "answered", id: 2, verdict: "accept" }, 0)).toBe(tooLate);
    });

    it("goes with its connection when the person cancels that", () => {
      expect(
        die(reduce(asked, { type: "prompt-over", id: 1, answered: false }, 0), { code: "aborted" }).question,
      ).toBeUndefined();
    });
  });

  it("keeps a few of our notices until they are dismissed, also after the end", () => {
    const noticed = having({ type: "notice", sentence: "one" }, { type: "notice", sentence: "two" });
    expect(noticed.notices).toEqual(["one", "two"]);
    const many = having(...Array.from({ length: 9 }, (_, i) => ({ type: "notice" as const, sentence: String(i) })));
    expect(many.notices).toEqual(["5", "6", "7", "8"]);
    const over = reduce(noticed, { type: "closed", exit: { kind: "status", status: 0 }, failure: undefined }, 0);
    expect(reduce(over, { type: "notices-dismissed" }, 0).notices).toEqual([]);
  });

  it("joins banners, bounds them, and forgets them when dismissed, also after the end", () => {
    const twice = having({ type: "banner", text: "one" }, { type: "banner", text: "two" });
    expect(twice.banner).toBe("one\ntwo");
    expect(reduce(twice, { type: "banner", text: "x".repeat(50_000) }, 0).banner).toHaveLength(16 * 1024);
    const over = reduce(twice, { type: "closed", exit: undefined, failure: undefined }, 0);
    expect(reduce(over, { type: "banner-dismissed" }, 0).banner).toBe("");
  });

  it("keeps the last 400 lines of its log, none longer than 500 characters", () => {
    let session = startSession(destination);
    for (let line = 0; line < 450; line++)
      session = reduce(session, { type: "log", line: `${line} ${"x".repeat(600)}` }, 0);
    expect(session.log).toHaveLength(400);
    expect(session.log[0]?.startsWith("50 ")).toBe(true);
    expect(Math.max(...session.log.map((line) => line.length))).toBe(500);
  });
});
