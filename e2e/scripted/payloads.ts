// Messages as a server, or nobody, would send them, for traces and floods: each is the whole payload, number first.

import { Writer } from "../../client/bytes/wire.ts";
import { KexInit, STRICT_SERVER } from "../../client/kex/proposal.ts";

export const bare = (number: number): Uint8Array => Uint8Array.of(number);
export const disconnect = (reason: number, text: string): Uint8Array =>
  new Writer().byte(1).uint32(reason).text(text).text("").done();
export const ignore = (length = 0): Uint8Array => new Writer().byte(2).string(new Uint8Array(length)).done();
export const unimplemented = (sequence: number): Uint8Array => new Writer().byte(3).uint32(sequence).done();
export const debug = (text: string): Uint8Array => new Writer().byte(4).boolean(true).text(text).text("").done();
export const serviceAccept = (name: string): Uint8Array => new Writer().byte(6).text(name).done();
export const banner = (text: string): Uint8Array => new Writer().byte(53).text(text).text("").done();
export const failure = (methods: readonly string[], partial = false): Uint8Array =>
  new Writer().byte(51).names(methods).boolean(partial).done();
export const success: Uint8Array = bare(52);
export const kexReply: Uint8Array = new Writer().byte(31).text("key").string(new Uint8Array(32)).text("sig").done();
export const ping = (data: string): Uint8Array => new Writer().byte(192).text(data).done();
export const pong = (data: string): Uint8Array => new Writer().byte(193).text(data).done();

/** A KEXINIT that our engine can agree with, but for what is changed. */
export function kexInit(changed: Partial<KexInit> = {}): Uint8Array {
  const cipher = ["chacha20-poly1305@openssh.com"];
  return KexInit.encode({
    cookie: new Uint8Array(16),
    kex: ["curve25519-sha256", STRICT_SERVER],
    hostKey: ["ssh-ed25519"],
    cipherClientToServer: cipher,
    cipherServerToClient: cipher,
    macClientToServer: ["hmac-sha2-256"],
    macServerToClient: ["hmac-sha2-256"],
    compressionClientToServer: ["none"],
    compressionServerToClient: ["none"],
    languageClientToServer: [],
    languageServerToClient: [],
    firstKexPacketFollows: false,
    reserved: 0,
    ...changed,
  });
}

export const globalRequest = (name: string, wantReply: boolean, data: Uint8Array = new Uint8Array(0)): Uint8Array =>
  new Writer().byte(80).text(name).boolean(wantReply).bytes(data).done();
export const open = (type: string, sender = 0): Uint8Array =>
  new Writer().byte(90).text(type).uint32(sender).uint32(0xffffffff).uint32(0xffffffff).done();
export const confirmation = (id: number, window = 1000, maxPacket = 1000): Uint8Array =>
  new Writer().byte(91).uint32(id).uint32(0).uint32(window).uint32(maxPacket).done();
export const openFailure = (id: number, text = ""): Uint8Array =>
  new Writer().byte(92).uint32(id).uint32(1).text(text).text("").done();
export const adjust = (id: number, bytes: number): Uint8Array => new Writer().byte(93).uint32(id).uint32(bytes).done();
export const data = (id: number, length: number): Uint8Array =>
  new Writer().byte(94).uint32(id).string(new Uint8Array(length)).done();
export const extended = (id: number, type: number, length: number): Uint8Array =>
  new Writer().byte(95).uint32(id).uint32(type).string(new Uint8Array(length)).done();
export const eof = (id: number): Uint8Array => new Writer().byte(96).uint32(id).done();
export const close = (id: number): Uint8Array => new Writer().byte(97).uint32(id).done();
export const request = (
  id: number,
  name: string,
  wantReply: boolean,
  rest: Uint8Array = new Uint8Array(0),
): Uint8Array => new Writer().byte(98).uint32(id).text(name).boolean(wantReply).bytes(rest).done();
export const uint32 = (value: number): Uint8Array => new Writer().uint32(value).done();
export const channelSuccess = (id: number): Uint8Array => new Writer().byte(99).uint32(id).done();
export const channelFailure = (id: number): Uint8Array => new Writer().byte(100).uint32(id).done();
