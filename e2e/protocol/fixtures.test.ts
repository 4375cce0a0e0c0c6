// The servers that the other tests lean on, tried with other people's clients: a fixture that lets everyone in, or no one,
// would make every test of a login worthless.

import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { promisify } from "node:util";
import { Client, type ConnectConfig, utils } from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { SUBPROTOCOL } from "../../shared/relay-protocol.ts";
import { findBrowser } from "../fixtures/browsers.ts";
import { freePort, startChild } from "../fixtures/child.ts";
import { type Dropbear, startDropbear } from "../fixtures/dropbear.ts";
import { KEY_TYPES } from "../fixtures/keys.ts";
import { type PythonServer, startPythonServer } from "../fixtures/python-server.ts";
import { recordTcp, recordWebSocket } from "../fixtures/recorder.ts";
import { startScriptedTcp } from "../fixtures/scripted-tcp.ts";
import { startSsh2Programs } from "../fixtures/ssh2-programs.ts";
import { type Ssh2Server, startSsh2Server } from "../fixtures/ssh2-server.ts";
import { type Sshd, startSshd } from "../fixtures/sshd.ts";
import { throwAwayUser } from "../fixtures/user.ts";

const run = promisify(execFile);

/** The native client, with a key and no questions. */
async function ssh(server: { host: string; port: number; user: string }, keyFile: string, command: string) {
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes", "BatchMode=yes"];
  const flags = [
    "-F",
    "none",
    ...options.flatMap((option) => ["-o", option]),
    "-i",
    keyFile,
    "-p",
    String(server.port),
  ];
  return (await run("ssh", [...flags, `${server.user}@${server.host}`, command], { encoding: "utf8" })).stdout;
}

/** What the ssh2 client makes of a login: the output of a command, or its complaint. */
function logIn(config: ConnectConfig, answers: readonly string[] = []): Promise<string> {
  return new Promise((resolve) => {
    const client = new Client();
    const left = [...answers];
    client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) =>
      finish(prompts.map(() => left.shift() ?? "")),
    );
    client.on("error", (error) => resolve(error.message));
    client.on("ready", () =>
      client.exec("echo hello", (error, channel) => {
        if (error) return resolve(error.message);
        let output = "";
        channel.on("data", (bytes: Buffer) => {
          output += bytes.toString();
        });
        channel.on("close", () => {
          client.end();
          resolve(output);
        });
      }),
    );
    client.connect({ tryKeyboard: answers.length > 0, readyTimeout: 10_000, ...config });
  });
}

const closed = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", () => resolve(true));
  });

afterAll(() => throwAwayUser().remove());

describe("the throw-away user", () => {
  it("goes when its maker dies, however it dies", async () => {
    const maker = startChild(process.execPath, [
      "--input-type=module",
      "--eval",
      `import { createServer } from "vite";
       const vite = await createServer({ configFile: false, server: { middlewareMode: true, watch: null }, optimizeDeps: { noDiscovery: true } });
       const { throwAwayUser } = await vite.ssrLoadModule("/e2e/fixtures/user.ts");
       const { name, home } = throwAwayUser();
       console.log("made", name, home, ".");
       setInterval(() => {}, 1000);`,
    ]);
    const [, name = "", home = ""] = await maker.says(/made (\S+) (\S+) \./);
    expect((await run("id", [name])).stdout).toContain(name);
    process.kill(maker.pid, "SIGKILL");
    await expect.poll(() => run("id", [name]).catch(() => "gone"), { timeout: 10_000 }).toBe("gone");
    await expect.poll(() => statSync(home, { throwIfNoEntry: false }), { timeout: 10_000 }).toBeUndefined();
  });
});

describe("sshd", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ config: ["MaxAuthTries 3"] });
  });
  afterAll(() => sshd.stop());

  it.each(KEY_TYPES)("lets the native client in with an %s key", async (type) => {
    expect(await ssh(sshd, sshd.keyFile(type), "id -un")).toBe(`${sshd.user}\n`);
  });

  it("lets in by password and by keyboard-interactive, and not with a wrong one", async () => {
    const { host, port, user: username, password } = sshd;
    expect(await logIn({ host, port, username, password })).toBe("hello\n");
    expect(await logIn({ host, port, username }, [password])).toBe("hello\n");
    expect(await logIn({ host, port, username, password: "wrong" })).toMatch(/authentication methods failed/);
  });

  it("shows the host keys it says it has", async () => {
    const scan = await run("ssh-keyscan", ["-p", String(sshd.port), sshd.host], { encoding: "utf8" });
    for (const { publicLine } of sshd.hostKeys.values()) expect(scan.stdout).toContain(publicLine.split(" ")[1]);
  });

  it("takes configuration lines, and comes back on the same port with other keys", async () => {
    const first = await startSshd({ hostKeys: ["ecdsa"], config: ["ForceCommand echo forced"] });
    expect([...first.hostKeys.keys()]).toEqual(["ecdsa"]);
    expect(await ssh(first, first.keyFile("ed25519"), "true")).toBe("forced\n");
    await first.stop();
    expect(await closed(first.port)).toBe(true);
    const second = await startSshd({ hostKeys: ["ecdsa"], port: first.port });
    expect(second.hostKeys.get("ecdsa")?.fingerprint).not.toBe(first.hostKeys.get("ecdsa")?.fingerprint);
    await second.stop();
  });

  it("can have its sessions killed under the client", async () => {
    const session = ssh(sshd, sshd.keyFile("ed25519"), "echo begun > begun; sleep 60");
    const outcome = session.then(
      () => "ended",
      () => "cut",
    );
    await expect.poll(() => statSync(`${sshd.home}/begun`, { throwIfNoEntry: false })?.size ?? 0).toBeGreaterThan(0);
    sshd.killSessions();
    expect(await outcome).toBe("cut");
  });

  it("says what sshd does not like about a configuration", async () => {
    await expect(startSshd({ config: ["NoSuchKeyword yes"] })).rejects.toThrow(
      /Bad configuration option: NoSuchKeyword/,
    );
  });
});

describe("dropbear", () => {
  let dropbear: Dropbear;
  beforeAll(async () => {
    dropbear = await startDropbear();
  });
  afterAll(() => dropbear.stop());

  it("lets in with a key and with the password", async () => {
    const { host, port, user: username, password } = dropbear;
    expect(await ssh(dropbear, dropbear.keyFile("ed25519"), "id -un")).toBe(`${username}\n`);
    expect(await logIn({ host, port, username, password })).toBe("hello\n");
    expect(dropbear.hostKeyFingerprint).toMatch(/^SHA256:[\w+/]{43}$/);
  });
});

describe.each(["asyncssh", "paramiko", "conch"] as const)("the %s server", (library) => {
  let server: PythonServer;
  beforeAll(async () => {
    server = await startPythonServer(library);
  });
  afterAll(() => server.stop());

  it("lets in with a key and with the password, and with no other ones", async () => {
    const { host, port, user: username, password } = server;
    // No RSA: OpenSSH signs by SHA-2 only for who announces it, and Paramiko 2.12 looks for ext-info-c in the last place alone.
    for (const type of ["ed25519", "ecdsa"] as const)
      expect(await ssh(server, server.keyFile(type), "echo in")).toBe("in\n");
    expect(await logIn({ host, port, username, password })).toBe("hello\n");
    const privateKey = utils.generateKeyPairSync("ed25519").private;
    for (const wrong of [{ password: "wrong" }, { privateKey }, { username: "root", password }, {}])
      expect(await logIn({ host, port, username, ...wrong })).toMatch(/authentication methods failed/);
  });

  it("shows the host keys it says it has", async () => {
    const scan = await run("ssh-keyscan", ["-p", String(server.port), server.host], { encoding: "utf8" });
    for (const { publicLine } of server.hostKeys.values()) expect(scan.stdout).toContain(publicLine.split(" ")[1]);
  });

  it("ends when its maker dies, however it dies", async () => {
    const hostKeys = Array.from(server.hostKeys.values(), ({ file }) => file);
    const told = JSON.stringify({ user: "u", password: "p", authorized: [], hostKeys });
    const program = `e2e/fixtures/python/${library}_server.py`;
    const maker = startChild(process.execPath, [
      "--eval",
      `const stdio = ["pipe", "inherit", "inherit"];
       require("node:child_process").spawn("/usr/bin/python3", ["-B", ${JSON.stringify(program)}], { stdio })
         .stdin.write(${JSON.stringify(`${told}\n`)});`,
    ]);
    const [, port] = await maker.says(/listening on (\d+)/);
    expect(await closed(Number(port))).toBe(false);
    process.kill(maker.pid, "SIGKILL");
    await expect.poll(() => closed(Number(port)), { timeout: 5_000 }).toBe(true);
  });
});

describe("the ssh2 server with programs", () => {
  it("lets in with a key and with the password, and with no other ones", async () => {
    const server = await startSsh2Programs({ hostKeys: ["ed25519"] });
    const { port, user: username, password } = server;
    const at = { host: "127.0.0.1", port };
    for (const type of KEY_TYPES)
      expect(await ssh({ ...at, user: username }, server.keyFile(type), "echo in")).toBe("in\n");
    expect(await logIn({ ...at, username, password })).toBe("hello\n");
    for (const wrong of [{ password: "wrong" }, { username: "root", password }, {}])
      expect(await logIn({ ...at, username, ...wrong })).toMatch(/authentication methods failed/);
    await server.stop();
  });
});

describe("the ssh2 server", () => {
  const key = utils.generateKeyPairSync("ed25519");
  let server: Ssh2Server;
  beforeAll(async () => {
    server = await startSsh2Server({
      user: "alice",
      banner: "be welcome\n",
      login: [
        { method: "publickey", publicLine: key.public },
        {
          method: "keyboard-interactive",
          rounds: [
            { name: "First", prompts: [{ prompt: "One: ", echo: false }], answers: ["1"] },
            {
              prompts: [
                { prompt: "Two: ", echo: true },
                { prompt: "Three: ", echo: true },
              ],
              answers: ["2", "3"],
            },
          ],
        },
      ],
    });
  });
  afterAll(() => server.stop());
  const config = () => ({ host: server.host, port: server.port, username: "alice" });

  it("wants a key and then two rounds of answers", async () => {
    expect(await logIn({ ...config(), privateKey: key.private }, ["1", "2", "3"])).toBe("echo hello\n");
    expect(server.attempts).toEqual(["publickey partial", "keyboard-interactive accepted"]);
  });

  it("lets no one in with half of it", async () => {
    expect(await logIn({ ...config(), privateKey: key.private }, ["1", "2", "wrong"])).toMatch(/failed/);
    expect(await logIn(config(), ["1", "2", "3"])).toMatch(/failed/);
    expect(await logIn({ ...config(), privateKey: utils.generateKeyPairSync("ed25519").private }, ["1"])).toMatch(
      /failed/,
    );
  });
});

describe("the scripted TCP server", () => {
  const talk = (port: number) =>
    new Promise<string>((resolve) => {
      let heard = "";
      const socket = connect(port, "127.0.0.1", () => socket.write("SSH-2.0-test\r\n"));
      socket.on("data", (bytes) => {
        heard += bytes.toString();
        if (heard.length > 1_000_000) socket.destroy();
      });
      socket.on("end", () => resolve(`${heard}|end`));
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(`${heard}|${error.code}`));
      socket.on("close", () => resolve(`${heard.slice(0, 5)}|closed`));
      socket.setTimeout(300, () => resolve(`${heard}|waiting`));
    });

  it("behaves as it is told, connection by connection", async () => {
    const bytes = Buffer.from("HTTP/1.1 400\r\n");
    const server = await startScriptedTcp({ kind: "silent" });
    expect(await talk(server.port)).toBe("|waiting");
    expect(server.received().toString()).toBe("SSH-2.0-test\r\n");
    server.behave({ kind: "close" });
    expect(await talk(server.port)).toBe("|end");
    server.behave({ kind: "reset" });
    expect(await talk(server.port)).toBe("|ECONNRESET");
    server.behave({ kind: "say", bytes, next: "close" });
    expect(await talk(server.port)).toBe("HTTP/1.1 400\r\n|end");
    server.behave({ kind: "say", bytes, next: "wait" });
    expect(await talk(server.port)).toBe("HTTP/1.1 400\r\n|waiting");
    server.behave({ kind: "flood", bytes });
    expect(await talk(server.port)).toBe("HTTP/|closed");
    expect(server.connections).toBe(6);
    await server.stop();
    expect(await closed(server.port)).toBe(true);
  });
});

describe("the recorders", () => {
  it("keep both directions of a TCP connection, half-closes included", async () => {
    const target = await startScriptedTcp({ kind: "say", bytes: Buffer.from("hello"), next: "close" });
    const tap = await recordTcp(target);
    const heard = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect({ port: tap.port, host: tap.host, allowHalfOpen: true });
      socket.on("data", (bytes) => {
        text += bytes.toString();
      });
      socket.on("end", () => socket.end("bye", () => resolve(text)));
    });
    expect(heard).toBe("hello");
    await expect.poll(() => target.received().toString()).toBe("bye");
    expect([tap.fromServer().toString(), tap.fromClient().toString()]).toEqual(["hello", "bye"]);
    await tap.stop();
    await target.stop();
  });

  it("keep WebSocket messages unmasked, those sent before the relay answered too, and pass close codes on", async () => {
    const port = await freePort();
    const relay = new WebSocketServer({ host: "127.0.0.1", port, handleProtocols: () => SUBPROTOCOL });
    relay.on("connection", (socket, { headers }) => {
      socket.on("message", (data) => {
        socket.send(`${headers.origin} ${data}`);
        socket.close(4002, "denied");
      });
    });
    const tap = await recordWebSocket(`http://127.0.0.1:${port}`);
    const socket = new WebSocket(tap.origin.replace("http", "ws"), SUBPROTOCOL);
    socket.on("open", () => socket.send(Buffer.from("secret")));
    const code = await new Promise((resolve) => socket.on("close", resolve));
    expect(code).toBe(4002);
    expect(tap.messages.map(({ from, binary, data }) => [from, binary, data.toString()])).toEqual([
      ["browser", true, "secret"],
      ["relay", false, `http://127.0.0.1:${port} secret`],
    ]);
    await tap.stop();
    relay.close();
  });
});

describe("tools", () => {
  it("browsers are found, and a wrong name is told", () => {
    expect(readFileSync(findBrowser("chromium")).length).toBeGreaterThan(0);
    process.env.FIREFOX = "/nonexistent/firefox";
    expect(() => findBrowser("firefox")).toThrow("FIREFOX says /nonexistent/firefox");
    delete process.env.FIREFOX;
  });
});
