// The relay as a program: reads its settings, starts, tells the person where to go, and stops on a signal. Stdout is for
// the person, stderr for the log.

import { fileURLToPath } from "node:url";
import { type Command, readConfig } from "./config.ts";
import { ConfigError, EXIT_CONFIG } from "./config-error.ts";
import { helpText } from "./help.ts";
import { type Relay, randomToken, startRelay } from "./relay.ts";
import { formatAddress, formatStart } from "./start-text.ts";
import { loadFiles } from "./static-files.ts";

/** Beside this file once it is built: dist/relay/main.mjs and dist/client. */
const PAGE = fileURLToPath(new URL("../client", import.meta.url));

function fail(sentence: string, status: number): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(status);
}

async function start(config: Extract<Command, { kind: "start" }>["config"]): Promise<Relay> {
  try {
    return await startRelay(config, { files: loadFiles(PAGE), version: __VERSION__ });
  } catch (error) {
    if (error instanceof ConfigError) fail(error.message, EXIT_CONFIG);
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const where = formatAddress(config.listen);
    if (code === "EADDRINUSE") fail(`${where} is taken by another program. Give another with --listen.`, 1);
    if (code === "EACCES") fail(`This account may not listen on ${where}. Give another with --listen.`, 1);
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      fail(`This machine has no address ${where}. Give another with --listen.`, 1);
    return fail(error instanceof Error ? error.message : "The relay could not start.", 1);
  }
}

function read(): Command {
  try {
    return readConfig({ argv: process.argv.slice(2), env: process.env, randomToken });
  } catch (error) {
    if (error instanceof ConfigError) return fail(error.message, EXIT_CONFIG);
    throw error;
  }
}

const command = read();
if (command.kind === "help") process.stdout.write(helpText());
else if (command.kind === "version") process.stdout.write(`${__VERSION__}\n`);
else {
  const relay = await start(command.config);
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    void relay.close().then(() => process.exit(0));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.stdout.write(formatStart(relay, command.config.listen));
}
