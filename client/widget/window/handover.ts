// How a window that a frame opened gets a port of the frame's connection: three messages between the two, each with the nonce
// from the window's address. Nobody else can know it, and both sides check source, origin and nonce all the same.

/** The window has loaded and asks for its port. */
export const WANTED = "window";
/** The frame's answer; the port comes with it. */
export const HANDED_OVER = "connection";
/** The window goes away, or loads something else. */
export const GONE = "window-gone";
type Handover = typeof WANTED | typeof HANDED_OVER | typeof GONE;

const NONCE = /^[0-9a-f]{32}$/;
const WAIT_MS = 15_000;

/** 128 bits. */
export function newNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The nonce in the fragment of the window's address. */
export function nonceIn(hash: string): string | undefined {
  const [first = ""] = hash.replace(/^#/, "").split("&", 1);
  return NONCE.test(first) ? first : undefined;
}

export function isHandover(data: unknown, kind: Handover, nonce: string): boolean {
  if (typeof data !== "object" || data === null) return false;
  const { periwinkle, nonce: said } = data as Readonly<Record<string, unknown>>;
  return periwinkle === kind && said === nonce;
}

/** What is needed of the window's own `window`. */
export interface Asking {
  addEventListener(type: "message", heard: (event: MessageEvent) => void): void;
  removeEventListener(type: "message", heard: (event: MessageEvent) => void): void;
}

/** Undefined where the frame does not answer. The first answer counts, and there is no second one. */
export function askForPort(
  self: Asking,
  opener: Pick<Window, "postMessage">,
  origin: string,
  nonce: string,
  wait = WAIT_MS,
): Promise<MessagePort | undefined> {
  return new Promise((resolve) => {
    const settle = (port: MessagePort | undefined): void => {
      clearTimeout(timer);
      self.removeEventListener("message", heard);
      resolve(port);
    };
    const heard = ({ source, origin: from, data, ports }: MessageEvent): void => {
      const [port, ...others] = ports;
      if (source !== opener || from !== origin || !isHandover(data, HANDED_OVER, nonce)) return;
      if (port && others.length === 0) settle(port);
    };
    const timer = setTimeout(() => settle(undefined), wait);
    self.addEventListener("message", heard);
    opener.postMessage({ periwinkle: WANTED, nonce }, origin);
  });
}
