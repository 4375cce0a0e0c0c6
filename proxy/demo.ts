// The demo SSH server of `npm start`: on loopback, with fresh host keys, under the name of whoever started it, behind a
// random password. So the page can be tried on a machine without sshd. What a login gets is in demo-session.ts.

import { randomBytes } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { userInfo } from "node:os";
import ssh2 from "ssh2";
import { serveSession } from "./demo-session.ts";
import { sameSecret } from "./handshake/token.ts";
import { WaitingRoom } from "./limits.ts";
import { loadPty } from "./pty.ts";

export interface Demo {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const MOST_FAILURES = 5;
/** Others at this machine may knock too; they push out each other's connections, and none that is logged in. */
const MOST_WAITING = 16;
/** The time sshd gives for logging in. */
const LOGIN_MS = 120_000;
const CLOSE_MS = 1_000;

/** Rejects when the machine has no pty for us. */
export async function startDemo(): Promise<Demo> {
  const spawnPty = await loadPty();
  const user = currentUser();
  const password = randomBytes(16).toString("base64url");
  const sockets = new Set<Socket>();
  const clients = new Set<ssh2.Connection>();
  const room = new WaitingRoom(MOST_WAITING, MOST_WAITING);
  const hostKeys = [freshHostKey(() => ssh2.utils.generateKeyPairSync("ed25519"))];
  hostKeys.push(freshHostKey(() => ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 })));
  // The library tells of a connection when that has named its version: whoever says nothing must be counted too.
  const server = createServer((socket) => {
    sockets.add(socket);
    const patience = setTimeout(() => socket.destroy(), LOGIN_MS);
    const leaveRoom = room.enter(HOST, () => socket.destroy());
    const admitted = (): void => {
      clearTimeout(patience);
      leaveRoom();
    };
    socket.once("close", () => {
      sockets.delete(socket);
      admitted();
    });
    const ssh = new ssh2.Server({ hostKeys, ident: "PeriwinkleDemo" }, (client) => {
      clients.add(client);
      client.on("authentication", passwordOnly(client, user, password));
      client.on("ready", admitted);
      client.on("session", (accept) => serveSession(accept(), spawnPty));
      client.on("error", () => {}); // a broken connection; "close" follows
      client.on("close", () => clients.delete(client));
    });
    ssh.on("error", () => {});
    ssh.injectSocket(socket);
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.on("error", reject); // stays: a failed accept later must not end the process
    server.listen(0, HOST, () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    });
  });
  return {
    host: HOST,
    port,
    user,
    password,
    close: () =>
      new Promise((resolve) => {
        // A client that ignores the end must not keep the process.
        const late = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, CLOSE_MS);
        server.close(() => {
          clearTimeout(late);
          resolve();
        });
        for (const client of clients) client.end();
      }),
  };
}

/** One in about 200 Ed25519 keys that the library makes is malformed, and no key to itself: then another one. */
function freshHostKey(generate: () => { readonly private: string }): string {
  for (;;) {
    const key = generate().private;
    if (!(ssh2.utils.parseKey(key) instanceof Error)) return key;
  }
}

/** Every method but `password` is refused, and so is a wrong user, in the same way as a wrong password. */
function passwordOnly(client: ssh2.Connection, user: string, password: string) {
  let failures = 0;
  return (context: ssh2.AuthContext): void => {
    // More of them may have come together with the last one: they are not judged any more.
    if (failures >= MOST_FAILURES) return context.reject([]);
    if (context.method === "none") return context.reject(["password"]);
    if (context.method === "password") {
      const right = [sameSecret(context.username, user), sameSecret(context.password, password)];
      if (right.every(Boolean)) return context.accept();
    }
    context.reject(["password"]);
    if (++failures >= MOST_FAILURES) client.end();
  };
}

/** A user id without a name is possible in containers. */
function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return "demo";
  }
}
