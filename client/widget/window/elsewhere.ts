// The frame's side of a window that answers for it. The window is opened by the person's click, says a nonce that only the two
// know, and gets a port; nothing else passes between the windows, and never to another origin.

import { type ReadonlySignal, signal } from "@preact/signals";
import { GONE, HANDED_OVER, isHandover, newNonce, WANTED } from "./handover.ts";

/** What is needed of the frame's window. */
export interface Opener {
  open(url: string, target: string, features: string): Window | null;
  addEventListener(type: "message", heard: (event: MessageEvent) => void): void;
  removeEventListener(type: "message", heard: (event: MessageEvent) => void): void;
  setInterval(work: () => void, ms: number): number;
  clearInterval(timer: number): void;
}

const FEATURES = "popup,width=660,height=760";
/** No event tells that another window was closed. */
const CLOSED_CHECK_MS = 400;

export class Elsewhere {
  readonly #self: Opener;
  readonly #origin: string;
  readonly #open = signal(false);
  #end = (): void => {};
  #window: Window | undefined;

  /** `origin` is this frame's own. */
  constructor(self: Opener, origin: string) {
    this.#self = self;
    this.#origin = origin;
  }

  /** Is there a window that answers, or is about to? */
  get isOpen(): ReadonlySignal<boolean> {
    return this.#open;
  }

  /**
   * From a click. `page` is the address of trust.html, `link` what it falls back to; `share` makes the port when the window has
   * said its nonce. False where there is no window to speak to: one that was cut off may have opened all the same.
   */
  open(page: string, link: string, share: () => MessagePort | undefined): boolean {
    this.forget();
    const nonce = newNonce();
    const opened = this.#self.open(`${page}#${[nonce, link].filter(Boolean).join("&")}`, "_blank", FEATURES);
    if (!opened) return false;
    let handedOver = false;
    const heard = ({ source, origin, data }: MessageEvent): void => {
      if (source !== opened || origin !== this.#origin) return;
      if (isHandover(data, GONE, nonce)) return this.forget();
      if (handedOver || !isHandover(data, WANTED, nonce)) return;
      handedOver = true;
      const port = share();
      if (port) opened.postMessage({ periwinkle: HANDED_OVER, nonce }, this.#origin, [port]);
    };
    this.#self.addEventListener("message", heard);
    const timer = this.#self.setInterval(() => opened.closed && this.forget(), CLOSED_CHECK_MS);
    this.#end = () => {
      this.#self.removeEventListener("message", heard);
      this.#self.clearInterval(timer);
    };
    this.#window = opened;
    this.#open.value = true;
    return true;
  }

  /** Brings the window to the front. */
  show(): void {
    this.#window?.focus();
  }

  /** The window may stay; nothing is heard from it any more. */
  forget(): void {
    this.#end();
    this.#end = () => {};
    this.#window = undefined;
    this.#open.value = false;
  }
}
