// The programs that the tests run against. What is missing is installed where that is ours to do (a Debian-like system,
// as root), otherwise named. Nothing missing: nothing is asked of the network.

import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian's own: another Python, earlier in PATH, would not see what apt installs. */
const PYTHON = "/usr/bin/python3";

/**
 * Each with the programs, or the module of Debian's Python, that show it is there, the Debian package that brings it, and a
 * variable that may name another.
 */
const TOOLS = [
  { programs: ["sshd"], package: "openssh-server" },
  { programs: ["ssh-keygen"], package: "openssh-client" },
  { programs: ["chromium", "chromium-browser", "google-chrome"], package: "chromium", variable: "CHROMIUM" },
  { programs: ["firefox-esr", "firefox"], package: "firefox-esr", variable: "FIREFOX" },
  { programs: ["dropbear"], package: "dropbear-bin" },
  { programs: ["vim"], package: "vim" },
  { programs: ["openssl"], package: "openssl" },
  { programs: ["ssh-audit"], package: "ssh-audit" },
  { module: "asyncssh", package: "python3-asyncssh" },
  { module: "paramiko", package: "python3-paramiko" },
  { module: "twisted.conch.ssh.transport", package: "python3-twisted" },
];

/** sshd and dropbear live where a plain user's PATH does not look. */
const FOLDERS = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Those of the modules that cannot be imported, asked of one Python for all of them. */
function missingModules(modules) {
  const ask = `
import importlib, sys, warnings
warnings.simplefilter("ignore")
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except Exception:
        print(name)
`;
  const { status, stdout } = spawnSync(PYTHON, ["-B", "-c", ask, ...modules], { encoding: "utf8" });
  return status === 0 ? stdout.split("\n") : modules;
}

function isThere(tool) {
  const named = tool.variable && process.env[tool.variable];
  if (named) return isProgram(named);
  return tool.programs.some((program) => FOLDERS.some((folder) => isProgram(join(folder, program))));
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync("apt-get", ["-q", ...args], { stdio: "inherit", env }).status === 0;
}

/** Debian starts what it installs, an sshd for all the world among it. Its own switch against that, for as long as we install. */
function withoutStartingServers(install) {
  const policy = "/usr/sbin/policy-rc.d";
  if (existsSync(policy)) return install();
  writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return install();
  } finally {
    rmSync(policy);
  }
}

function missing() {
  const modules = TOOLS.flatMap(({ module }) => module ?? []);
  const absent = missingModules(modules);
  return TOOLS.filter((tool) => (tool.module ? absent.includes(tool.module) : !isThere(tool)));
}

let absent = missing();
if (absent.length > 0) {
  const packages = absent.map((tool) => tool.package);
  const ours = process.getuid?.() === 0 && FOLDERS.some((folder) => isProgram(join(folder, "apt-get")));
  if (ours) {
    console.log(`Installing what the tests need: ${packages.join(" ")}`);
    // An image's package lists are often empty or old, so update first; a failed update may still leave usable lists.
    apt("update");
    withoutStartingServers(() => apt("install", "-y", "--no-install-recommends", ...packages));
    absent = missing();
  }
}

if (absent.length > 0) {
  console.error("The tests need programs and Python modules that are missing:");
  for (const tool of absent) {
    const instead = tool.variable ? ` (or name one by ${tool.variable})` : "";
    const what = tool.module ? `${PYTHON} -c "import ${tool.module}"` : tool.programs.join(" or ");
    console.error(`  ${what}: Debian package ${tool.package}${instead}`);
  }
  console.error("Install them, or run this as root on a Debian-like system. Tests that need them will fail.");
  if (process.env.CI === "true" || process.env.CI === "1") process.exit(1);
}
