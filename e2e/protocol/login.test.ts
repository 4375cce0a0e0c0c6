// Every way to log in, and every way to be refused, at a real sshd; what no sshd is easily brought to, at an ssh2 server.

import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utils } from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SshError } from "../../client/bytes/errors.ts";
import { readPrivateKey } from "../../client/keys/openssh-private.ts";
import type { Signer } from "../../client/keys/signer.ts";
import type { ChallengeQuestion, CredentialQuestion, LoginPrompts } from "../../client/login/prompt.ts";
import { connect } from "../../client/ssh.ts";
import { KEY_TYPES, makeKeyPair } from "../fixtures/keys.ts";
import { type LoginStep, type Ssh2Server, startSsh2Server } from "../fixtures/ssh2-server.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { type Answers, answering, direct } from "../node-surroundings.ts";
import { connected, rejection, run } from "./driving.ts";

const utf8 = new TextEncoder();
const work = { yieldNow: () => new Promise<void>((resolve) => setImmediate(resolve)) };

async function readKey(file: string, passphrase?: string): Promise<Signer> {
  return readPrivateKey(readFileSync(file), passphrase === undefined ? undefined : utf8.encode(passphrase), work);
}

interface Heard {
  readonly prompts: LoginPrompts;
  readonly credentials: CredentialQuestion[];
  readonly challenges: ChallengeQuestion[];
  readonly banners: string[];
}

/** Ready answers, and all that was asked and told. */
function hearing(answers: Answers): Heard {
  const inner = answering(answers);
  const heard: Heard = {
    credentials: [],
    challenges: [],
    banners: [],
    prompts: {
      ...inner,
      credential(question, signal) {
        heard.credentials.push(question);
        return inner.credential(question, signal);
      },
      challenge(question, signal) {
        heard.challenges.push(question);
        return inner.challenge(question, signal);
      },
      banner: (text) => void heard.banners.push(text),
    },
  };
  return heard;
}

/** An sshd of its own for one test. */
async function withSshd<T>(config: readonly string[], work: (sshd: Sshd) => Promise<T>, pam = true): Promise<T> {
  const sshd = await startSshd({ config, pam });
  try {
    return await work(sshd);
  } finally {
    await sshd.stop();
  }
}

describe("an sshd that takes anything", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  it("lets in with the password", async () => {
    const heard = hearing({ passwords: [sshd.password] });
    await connected(direct(sshd.port, sshd.user, {}, { prompts: heard.prompts }), async (connection) => {
      expect(connection.method).toBe("password");
      expect(await run(connection, "id -un")).toMatchObject({ stdout: `${sshd.user}\n` });
    });
    expect(heard.credentials).toEqual([
      { kind: "credential", password: true, key: true, challenge: true, problem: undefined, furtherFactor: false },
    ]);
  });

  it("refuses a wrong password, and lets in with the right one after it", async () => {
    const heard = hearing({ passwords: ["wrong", sshd.password] });
    await connected(direct(sshd.port, sshd.user, {}, { prompts: heard.prompts }), async (connection) => {
      expect(connection.method).toBe("password");
    });
    expect(heard.credentials.map(({ problem }) => problem)).toEqual([undefined, "password-refused"]);
  });

  it("the password given to the engine is wiped once it is sent", async () => {
    const password = utf8.encode(sshd.password);
    const prompts: LoginPrompts = { ...answering({}), credential: async () => ({ kind: "password", password }) };
    await connected(direct(sshd.port, sshd.user, {}, { prompts }), async () => {
      expect(password.every((byte) => byte === 0)).toBe(true);
    });
  });

  it.each(KEY_TYPES.flatMap((type) => [[type, undefined] as const, [type, "open sesame"] as const]))(
    "lets in with an %s key, passphrase %s",
    async (type, passphrase) => {
      const signer = await readKey(sshd.keyFile(type, passphrase), passphrase);
      await connected(direct(sshd.port, sshd.user, { signer }), async (connection) => {
        expect(connection.method).toBe("publickey");
        expect((await run(connection, "echo in")).stdout).toBe("in\n");
      });
    },
  );

  it("refuses a key that it does not know, says so, and takes the password then", async () => {
    const folder = await mkdtemp(join(tmpdir(), "periwinkle-stranger-"));
    const signer = await readKey(makeKeyPair(join(folder, "key"), "ed25519").file);
    const heard = hearing({ signer, passwords: [sshd.password] });
    await connected(direct(sshd.port, sshd.user, {}, { prompts: heard.prompts }), async (connection) => {
      expect(connection.method).toBe("password");
    });
    expect(heard.credentials.map(({ problem }) => problem)).toEqual([undefined, "key-refused"]);
    await rm(folder, { recursive: true });
  });

  it("a person who cancels is not asked again, and the server is told", async () => {
    const heard = hearing({});
    const prompts: LoginPrompts = {
      ...heard.prompts,
      credential: async (question, signal) => {
        await heard.prompts.credential(question, signal);
        return null;
      },
    };
    expect(await rejection(connect(direct(sshd.port, sshd.user, {}, { prompts })))).toMatchObject({ code: "aborted" });
    expect(heard.credentials.length).toBe(1);
    await expect.poll(sshd.log).toMatch(/Received disconnect from \S+ port \d+:11: .*\[preauth\]/);
  });

  it("a prompt that fails is a failure of ours, and its words are not shown to the server", async () => {
    const prompts: LoginPrompts = { ...answering({}), credential: () => Promise.reject(new Error("no window")) };
    const error = await rejection(connect(direct(sshd.port, sshd.user, {}, { prompts })));
    expect(error).toMatchObject({ code: "internal", message: expect.stringContaining("no window") });
    expect(sshd.log()).not.toContain("no window");
  });
});

describe("an sshd of one kind", () => {
  it("with keyboard-interactive alone asks its own questions, through PAM", async () => {
    await withSshd(["PasswordAuthentication no", "PubkeyAuthentication no"], async (sshd) => {
      const heard = hearing({ challenges: [["wrong"], [sshd.password]] });
      await connected(direct(sshd.port, sshd.user, {}, { prompts: heard.prompts }), async (connection) => {
        expect(connection.method).toBe("keyboard-interactive");
      });
      expect(heard.credentials).toEqual([]);
      expect(heard.challenges.map(({ prompts }) => prompts)).toEqual([
        [{ text: expect.stringMatching(/^Password: ?$/), echo: false }],
        [{ text: expect.stringMatching(/^Password: ?$/), echo: false }],
      ]);
    });
  });

  it("with two factors takes the key for one, and wants the password as well", async () => {
    await withSshd(["AuthenticationMethods publickey,password"], async (sshd) => {
      const heard = hearing({ signer: await readKey(sshd.keyFile("ed25519")), passwords: [sshd.password] });
      await connected(direct(sshd.port, sshd.user, {}, { prompts: heard.prompts }), async (connection) => {
        expect(connection.method).toBe("password");
      });
      expect(heard.credentials).toEqual([
        { kind: "credential", password: false, key: true, challenge: false, problem: undefined, furtherFactor: false },
        { kind: "credential", password: true, key: false, challenge: false, problem: undefined, furtherFactor: true },
      ]);
    });
  });

  it("that goes on refusing is left with a sentence that says what was refused", async () => {
    await withSshd(
      ["MaxAuthTries 20", "KbdInteractiveAuthentication no"],
      async (sshd) => {
        const passwords = Array.from({ length: 10 }, (_, i) => `wrong ${i}`);
        const error = await rejection(connect(direct(sshd.port, sshd.user, { passwords })));
        expect(error).toMatchObject({
          code: "authentication",
          message: expect.stringMatching(/refused 6 attempts.*a password \(6 times\).*a key/),
          quoted: "publickey,password".replace(",", ", "),
        });
        expect(String(error)).not.toContain("wrong 0");
        await expect.poll(() => sshd.log().match(/Failed password/g)?.length).toBe(6);
      },
      false,
    );
  });

  it("that has enough of failures ends the connection, and its words are quoted", async () => {
    await withSshd(
      ["MaxAuthTries 2"],
      async (sshd) => {
        const passwords = ["wrong", "wrong", "wrong"];
        const error = await rejection(connect(direct(sshd.port, sshd.user, { passwords })));
        expect(error).toMatchObject({ code: "peer-disconnect", quoted: "Too many authentication failures" });
      },
      false,
    );
  });

  it("that wants nothing we have is said so at once, and nobody is asked", async () => {
    const config = ["PasswordAuthentication no", "KbdInteractiveAuthentication no", "PubkeyAuthentication no"];
    await withSshd([...config, "HostbasedAuthentication yes"], async (sshd) => {
      const heard = hearing({ passwords: [sshd.password] });
      const error = await rejection(connect(direct(sshd.port, sshd.user, {}, { prompts: heard.prompts })));
      expect(error).toMatchObject({
        code: "authentication",
        message: expect.stringContaining("the key of your machine (hostbased)"),
        quoted: "hostbased",
      });
      expect(heard.credentials).toEqual([]);
    });
  });

  it("shows its banner before the question, cleaned of what would steer a terminal", async () => {
    const folder = await mkdtemp(join(tmpdir(), "periwinkle-banner-"));
    const file = join(folder, "banner");
    await writeFile(file, "Be \u001b[2Jgood.\nf\u00fcr alle \u202egnp.exe\n");
    await withSshd([`Banner ${file}`], async (sshd) => {
      const heard = hearing({ passwords: [sshd.password] });
      await connected(direct(sshd.port, sshd.user, {}, { prompts: heard.prompts }), async () => {});
      expect(heard.banners).toEqual(["Be \ufffd[2Jgood.\nf\u00fcr alle \ufffdgnp.exe\n"]);
    });
    await rm(folder, { recursive: true });
  });
});

describe("an ssh2 server", () => {
  const password = "s3cret";
  async function logIn(login: readonly LoginStep[], answers: Answers, extra: { banner?: string } = {}) {
    const server: Ssh2Server = await startSsh2Server({ user: "alice", login, ...extra });
    const heard = hearing(answers);
    try {
      const outcome = await connected(
        direct(server.port, "alice", {}, { prompts: heard.prompts }),
        async ({ method }) => method,
      ).catch((error: unknown) => error);
      return { outcome, heard, attempts: server.attempts };
    } finally {
      await server.stop();
    }
  }

  it("asks two rounds of questions, each with its own words", async () => {
    const rounds = [
      {
        name: "First",
        instruction: "From your\u0007 card",
        prompts: [{ prompt: "One: ", echo: false }],
        answers: ["1"],
      },
      {
        prompts: [
          { prompt: "Two: ", echo: true },
          { prompt: "Three: ", echo: false },
        ],
        answers: ["2", "\u00fc"],
      },
    ];
    const { outcome, heard } = await logIn([{ method: "keyboard-interactive", rounds }], {
      challenges: [["1"], ["2", "\u00fc"]],
    });
    expect(outcome).toBe("keyboard-interactive");
    expect(heard.challenges).toEqual([
      {
        kind: "challenge",
        name: "First",
        instruction: "From your\ufffd card",
        prompts: [{ text: "One: ", echo: false }],
      },
      {
        kind: "challenge",
        name: "",
        instruction: "",
        prompts: [
          { text: "Two: ", echo: true },
          { text: "Three: ", echo: false },
        ],
      },
    ]);
  });

  it("that asks nothing is answered with nothing, and nobody is shown a form", async () => {
    const rounds = [{ instruction: "Look at your phone.", prompts: [], answers: [] }];
    const { outcome, heard } = await logIn([{ method: "keyboard-interactive", rounds }], {});
    expect(outcome).toBe("keyboard-interactive");
    expect(heard.challenges).toEqual([]);
    expect(heard.banners).toEqual(["Look at your phone."]);
  });

  it("asks for three factors in a row", async () => {
    const pair = utils.generateKeyPairSync("ed25519");
    const signer = await readPrivateKey(utf8.encode(pair.private), undefined, work);
    const rounds = [{ prompts: [{ prompt: "Code: ", echo: true }], answers: ["42"] }];
    const { outcome, attempts } = await logIn(
      [
        { method: "publickey", publicLine: pair.public },
        { method: "password", password },
        { method: "keyboard-interactive", rounds },
      ],
      { signer, passwords: [password], challenges: [["42"]] },
    );
    expect(outcome).toBe("keyboard-interactive");
    expect(attempts).toEqual(["publickey partial", "password partial", "keyboard-interactive accepted"]);
  });

  it("whose questions go on without end is left", async () => {
    const rounds = Array.from({ length: 50 }, () => ({ prompts: [{ prompt: "?", echo: true }], answers: ["."] }));
    const challenges = Array.from({ length: 50 }, () => ["."]);
    const { outcome, heard } = await logIn([{ method: "keyboard-interactive", rounds }], { challenges });
    expect(outcome).toBeInstanceOf(SshError);
    expect(outcome).toMatchObject({ code: "authentication", message: expect.stringContaining("20 rounds") });
    expect(heard.challenges.length).toBeLessThanOrEqual(20);
  });
});
