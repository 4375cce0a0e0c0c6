// What a person typed into the connect form, as a destination or as one sentence per field. `user@host`, `host:port` and
// a pasted `ssh://` address are understood in the Host field. Pure: nothing here resolves or remembers anything.

import { parsePort, SSH_PORT, type Target } from "../../shared/target.ts";
import type { Destination } from "../switchboard/messages.ts";
import { asciiHost } from "./host-name.ts";
import { type ParsedLink, parseLink } from "./ssh-link.ts";
import { isUserName } from "./user-name.ts";

export interface FormFields {
  readonly host: string;
  readonly port: string;
  readonly user: string;
}

export type FieldErrors = { readonly [F in keyof FormFields]?: string };

export type Understood =
  | { readonly kind: "destination"; readonly destination: Destination }
  | { readonly kind: "errors"; readonly errors: FieldErrors };

const SENTENCES = {
  noHost: "Type the name or the address of the server.",
  badHost: "This is not a host name or an address. Check its spelling.",
  badPort: "A number from 1 to 65535. SSH usually has 22.",
  noUser: "Type the name you log in with on that server.",
  badUser: "A user name has no spaces or invisible characters, and does not begin with a hyphen.",
} as const;

/** The address that was pasted into the Host field, if that is what stands there. */
export function pastedLink({ host }: Pick<FormFields, "host">): ParsedLink | undefined {
  return /^\s*ssh:\/\//i.test(host) ? parseLink(host.trim()) : undefined;
}

/** Moves the user name and the port out of the Host field into their own, where they can be seen. */
export function spreadHost(fields: FormFields): FormFields {
  const link = pastedLink(fields);
  if (link) {
    if (link.kind !== "given") return fields;
    return { host: link.target.host, port: String(link.target.port), user: link.user ?? fields.user };
  }
  const host = fields.host.trim();
  const at = host.lastIndexOf("@");
  const user = at > 0 ? host.slice(0, at) : fields.user;
  const rest = at >= 0 ? host.slice(at + 1) : host;
  // More than one colon without brackets is an IPv6 address, not a port.
  const withPort = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(rest);
  return { host: withPort?.[1] ?? rest, port: withPort?.[2] ?? fields.port, user };
}

export function understand(typed: FormFields): Understood {
  const linked = pastedLink(typed);
  if (linked?.kind === "refused") return { kind: "errors", errors: { host: linked.sentence } };
  const fields = spreadHost(typed);
  const host = asciiHost(fields.host);
  const port = portIn(fields);
  const user = fields.user.trim();
  if (host !== undefined && port !== undefined && isUserName(user))
    return { kind: "destination", destination: { host, port, user } };
  return {
    kind: "errors",
    errors: {
      ...(host === undefined && { host: fields.host.trim() === "" ? SENTENCES.noHost : SENTENCES.badHost }),
      ...(port === undefined && { port: SENTENCES.badPort }),
      ...(!isUserName(user) && { user: user === "" ? SENTENCES.noUser : SENTENCES.badUser }),
    },
  };
}

/** The host and port that stand in the form, whoever logs in there; undefined where none do yet. */
export function targetIn(typed: FormFields): Target | undefined {
  const fields = spreadHost(typed);
  const host = asciiHost(fields.host);
  const port = portIn(fields);
  return host === undefined || port === undefined ? undefined : { host, port };
}

function portIn({ port }: FormFields): number | undefined {
  return port.trim() === "" ? SSH_PORT : parsePort(port);
}
