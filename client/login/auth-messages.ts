// The messages of user authentication (RFC 4252) and of keyboard-interactive (RFC 4256), in wire order. Number 60 has three
// meanings, so none of them is decoded by its number: whoever made the request in flight knows which one it may be.

import { protocolError } from "../bytes/errors.ts";
import { boolean, message, names, optionalText, rest, string, text, uint32 } from "../bytes/message.ts";
import { Reader, Writer } from "../bytes/wire.ts";
import { MSG } from "../framing/numbers.ts";

/** 60..79 belong to the method (RFC 4252 6). 60 answers a request, 61 answers that. */
export const METHOD_ANSWER = 60;
const METHOD_REPLY = 61;

/** RFC 4253 10 */
export const ServiceRequest = message(MSG.SERVICE_REQUEST, { service: text });
export const ServiceAccept = message(MSG.SERVICE_ACCEPT, { service: text });

const request = { user: text, service: text, method: text } as const;

/** RFC 4252 5.2 */
export const NoneRequest = message(MSG.USERAUTH_REQUEST, request);
/** RFC 4252 8; `change` is false. */
export const PasswordRequest = message(MSG.USERAUTH_REQUEST, { ...request, change: boolean, password: string });
/** RFC 4252 8; `change` is true. */
export const PasswordChange = message(MSG.USERAUTH_REQUEST, {
  ...request,
  change: boolean,
  old: string,
  fresh: string,
});
/** RFC 4252 7; `signed` is false in a query. With true, these bytes behind the session id are also what is signed. */
export const PublicKeyQuery = message(MSG.USERAUTH_REQUEST, {
  ...request,
  signed: boolean,
  algorithm: text,
  key: string,
});
/** RFC 4252 7 */
export const PublicKeyRequest = message(MSG.USERAUTH_REQUEST, {
  ...request,
  signed: boolean,
  algorithm: text,
  key: string,
  signature: string,
});
/** OpenSSH PROTOCOL 3.1: publickey, and whose server it is meant for. */
export const HostBoundQuery = message(MSG.USERAUTH_REQUEST, {
  ...request,
  signed: boolean,
  algorithm: text,
  key: string,
  hostKey: string,
});
/** OpenSSH PROTOCOL 3.1 */
export const HostBoundRequest = message(MSG.USERAUTH_REQUEST, {
  ...request,
  signed: boolean,
  algorithm: text,
  key: string,
  hostKey: string,
  signature: string,
});
/** RFC 4256 3.1; language and submethods are left to the server. */
export const KeyboardInteractiveRequest = message(MSG.USERAUTH_REQUEST, {
  ...request,
  language: text,
  submethods: text,
});

/** RFC 4252 5.1 */
export const Failure = message(MSG.USERAUTH_FAILURE, { methods: names, partialSuccess: boolean });
/** RFC 4252 5.1 */
export const Success = message(MSG.USERAUTH_SUCCESS, {});
/** RFC 4252 5.4. What follows the text is a language that nobody needs, and in some releases of Dropbear a stray NUL. */
export const Banner = message(MSG.USERAUTH_BANNER, { text: string, afterText: rest });

/** RFC 4252 7: 60 while a key is asked about. */
export const KeyAccepted = message(METHOD_ANSWER, { algorithm: text, key: string });
/** RFC 4252 8: 60 while a password is judged. */
export const PasswordChangeRequired = message(METHOD_ANSWER, { prompt: string, language: optionalText });
/** RFC 4256 3.2: 60 in keyboard-interactive. The prompts, `count` of them, are read by `readPrompts`. */
export const InfoRequest = message(METHOD_ANSWER, {
  name: string,
  instruction: string,
  language: string,
  count: uint32,
  prompts: rest,
});

/** Far above any real one; a person can answer no more (security notes, R-UI-1). */
const PROMPT_COUNT_LIMIT = 32;

/** The prompts of an INFO_REQUEST: string prompt, boolean echo, each. */
export function readPrompts(count: number, bytes: Uint8Array): { readonly text: Uint8Array; readonly echo: boolean }[] {
  if (count > PROMPT_COUNT_LIMIT) throw protocolError(`it asks ${count} questions at once`);
  const reader = new Reader(bytes);
  const prompts = Array.from({ length: count }, () => ({ text: reader.string(), echo: reader.boolean() }));
  reader.end();
  return prompts;
}

/** RFC 4256 3.4. Written in one go, so that no second copy of the answers stays behind. */
export function encodeInfoResponse(answers: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer().byte(METHOD_REPLY).uint32(answers.length);
  for (const answer of answers) writer.string(answer);
  return writer.done();
}
