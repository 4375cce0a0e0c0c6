import { describe, expect, it } from "vitest";
import { CLOSE_CODES } from "../../shared/close-codes.ts";
import { STEPS } from "../switchboard/messages.ts";
import { answeredSentence, endSentence, failureSentence, tooLateSentence } from "./sentences.ts";

const destination = { host: "2001:db8::1", port: 2222, user: "alice" };
const fail = (code: string, step: (typeof STEPS)[number] | undefined = undefined) =>
  ({ code, message: "", quoted: undefined, step, changed: undefined, disagreement: undefined }) as const;

describe("failureSentence", () => {
  it("has a sentence of its own for every reason of the relay", () => {
    const internal = failureSentence(fail("internal"), destination);
    for (const { name } of CLOSE_CODES) expect(failureSentence(fail(name), destination)).not.toEqual(internal);
  });

  it("takes an unknown code, and names that every object has, for our own fault", () => {
    const internal = failureSentence(fail("internal"), destination);
    for (const code of ["no-such-code", "toString", "__proto__"]) {
      expect(failureSentence(fail(code), destination)).toEqual(internal);
    }
  });

  it("names host and port as asked for, with brackets where they belong", () => {
    expect(failureSentence(fail("host-key-changed"), destination).summary).toBe(
      "The key of [2001:db8::1]:2222 changed.",
    );
    expect(failureSentence(fail("target-refused"), destination).summary).toContain("port 2222 of 2001:db8::1");
  });

  it("says of a timeout what was waited for", () => {
    expect(failureSentence(fail("timeout", "relay"), destination).summary).toContain("relay");
    expect(failureSentence(fail("timeout", "authenticated"), destination).summary).toContain("Logging in");
    expect(failureSentence(fail("timeout"), destination).summary).toContain("stopped answering");
    for (const step of STEPS) expect(failureSentence(fail("timeout", step), destination).advice).toMatch(/\.$/);
  });

  it("says what could not be agreed on, and who can do something about it", () => {
    const disagreement = { what: "cipher (to the server)", ours: ["aes128-ctr"], theirs: ["aes128-cbc"], legacy: [] };
    const unknown = failureSentence({ ...fail("negotiation", "exchanged"), disagreement }, destination);
    expect(unknown.summary).toBe("[2001:db8::1]:2222 and Periwinkle have no cipher (to the server) in common.");
    expect(unknown.advice).toContain("operator");
    const old = { ...disagreement, legacy: ["aes128-cbc"] };
    const known = failureSentence({ ...fail("negotiation", "exchanged"), disagreement: old }, destination);
    expect(known.advice).toContain("old algorithms only");
    const other = { ...fail("negotiation", "exchanged"), message: "It has no strict key exchange." };
    expect(failureSentence(other, destination).advice).toBe("It has no strict key exchange.");
  });

  it("says what is wrong with a certificate in the engine's own words", () => {
    const message = "The certificate of db1:22 was made for a user, and is none for a host.";
    expect(failureSentence({ ...fail("host-key-certificate"), message }, destination).summary).toBe(message);
  });

  it("says of a fingerprint that was given along what is wrong in the engine's own words, and whom to ask", () => {
    const message = "db1:22 shows another key than the link said.";
    const { summary, advice } = failureSentence({ ...fail("host-key-pin"), message }, destination);
    expect(summary).toBe(message);
    expect(advice).toContain("on another way");
  });

  it("says what a person who connects to known hosts only can do about an unknown one", () => {
    const { summary, advice } = failureSentence(fail("host-key-unknown"), destination);
    expect(summary).toContain("[2001:db8::1]:2222");
    expect(advice).toContain("Import its key");
    expect(advice).toContain("Options");
  });

  it("tells a stale token from other refusals, and what to open", () => {
    expect(failureSentence(fail("unauthorised"), destination).advice).toContain("Open the address the relay printed");
  });
});

describe("a question that outlived its connection", () => {
  it.each(["lost", "target-closed", "target-reset", "peer-disconnect"])("says of %s how long servers wait", (code) => {
    const sentence = tooLateSentence(fail(code, "trusted"), destination);
    expect(sentence).toContain("two minutes");
    expect(sentence).toContain("nothing was sent");
  });

  it("blames the server for nothing that the relay did", () => {
    const sentence = tooLateSentence(fail("idle-timeout", "trusted"), destination);
    expect(sentence).toContain("the relay closed the connection");
    expect(sentence).not.toContain("two minutes");
    expect(sentence).toContain("nothing was sent");
  });

  it("says, once it is answered, what the answer is kept for", () => {
    const { summary, advice } = answeredSentence(destination);
    expect(summary).toContain("[2001:db8::1]:2222");
    expect(advice).toContain("if the server shows the same key");
  });
});

describe("endSentence", () => {
  it("never takes a missing status for success", () => {
    const silent = endSentence({ kind: "none" }, undefined, destination);
    expect(silent).toBe("The shell was closed without saying how it ended.");
    expect(endSentence(undefined, undefined, destination)).toBe("You disconnected.");
    expect(silent).not.toBe(endSentence({ kind: "status", status: 0 }, undefined, destination));
  });

  it("names status and signal, and cleans what the server called the signal", () => {
    expect(endSentence({ kind: "status", status: 3 }, undefined, destination)).toContain("status 3");
    const signal = { kind: "signal", signal: "KI\u202eLL\n", coreDumped: true, message: "" } as const;
    expect(endSentence(signal, undefined, destination)).toBe(
      "The shell was ended by signal KI\ufffdLL , and left a core dump.",
    );
  });

  it("prefers the failure to an exit", () => {
    expect(endSentence({ kind: "status", status: 0 }, fail("lost"), destination)).toContain("was lost");
  });
});
