// `npm run bench [rounds] [megabytes]`: the product through its own relay against a real sshd, beside the raw relay, native
// ssh and dev-tunnels, interleaved in one run. Prints ratios and what became of the goals; asserts nothing.
// `-- --memory` moves 1 GiB each way and watches memory; `-- --profile` says where the worker's time goes. The widget in another
// site's page comes last, or by itself with `-- --embed`.

import { measureEmbedding } from "./embed.ts";
import { judge } from "./goals.ts";
import { watchMemory } from "./memory.ts";
import type { ConnectJob } from "./messages.ts";
import { nativeEcho, nativeRun, nativeUpload } from "./native.ts";
import type { ClientName } from "./page.ts";
import { printProfile } from "./profile.ts";
import { percentile, printTable } from "./report.ts";
import { setUp } from "./stage.ts";

const flags = process.argv.slice(2).filter((argument) => argument.startsWith("--"));
const [rounds = 7, megabytes = 64] = process.argv
  .slice(2)
  .filter((argument) => !argument.startsWith("--"))
  .map(Number);
const BYTES = megabytes * 1_000_000;
/** Native ssh starts a process and logs in each time; what is taken off for that must be small beside the rest. */
const NATIVE_BYTES = 4 * BYTES;
/** At 100 ms a window of 6 MiB moves 63 MB a second. */
const LONG_BYTES = BYTES / 2;
const ECHOES = 500;

interface Cipher {
  readonly name: string;
  readonly cipher: string;
  readonly mac?: string;
  readonly native: boolean;
}
const CIPHERS: readonly Cipher[] = [
  { name: "aes128-gcm", cipher: "aes128-gcm@openssh.com", native: true },
  { name: "aes256-gcm", cipher: "aes256-gcm@openssh.com", native: false },
  { name: "aes256-ctr", cipher: "aes256-ctr", mac: "hmac-sha2-256-etm@openssh.com", native: true },
  { name: "chacha20-poly1305", cipher: "chacha20-poly1305@openssh.com", native: true },
];
const EXCHANGES = {
  curve25519: "curve25519-sha256",
  sntrup761: "sntrup761x25519-sha512@openssh.com",
  mlkem768: "mlkem768x25519-sha256",
};

const measured = new Map<string, number[]>();
const note = (name: string, value: number) => measured.set(name, [...(measured.get(name) ?? []), value]);
/** Bytes per millisecond are kilobytes per second; here in MB/s. */
const rate = (milliseconds: number, bytes = BYTES) => bytes / 1000 / milliseconds;
const perGigabyte = (seconds: number) => (seconds * 1e9) / BYTES;

if (flags.includes("--embed")) {
  await measureEmbedding(rounds);
  process.exit();
}

const stage = await setUp();
const { page, native, login } = stage;
const options = ({ cipher, mac }: Cipher) => ({ cipher, ...(mac === undefined ? {} : { mac }) });

try {
  const exchanges = await warmUp();
  if (flags.includes("--profile")) await profiles();
  else {
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`round ${round} of ${rounds}\n`);
      await rawRelay();
      for (const cipher of CIPHERS) await browserClient("periwinkle", cipher);
      await browserClient("dev-tunnels", { name: "aes256-gcm", cipher: "aes256-gcm@openssh.com", native: false });
      for (const [name, kex] of exchanges)
        note(`periwinkle connect ${name}`, await connectAndLeave("periwinkle", { ...login, kex }));
      note("dev-tunnels connect", await connectAndLeave("dev-tunnels", login));
      note("periwinkle connect", await connectAndLeave("periwinkle", login));
      for (const { name, cipher, native } of CIPHERS) if (native) await nativeSsh(name, cipher);
      await longWay();
    }
    report();
    const memory = flags.includes("--memory") ? await watchMemory(stage) : undefined;
    judge(measured, memory);
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await stage.stop();
}
if (flags.length === 0 && process.exitCode === undefined) await measureEmbedding(rounds);
process.exit();

/** The first connection compiles and imports; it also shows which key exchanges this sshd has. */
async function warmUp(): Promise<readonly (readonly [string, string])[]> {
  const known: (readonly [string, string])[] = [];
  for (const [name, kex] of Object.entries(EXCHANGES)) {
    try {
      await connectAndLeave("periwinkle", { ...login, kex });
      known.push([name, kex]);
    } catch {
      console.log(`This sshd and we have no ${name} in common: it is left out.`);
    }
  }
  await connectAndLeave("dev-tunnels", login);
  return known;
}

async function connectAndLeave(client: ClientName, job: ConnectJob): Promise<number> {
  const elapsed = await stage.perform<number>(client, { kind: "connect", ...job });
  await stage.perform(client, { kind: "close" });
  return elapsed;
}

async function rawRelay(): Promise<void> {
  const cpu = page.usage().cpuSeconds;
  note("raw down", rate(await stage.raw<number>("rawDownload", { bytes: BYTES })));
  note("raw down cpu", perGigabyte(page.usage().cpuSeconds - cpu));
  note("raw up", rate(await stage.raw<number>("rawUpload", { bytes: BYTES })));
  noteEcho("raw", await stage.raw<number[]>("rawEcho", { count: ECHOES }));
}

async function browserClient(client: ClientName, cipher: Cipher): Promise<void> {
  const who = `${client} ${cipher.name}`;
  await stage.perform(client, { kind: "connect", ...login, ...options(cipher) });
  for (const kind of ["download", "upload"] as const) {
    const way = kind === "download" ? "down" : "up";
    const [before, relay] = [page.usage().cpuSeconds, stage.relayCpu()];
    note(`${who} ${way}`, rate(await stage.perform<number>(client, { kind, bytes: BYTES })));
    note(`${who} ${way} cpu`, perGigabyte(page.usage().cpuSeconds - before));
    note(`${who} ${way} relay`, perGigabyte(stage.relayCpu() - relay));
  }
  noteEcho(who, await stage.perform<number[]>(client, { kind: "echo", count: ECHOES }));
  await stage.perform(client, { kind: "close" });
}

async function nativeSsh(name: string, cipher: string): Promise<void> {
  const start = await nativeRun(native, cipher, "true");
  note(`native ${name} connect`, start);
  // The start of the process and the login are taken off: the others are connected already.
  const download = await nativeRun(native, cipher, `head -c ${NATIVE_BYTES} /dev/zero`);
  note(`native ${name} down`, rate(download - start, NATIVE_BYTES));
  const upload = await nativeUpload(native, cipher, "cat >/dev/null", NATIVE_BYTES);
  note(`native ${name} up`, rate(upload - start, NATIVE_BYTES));
  noteEcho(`native ${name}`, await nativeEcho(native, cipher, ECHOES));
}

async function longWay(): Promise<void> {
  await stage.perform("periwinkle", { kind: "connect", ...login, port: stage.long.port });
  note(
    "periwinkle down 100ms",
    rate(await stage.perform("periwinkle", { kind: "download", bytes: LONG_BYTES }), LONG_BYTES),
  );
  note(
    "periwinkle up 100ms",
    rate(await stage.perform("periwinkle", { kind: "upload", bytes: LONG_BYTES }), LONG_BYTES),
  );
  await stage.perform("periwinkle", { kind: "close" });
}

function noteEcho(who: string, times: readonly number[]): void {
  note(`${who} echo`, percentile(times, 0.5));
  note(`${who} echo p99`, percentile(times, 0.99));
}

async function profiles(): Promise<void> {
  for (const cipher of CIPHERS) {
    for (const kind of ["download", "upload"] as const) {
      await stage.perform("periwinkle", { kind: "connect", ...login, ...options(cipher) });
      await stage.perform("periwinkle", { kind, bytes: BYTES });
      await printProfile(page, `${kind} ${cipher.name}`, megabytes, () =>
        stage.perform("periwinkle", { kind, bytes: BYTES }),
      );
      await stage.perform("periwinkle", { kind: "close" });
    }
  }
}

function report(): void {
  printTable(
    `Absolute, of this run only (${megabytes} MB, ${rounds} rounds; MB/s, CPU in s/GB, connect in ms, echo in us)`,
    ["", "min", "median", "max"],
    [...measured].map(([name, values]) => [name, ...[0, 0.5, 1].map((share) => percentile(values, share).toFixed(1))]),
  );
}
