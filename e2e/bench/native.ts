// Native OpenSSH doing the same work, as the other measure.

import { type ChildProcess, spawn } from "node:child_process";

export interface NativeTarget {
  readonly port: number;
  readonly user: string;
  readonly keyFile: string;
}

const ZEROS = Buffer.alloc(256 * 1024);

function ssh({ port, user, keyFile }: NativeTarget, cipher: string, command: string): ChildProcess {
  const options = [
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "LogLevel=ERROR",
    "BatchMode=yes",
    "IdentitiesOnly=yes",
  ];
  return spawn(
    "ssh",
    [
      "-F",
      "none",
      "-T",
      "-p",
      String(port),
      "-i",
      keyFile,
      "-c",
      cipher,
      ...options.flatMap((o) => ["-o", o]),
      `${user}@127.0.0.1`,
      command,
    ],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`ssh ended with ${code}`))));
  });
}

/** Milliseconds of a whole `ssh host command`, its start included. */
export async function nativeRun(target: NativeTarget, cipher: string, command: string): Promise<number> {
  const begun = performance.now();
  const child = ssh(target, cipher, command);
  child.stdout?.resume();
  child.stdin?.end();
  await ended(child);
  return performance.now() - begun;
}

export async function nativeUpload(
  target: NativeTarget,
  cipher: string,
  command: string,
  bytes: number,
): Promise<number> {
  const begun = performance.now();
  const child = ssh(target, cipher, command);
  child.stdout?.resume();
  const { stdin } = child;
  if (!stdin) throw new Error("ssh has no input");
  for (let left = bytes; left > 0; left -= ZEROS.length) {
    if (!stdin.write(ZEROS.subarray(0, Math.min(left, ZEROS.length))))
      await new Promise((resolve) => stdin.once("drain", resolve));
  }
  stdin.end();
  await ended(child);
  return performance.now() - begun;
}

/** Microseconds of each round trip of 36 bytes through `cat`. */
export async function nativeEcho(target: NativeTarget, cipher: string, count: number): Promise<number[]> {
  const child = ssh(target, cipher, "cat");
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const begun = performance.now();
    const answered = new Promise((resolve) => child.stdout?.once("data", resolve));
    child.stdin?.write(Buffer.alloc(36, 97));
    await answered;
    times.push((performance.now() - begun) * 1000);
  }
  child.stdin?.end();
  await ended(child);
  return times;
}
