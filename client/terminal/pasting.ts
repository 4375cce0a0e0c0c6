// Every way text can be pasted into the terminal, caught before xterm.js sees it: the native paste event (Ctrl+Shift+V,
// Shift+Insert, Cmd+V, the menu, the middle button), and the input methods that insert without one.

const INSERTIONS: ReadonlySet<string> = new Set(["insertFromPaste", "insertFromDrop", "insertFromYank"]);

/** Listens on `container` in the capture phase until `signal` aborts. */
export function catchPastes(container: HTMLElement, paste: (text: string) => void, signal: AbortSignal): void {
  function take(event: Event, text: string | null | undefined): void {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (text) paste(text);
  }
  const options = { capture: true, signal };
  container.addEventListener("paste", (event) => take(event, event.clipboardData?.getData("text/plain")), options);
  container.addEventListener(
    "beforeinput",
    (event) => {
      if (INSERTIONS.has(event.inputType)) take(event, event.dataTransfer?.getData("text/plain") ?? event.data);
    },
    options,
  );
}

/** Puts text on the clipboard from within a key press. */
export function copyText(text: string): void {
  const put = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  // The old command first: it needs no permission, which an embedded frame may lack, and it must run before any await.
  document.addEventListener("copy", put, { capture: true });
  const done = document.execCommand("copy");
  document.removeEventListener("copy", put, { capture: true });
  if (!done) navigator.clipboard?.writeText(text).catch(() => undefined);
}
