import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type ConfigSources, type RelayConfig, readConfig } from "./config.ts";
import { helpText } from "./help.ts";
import { OPTIONS } from "./options.ts";

const TOKEN = "abcdefghijklmnopqrstuvwxyz";
const SECRET = Buffer.alloc(32, 7).toString("base64url");
const pem = (type: "ed25519" | "x25519" | "ed448", half: "publicKey" | "privateKey" = "publicKey"): string => {
  // The types know each curve's own signature only.
  const pair = generateKeyPairSync(type as "ed25519");
  return half === "publicKey"
    ? pair.publicKey.export({ type: "spki", format: "pem" }).toString()
    : pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
};
const embed = (...entries: unknown[]): string => JSON.stringify({ embed: entries });
const files: Record<string, string> = {
  "relay.json": JSON.stringify({ listen: "127.0.0.1:1111", "dial-timeout": 3, allow: ["file.example"], demo: false }),
  "vouching.json": JSON.stringify({ "known-hosts": "known_hosts" }),
  "bad.json": "{",
  "list.json": "[]",
  "misspelt.json": '{"lisen":"127.0.0.1:1"}',
  "wrong.json": '{"dial-timeout":"soon"}',
  "token.json": '{"token":"tooshort-and-secret"}'.replace("tooshort-and-secret", "short-secret"),
  known_hosts: `db1 ssh-rsa ${Buffer.from("\0\0\0\x07ssh-rsa\0\0\0\x01n").toString("base64")}\n`,
  "embed.json": embed("https://a.example", {
    origin: "https://learn.example:8443",
    open: ["db1", " *.lab.example:* ", "[::1]:2222"],
    autoConnect: ["db1"],
    keepTrust: true,
  }),
  "nobody.json": embed(),
  "no-list.json": '{"embed":{"origin":"self"}}',
  "no-origin.json": embed({ open: ["a"] }),
  "number.json": embed(7),
  "nested.json": embed(["self"]),
  "unknown.json": embed({ origin: "self", opne: ["a"] }),
  "open-text.json": embed({ origin: "self", open: "a" }),
  "open-all.json": embed({ origin: "self", open: ["*"] }),
  "auto-net.json": embed({ origin: "self", autoConnect: ["10.0.0.0/8"] }),
  "keep.json": embed({ origin: "self", keepTrust: "yes" }),
  "tell.json": embed({ origin: "self", tellTitle: 1 }),
  "twice.json": embed("https://a.example", { origin: "https://a.example" }),
  "platform.pem": pem("ed25519"),
  "platform.key": pem("ed25519", "privateKey"),
  "x25519.pem": pem("x25519"),
  "ed448.pem": pem("ed448"),
  "broken.pem": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
  secret: `${SECRET}\n`,
  "short-secret": Buffer.alloc(31, 7).toString("base64url"),
  "two-lines": `${SECRET}\n${SECRET}`,
  empty: "",
  "cert.pem": "CERT",
  "key.pem": "KEY",
};

function sources(argv: string, env: ConfigSources["env"] = {}): ConfigSources {
  return {
    argv: argv.split(" ").filter((word) => word !== ""),
    env,
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error("ENOENT");
      return text;
    },
    randomToken: () => "random",
  };
}

function start(argv: string, env?: ConfigSources["env"]): RelayConfig {
  const command = readConfig(sources(argv, env));
  if (command.kind !== "start") throw new Error(`expected start, got ${command.kind}`);
  return command.config;
}

const refusal = (argv: string, env?: ConfigSources["env"]): string => {
  try {
    start(argv, env);
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : "";
  }
  return "started";
};

describe("settings", () => {
  it("without any: this machine only, with demo and a random token", () => {
    expect(start("")).toEqual({
      listen: { host: "127.0.0.1", port: 8022 },
      portMayMove: true,
      tls: undefined,
      behindTlsProxy: false,
      hosts: [],
      origins: [],
      token: "random",
      allow: [],
      deny: [],
      knownHosts: undefined,
      embed: [{ origin: "self" }],
      grantKeys: [],
      demo: true,
      dialTimeout: 10_000,
      idleTimeout: 0,
      maxConnections: 64,
      logLevel: "info",
    });
  });

  it("come from flags before the environment, before the file, before the defaults", () => {
    const env = { PERIWINKLE_LISTEN: "127.0.0.1:2222", PERIWINKLE_DIAL_TIMEOUT: "4", PERIWINKLE_CONFIG: "relay.json" };
    const config = start("--listen 127.0.0.1:3333", env);
    expect([config.listen.port, config.dialTimeout, config.demo, config.maxConnections]).toEqual([
      3333,
      4000,
      false,
      64,
    ]);
    expect(start("", env).listen.port).toBe(2222);
    expect(start("--config relay.json").listen.port).toBe(1111);
    expect(start("--config relay.json").portMayMove).toBe(false);
  });

  it("take lists from repeated flags, from commas and from arrays", () => {
    const names = (config: RelayConfig) => config.allow.map((rule) => (rule.kind === "name" ? rule.name : ""));
    expect(names(start("--allow a --allow b:23"))).toEqual(["a", "b"]);
    expect(names(start("", { PERIWINKLE_ALLOW: "a, b:23," }))).toEqual(["a", "b"]);
    expect(names(start("--config relay.json"))).toEqual(["file.example"]);
  });

  it("read switches in all three", () => {
    expect(start("--no-demo").demo).toBe(false);
    expect(start("", { PERIWINKLE_DEMO: "0" }).demo).toBe(false);
    expect(start("--demo --config relay.json").demo).toBe(true);
    expect(start("--no-token").token).toBeUndefined();
    expect(start(`--token ${TOKEN}`).token).toBe(TOKEN);
  });

  it("for others to reach are complete", () => {
    const config = start("--listen 0.0.0.0:443 --cert cert.pem --key key.pem --host ssh.example.net --allow *.example");
    expect(config).toMatchObject({
      tls: { cert: "CERT", key: "KEY" },
      demo: false,
      idleTimeout: 3_600_000,
      maxConnections: 5000,
    });
    expect(start("--behind-tls-proxy --host ssh.example.net --allow a").demo).toBe(false);
  });

  it("take known hosts from a file that is one", () => {
    const text = files.known_hosts;
    expect(start("--known-hosts known_hosts").knownHosts).toBe(text);
    expect(start("", { PERIWINKLE_KNOWN_HOSTS: "known_hosts" }).knownHosts).toBe(text);
    expect(start("--config vouching.json").knownHosts).toBe(text);
  });

  it("say who may embed the widget: origins alone from flags and commas, what they may in the file", () => {
    const origins = (config: RelayConfig) => config.embed.map(({ origin }) => origin);
    expect(origins(start("--embed https://a.example --embed self"))).toEqual(["https://a.example", "self"]);
    expect(origins(start("", { PERIWINKLE_EMBED: "http://localhost:3000, self" }))).toEqual([
      "http://localhost:3000",
      "self",
    ]);
    expect(start("--config embed.json").embed).toEqual([
      { origin: "https://a.example", open: [], autoConnect: [], keepTrust: false, tellTitle: false },
      {
        origin: "https://learn.example:8443",
        open: ["db1", "*.lab.example:*", "[::1]:2222"],
        autoConnect: ["db1"],
        keepTrust: true,
        tellTitle: false,
      },
    ]);
  });

  it("let nobody embed it where they say so, or where others can reach the relay and they say nothing", () => {
    expect(start("--config nobody.json").embed).toEqual([]);
    expect(start("", { PERIWINKLE_EMBED: "" }).embed).toEqual([]);
    expect(start("--behind-tls-proxy --host ssh.example.net --allow a").embed).toEqual([]);
  });

  it("take each key of a platform for its own algorithm", () => {
    const algorithms = (config: RelayConfig) => config.grantKeys.map(({ algorithm, key }) => [algorithm, key.type]);
    expect(algorithms(start("--grant-key platform.pem --grant-key secret"))).toEqual([
      ["EdDSA", "public"],
      ["HS256", "secret"],
    ]);
    expect(start("--grant-key secret").grantKeys[0]?.key.export()).toEqual(Buffer.alloc(32, 7));
  });

  it("are documented, each of them", () => {
    for (const name of Object.keys(OPTIONS))
      expect(helpText()).toContain(name === "demo" ? "--[no-]demo" : `--${name}`);
    expect(readConfig(sources("--help")).kind).toBe("help");
    expect(readConfig(sources("--version")).kind).toBe("version");
  });
});

describe("a setting that cannot be used is named with its source", () => {
  it.each<[string, string, ConfigSources["env"]]>([
    ["--listen wants HOST:PORT", "--listen nowhere", {}],
    ['--listen wants HOST:PORT, as in 127.0.0.1:8022 or [::1]:8022, and got "127.1:80"', "--listen 127.1:80", {}],
    ["PERIWINKLE_DIAL_TIMEOUT wants a whole number from 1 to 300", "", { PERIWINKLE_DIAL_TIMEOUT: "0" }],
    ["PERIWINKLE_DIAL_TIMEOUT wants a whole number", "", { PERIWINKLE_DIAL_TIMEOUT: "1e2" }],
    ["PERIWINKLE_DENNY is in the environment, and is not a setting", "", { PERIWINKLE_DENNY: "a" }],
    ["PERIWINKLE_DEMO wants true or false", "", { PERIWINKLE_DEMO: "perhaps" }],
    ['"lisen" in misspelt.json is not a setting', "--config misspelt.json", {}],
    ['"dial-timeout" in wrong.json wants a whole number', "--config wrong.json", {}],
    ["bad.json is not JSON", "--config bad.json", {}],
    ["list.json must hold one JSON object", "--config list.json", {}],
    ["--config: the file gone.json cannot be read", "--config gone.json", {}],
    ["--allow wants host", "--allow a --allow 10.0.0.0/99", {}],
    ["--origin wants an origin", "--origin https://a.example/path", {}],
    ["--origin wants an origin", "--origin *", {}],
    ["--host wants a name", "--host a/b", {}],
    ["--log-level wants silent", "--log-level loud", {}],
    ["Unknown option '--lisen'", "--lisen x", {}],
    ["--demo and --no-demo exclude each other", "--demo --no-demo", {}],
    ["--cert and --key belong together", "--cert cert.pem", {}],
    ["--known-hosts wants a file name", "--known-hosts=", {}],
    ["--known-hosts: the file gone cannot be read", "--known-hosts gone", {}],
    ["PERIWINKLE_KNOWN_HOSTS: the file bad.json is no list of known hosts", "", { PERIWINKLE_KNOWN_HOSTS: "bad.json" }],
    ["--key: the file gone.pem cannot be read", "--cert cert.pem --key gone.pem", {}],
    ['--embed wants an origin without path or *, as in https://learn.example, or "self"', "--embed *", {}],
    ['and got "https://a.example/x"', "--embed https://a.example/x", {}],
    ['and got "https://*.example"', "--embed https://*.example", {}],
    ['and got "https://a.example;"', "--embed https://a.example;", {}],
    ['and got "null"', "--embed null", {}],
    ['and got "http://[::1]:8080"', "--embed http://[::1]:8080", {}],
    ['and got "data:x"', "", { PERIWINKLE_EMBED: "self,data:x" }],
    ['"embed" in no-list.json wants origins, as in https://learn.example or "self", or', "--config no-list.json", {}],
    ['"embed" in no-origin.json wants origins, as in', "--config no-origin.json", {}],
    ['"embed" in number.json wants origins, as in', "--config number.json", {}],
    ['"embed" in nested.json wants origins, as in', "--config nested.json", {}],
    ['"embed" in unknown.json does not know "opne" in an entry', "--config unknown.json", {}],
    ['"embed" in open-text.json wants an array of host', "--config open-text.json", {}],
    ['as "open" (port 22 unless given), and got "*"', "--config open-all.json", {}],
    ['as "autoConnect" (port 22 unless given), and got "10.0.0.0/8"', "--config auto-net.json", {}],
    ['"embed" in keep.json wants true or false as "keepTrust", and got "yes"', "--config keep.json", {}],
    ['"embed" in tell.json wants true or false as "tellTitle"', "--config tell.json", {}],
    ['"embed" in twice.json names https://a.example twice', "--config twice.json", {}],
    ["--embed names self twice", "--embed self --embed self", {}],
    ["--grant-key: the file gone cannot be read", "--grant-key gone", {}],
    ["--grant-key wants a file name", "--grant-key=", {}],
    ["--grant-key: the file platform.key holds a private key", "--grant-key platform.key", {}],
    ["PERIWINKLE_GRANT_KEY: the file cert.pem holds neither", "", { PERIWINKLE_GRANT_KEY: "cert.pem" }],
    ["the file x25519.pem holds a public key of another kind", "--grant-key x25519.pem", {}],
    ["the file ed448.pem holds a public key of another kind", "--grant-key ed448.pem", {}],
    ["the file broken.pem holds a public key of another kind", "--grant-key broken.pem", {}],
    ["the file two-lines holds neither", "--grant-key two-lines", {}],
    ["the file empty holds neither", "--grant-key empty", {}],
    [`--token and PERIWINKLE_NO_TOKEN exclude each other`, `--token ${TOKEN}`, { PERIWINKLE_NO_TOKEN: "1" }],
  ])("%s", (sentence, argv, env) => {
    expect(refusal(argv, env)).toMatch(/^ConfigError: /);
    expect(refusal(argv, env)).toContain(sentence);
    expect(refusal(argv, env)).not.toContain("\n");
  });

  it("and a token never is", () => {
    const said = refusal("--config token.json");
    expect(said).toContain('"token" in token.json wants 22');
    expect(said).not.toContain("short-secret");
  });

  it("and neither is a platform's secret that is too short", () => {
    const said = refusal("--grant-key secret --grant-key short-secret");
    expect(said).toContain("the file short-secret holds neither");
    expect(said).not.toContain(files["short-secret"]);
  });
});

describe("a relay that others could reach does not start", () => {
  const open = "--listen 0.0.0.0:8022";
  const tls = "--cert cert.pem --key key.pem";
  it.each([
    ["without TLS", `${open} --host a --allow b`, "needs TLS"],
    ["without a token", `${open} ${tls} --host a --allow b --no-token`, "needs a token"],
    ["without a list of targets", `${open} ${tls} --host a`, "needs a list of targets"],
    ["with open targets in place of that list", `${open} ${tls} --host a --config embed.json`, "give --allow"],
    ["with the demo", `${open} ${tls} --host a --allow b --demo`, "has no demo"],
    ["without its name", `${open} ${tls} --allow b`, "must know its name"],
    ["behind a proxy without its name", "--behind-tls-proxy --allow b", "must know its name"],
    ["behind a proxy without targets", "--behind-tls-proxy --host a", "needs a list of targets"],
    ["behind a proxy with the demo", "--behind-tls-proxy --host a --allow b --demo", "has no demo"],
    ["on an address of the network", "--listen 192.168.1.1:22", "needs TLS"],
    ["on [::]", "--listen [::]:22", "needs TLS"],
    ["with TLS in two places", `${tls} --behind-tls-proxy --host a --allow b`, "TLS ends in one place"],
  ])("%s", (_what, argv, sentence) => expect(refusal(argv)).toContain(sentence));
});
