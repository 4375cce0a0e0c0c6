// A key that a person types in or pastes: the line of a .pub file, or what ssh-keyscan prints. Made into known_hosts lines, or
// into a sentence about what is wrong.

import { knownHostsName, parsePort, SSH_PORT } from "../../../shared/target.ts";
import { toBase64 } from "../../bytes/base64.ts";
import { type Entry, parseEntry } from "../../knownhosts/file.ts";
import { asciiHost } from "../host-name.ts";

export type Typed =
  | { readonly kind: "lines"; readonly text: string }
  | { readonly kind: "wrong"; readonly where: "names" | "key"; readonly sentence: string };

/** More keys are an import. */
const LINES = 100;
const PATTERN = /^!?[a-z0-9_.:*?[\]-]{1,255}$/i;

export function typedLines(kind: "host" | "authority", names: string, pasted: string): Typed {
  const lines = pasted.split(/\r?\n/).filter((line) => !/^\s*(#|$)/.test(line));
  if (lines.length === 0) return wrong("key", "Paste a public key here.");
  if (lines.length > LINES) return wrong("key", "These are many lines: use Import for them.");
  const typed = namesIn(names, kind);
  if (typeof typed !== "string") return typed;
  const made: string[] = [];
  for (const line of lines) {
    const entry = entryIn(line.trim());
    if (entry === undefined) return wrong("key", reasonFor(line));
    const hosts = typed || entry.hosts;
    if (hosts === NOBODY) return wrong("names", "Type whose key this is, like db1.example.net.");
    const marker = kind === "authority" ? "@cert-authority " : "";
    made.push(`${marker}${hosts} ${entry.keyType} ${toBase64(entry.keyBlob)}`);
  }
  return { kind: "lines", text: `${made.join("\n")}\n` };
}

const NOBODY = "-";

/** With a name of its own, or as a .pub file has it: `type base64 comment`. */
function entryIn(line: string): Entry | undefined {
  const nameless = parseEntry(`${NOBODY} ${line}`);
  if (nameless !== undefined) return nameless;
  const named = parseEntry(line);
  // A revocation is no host's key, and nobody's authority.
  return named?.marker === "revoked" || named?.names.kind === "hashed" ? undefined : named;
}

function reasonFor(line: string): string {
  if (/-cert-v\d+@/.test(line)) return "This is a certificate. Paste the public key of its host or authority instead.";
  if (/PRIVATE KEY/.test(line))
    return "This is a private key: keep it to yourself. The public one is in a file that ends in .pub.";
  return "This is no public key. Paste the line of a .pub file, or what ssh-keyscan prints.";
}

/** Empty where none was typed: the pasted lines may name their hosts themselves. */
function namesIn(text: string, kind: "host" | "authority"): string | Extract<Typed, { kind: "wrong" }> {
  const names: string[] = [];
  for (const name of text.split(/[\s,]+/).filter((part) => part !== "")) {
    const host = kind === "authority" && /[*?!]/.test(name) ? patternIn(name) : hostNameIn(name);
    if (host === undefined)
      return wrong(
        "names",
        `${kind === "authority" ? "Not a name or a pattern" : "Not a host name"}: ${name.slice(0, 80)}`,
      );
    names.push(host);
  }
  return names.join(",");
}

function patternIn(name: string): string | undefined {
  return PATTERN.test(name) ? name.toLowerCase() : undefined;
}

/** `host`, `host:port`, `[host]:port` or an IPv6 address, as known_hosts writes it. */
function hostNameIn(name: string): string | undefined {
  const [, bracketed, bare, digits = String(SSH_PORT)] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(name) ?? [];
  const host = asciiHost(bracketed ?? bare ?? name);
  const port = parsePort(digits);
  return host === undefined || port === undefined ? undefined : knownHostsName({ host, port });
}

function wrong(where: "names" | "key", sentence: string): Extract<Typed, { kind: "wrong" }> {
  return { kind: "wrong", where, sentence };
}
