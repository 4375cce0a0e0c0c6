// `npm run bench [rounds] [megabytes]`: download, upload, echo and connect of the product through its own relay against a
// real sshd, beside the raw relay and native ssh, interleaved in one run. Prints ratios; asserts nothing.

import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { loadFiles } from "../../proxy/static-files.ts";
import { findBrowser } from "../fixtures/browsers.ts";
import { startRelay } from "../fixtures/relay.ts";
import { startSshd } from "../fixtures/sshd.ts";
import { openBarePage } from "./chromium.ts";
import type { ConnectJob } from "./messages.ts";
import { nativeEcho, nativeRun, nativeUpload } from "./native.ts";
import { startRawRelay } from "./raw-relay.ts";
import { startRawTarget } from "./raw-target.ts";
import { percentile, printTable, type RatioRow, ratio } from "./report.ts";

const [rounds = 5, megabytes = 64] = process.argv.slice(2).map(Number);
const BYTES = megabytes * 1_000_000;
/** Native ssh starts a process and logs in each time; what is taken off for that must be small beside the rest. */
const NATIVE_BYTES = 4 * BYTES;
const ECHOES = 200;
const CIPHERS = ["aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr"];
const short = (cipher: string) => cipher.replace(/@.*/, "");

const measured = new Map<string, number[]>();
const note = (name: string, value: number) => measured.set(name, [...(measured.get(name) ?? []), value]);
/** Bytes per millisecond are kilobytes per second; here in MB/s. */
const rate = (milliseconds: number, bytes = BYTES) => bytes / 1000 / milliseconds;

const site = await servePage();
const sshd = await startSshd();
const relay = await startRelay({ flags: ["--origin", site.origin] });
const target = await startRawTarget();
const raw = await startRawRelay(target.port);
const page = await openBarePage(findBrowser("chromium"), `${site.origin}/index.html`);
const native = { port: sshd.port, user: sshd.user, keyFile: sshd.keyFile("ed25519") };
const login: ConnectJob = {
  url: `${relay.origin.replace(/^http/, "ws")}/relay`,
  token: relay.token,
  port: sshd.port,
  user: sshd.user,
  password: sshd.password,
};

const bench = <T>(verb: string, job: object = {}): Promise<T> =>
  page.evaluate<T>(`window.bench.${verb}(${JSON.stringify(job)})`);

try {
  await warmUp();
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`round ${round} of ${rounds}\n`);
    note("raw down", rate(await bench<number>("rawDownload", { url: raw.url, bytes: BYTES })));
    note("raw up", rate(await bench<number>("rawUpload", { url: raw.url, bytes: BYTES })));
    noteEcho("raw", await bench<number[]>("rawEcho", { url: raw.url, count: ECHOES }));
    for (const cipher of CIPHERS) await product(cipher);
    for (const cipher of CIPHERS) await nativeSsh(cipher);
  }
  report();
} finally {
  await page.close();
  await relay.stop();
  await sshd.stop();
  raw.close();
  target.close();
  site.close();
}
process.exit(0);

async function warmUp(): Promise<void> {
  await bench("connect", login);
  await bench("run", { command: "true" });
  await bench("close");
}

async function product(cipher: string): Promise<void> {
  const begun = performance.now();
  await bench("connect", { ...login, cipher });
  await bench("run", { command: "true" });
  note(`product connect ${short(cipher)}`, performance.now() - begun);
  note(
    `product down ${short(cipher)}`,
    rate(await bench("download", { command: `head -c ${BYTES} /dev/zero`, bytes: BYTES })),
  );
  note(`product up ${short(cipher)}`, rate(await bench("upload", { command: "cat >/dev/null", bytes: BYTES })));
  noteEcho(`product ${short(cipher)}`, await bench<number[]>("echo", { count: ECHOES }));
  await bench("close");
}

async function nativeSsh(cipher: string): Promise<void> {
  const start = await nativeRun(native, cipher, "true");
  note(`native connect ${short(cipher)}`, start);
  // The start of the process and the login are taken off: the others are connected already.
  note(
    `native down ${short(cipher)}`,
    rate((await nativeRun(native, cipher, `head -c ${NATIVE_BYTES} /dev/zero`)) - start, NATIVE_BYTES),
  );
  note(
    `native up ${short(cipher)}`,
    rate((await nativeUpload(native, cipher, "cat >/dev/null", NATIVE_BYTES)) - start, NATIVE_BYTES),
  );
  noteEcho(`native ${short(cipher)}`, await nativeEcho(native, cipher, ECHOES));
}

function noteEcho(who: string, times: readonly number[]): void {
  note(`${who.split(" ")[0]} echo${who.includes(" ") ? ` ${who.split(" ")[1]}` : ""}`, percentile(times, 0.5));
  note(`${who.split(" ")[0]} echo99${who.includes(" ") ? ` ${who.split(" ")[1]}` : ""}`, percentile(times, 0.99));
}

function report(): void {
  const absolute = [...measured].map(([name, values]) => [
    name,
    ...[0, 0.5, 1].map((share) => percentile(values, share).toFixed(1)),
  ]);
  printTable(
    `Absolute, of this run only (${megabytes} MB, ${rounds} rounds; rates in MB/s, connect in ms, echo in us)`,
    ["", "min", "median", "max"],
    absolute,
  );
  const rows: RatioRow[] = CIPHERS.flatMap((full) => {
    const cipher = short(full);
    return [
      { name: `download ${cipher} / raw relay`, of: `product down ${cipher}`, to: "raw down" },
      { name: `download ${cipher} / native ssh`, of: `product down ${cipher}`, to: `native down ${cipher}` },
      { name: `upload ${cipher} / raw relay`, of: `product up ${cipher}`, to: "raw up" },
      { name: `upload ${cipher} / native ssh`, of: `product up ${cipher}`, to: `native up ${cipher}` },
      { name: `echo p50 ${cipher} / raw relay (less is better)`, of: `product echo ${cipher}`, to: "raw echo" },
      {
        name: `echo p50 ${cipher} / native ssh (less is better)`,
        of: `product echo ${cipher}`,
        to: `native echo ${cipher}`,
      },
      {
        name: `connect ${cipher} / native ssh (less is better)`,
        of: `product connect ${cipher}`,
        to: `native connect ${cipher}`,
      },
    ];
  });
  printTable(
    "Ratios, each of one round",
    ["", "min", "median", "max"],
    rows.map((row) => [row.name, ...ratio(measured, row).map((value) => value.toFixed(2))]),
  );
}

/** The bench page, built beside this file, on a port of its own. */
function servePage(): Promise<{ origin: string; close(): void }> {
  const files = loadFiles(fileURLToPath(new URL("./page", import.meta.url)));
  return new Promise((resolve) => {
    const server = createServer(({ url = "/" }, response) => {
      const file = files.get(url);
      response.writeHead(file ? 200 : 404, { "Content-Type": file?.type ?? "text/plain" }).end(file?.body);
    });
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address)
        resolve({ origin: `http://127.0.0.1:${address.port}`, close: () => server.close() });
    });
  });
}
