// A program in a pseudo-terminal, in bytes. The library that does it is native code, and is loaded only when asked for.

import { homedir } from "node:os";

export interface PtySize {
  readonly cols: number;
  readonly rows: number;
}

export interface Pty {
  readonly pid: number;
  /** The path of the program's side. */
  readonly ptsName: string;
  onData(listener: (bytes: Buffer) => void): unknown;
  onExit(listener: (exit: { exitCode: number; signal?: number }) => void): unknown;
  write(bytes: Buffer): void;
  resize(cols: number, rows: number): void;
  pause(): void;
  resume(): void;
  kill(signal: string): void;
}

export type SpawnPty = (
  program: string,
  args: string[],
  options: PtySize & { readonly term: string; readonly env: Readonly<Record<string, string>> },
) => Pty;

/** Rejects on a machine for which there is no build of it. */
export async function loadPty(): Promise<SpawnPty> {
  const { spawn } = await import("@lydell/node-pty");
  return (program, args, { cols, rows, term, env }) => {
    const pty: unknown = spawn(program, args, { name: term, cols, rows, env, cwd: homedir(), encoding: null });
    // Its types speak of strings; with `encoding: null` it hands out and takes buffers.
    return pty as Pty;
  };
}
