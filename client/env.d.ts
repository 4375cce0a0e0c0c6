// What the engine (bytes .. sftp) may take from its surroundings, and nothing else: no DOM, no Node. A page, a worker
// and Node 20 all have these, so the engine runs unchanged in the three. Timers, sockets and randomness are passed in.

interface CryptoKey {
  readonly type: string;
  readonly extractable: boolean;
  readonly algorithm: { readonly name: string };
  readonly usages: readonly string[];
}
interface SubtleCrypto {
  encrypt(algorithm: object, key: CryptoKey, data: Uint8Array): Promise<ArrayBuffer>;
  decrypt(algorithm: object, key: CryptoKey, data: Uint8Array): Promise<ArrayBuffer>;
  sign(algorithm: object | string, key: CryptoKey, data: Uint8Array): Promise<ArrayBuffer>;
  verify(algorithm: object | string, key: CryptoKey, signature: Uint8Array, data: Uint8Array): Promise<boolean>;
  importKey(
    format: "raw" | "pkcs8" | "spki",
    keyData: Uint8Array,
    algorithm: object | string,
    extractable: boolean,
    usages: string[],
  ): Promise<CryptoKey>;
  importKey(
    format: "jwk",
    keyData: object,
    algorithm: object | string,
    extractable: boolean,
    usages: string[],
  ): Promise<CryptoKey>;
}
declare const crypto: { readonly subtle: SubtleCrypto };

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: Uint8Array, options?: { stream?: boolean }): string;
}

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare function queueMicrotask(task: () => void): void;
