// What stands in the playground's form, as an embedding and one sentence for each field that is wrong. Whatever is wrong is
// still written into the snippets, where it does no harm: they follow the typing. Pure.

import { parsePort, SSH_PORT } from "../../../shared/target.ts";
import { parseFingerprint } from "../../keys/fingerprint.ts";
import { asciiHost } from "../../ui/host-name.ts";
import { isUserName } from "../../ui/user-name.ts";
import type { Embedding } from "./snippets.ts";
import { originIn } from "./standing.ts";

export interface Wishes {
  readonly host: string;
  readonly port: string;
  readonly user: string;
  readonly pins: string;
  readonly theme: Embedding["theme"];
  readonly fontSize: string;
  readonly origin: string;
  readonly grants: boolean;
}

export type WishErrors = { readonly [F in keyof Wishes]?: string };

const PINS = 16;
const SIZES = { least: 8, most: 32 };

const EXAMPLE = { host: "ssh.example.org", origin: "https://learn.example" };

export function embeddingOf(wishes: Wishes, relay: string): Embedding {
  const host = wishes.host.trim();
  return {
    relay,
    host: host === "" ? EXAMPLE.host : (asciiHost(host) ?? host),
    port: parsePort(wishes.port) ?? SSH_PORT,
    user: wishes.user.trim(),
    pins: pinsIn(wishes.pins),
    theme: wishes.theme,
    fontSize: sizeIn(wishes.fontSize),
    origin: wishes.origin.trim() === "" ? EXAMPLE.origin : (originIn(wishes.origin) ?? wishes.origin.trim()),
    grants: wishes.grants,
  };
}

export function errorsIn(wishes: Wishes): WishErrors {
  const { host, port, user, pins, fontSize, origin } = wishes;
  const expected = pinsIn(pins);
  const given = (text: string): boolean => text.trim() !== "";
  return {
    ...(given(host) && asciiHost(host) === undefined && { host: "This is not a host name or an address." }),
    ...(given(port) && parsePort(port) === undefined && { port: "A number from 1 to 65535." }),
    ...(given(user) &&
      !isUserName(user.trim()) && {
        user: "A user name has no spaces or invisible characters, and does not begin with a hyphen.",
      }),
    ...(expected.some((pin) => parseFingerprint(pin) === undefined) && {
      pins: "A fingerprint begins with SHA256: and has 43 characters behind it. ssh-keygen -lf shows it.",
    }),
    ...(expected.length > PINS && { pins: `At most ${PINS} fingerprints.` }),
    ...(given(fontSize) && sizeIn(fontSize) === undefined && { fontSize: "A size from 8 to 32." }),
    ...(given(origin) &&
      originIn(origin) === undefined && { origin: "An address of the web, as in https://learn.example." }),
  };
}

/** A line may be what ssh-keygen prints, or fingerprints with spaces between them. What is none of these stays as it is. */
function pinsIn(text: string): readonly string[] {
  const readable = (line: string) => {
    const one = parseFingerprint(line);
    return one === undefined || line.split(/SHA256:/i).length > 2 ? line.split(/\s+/) : [one];
  };
  return text
    .split("\n")
    .flatMap(readable)
    .filter((pin) => pin !== "")
    .map((pin) => parseFingerprint(pin) ?? pin);
}

function sizeIn(text: string): number | undefined {
  const size = Number(text);
  return text.trim() !== "" && size >= SIZES.least && size <= SIZES.most ? size : undefined;
}
