// The keys that a touch keyboard lacks. Ctrl and Alt stay held for one key.

import type { Session } from "./session.ts";
import { TOUCH_KEYS } from "./touch-keys.ts";

export function KeyBar({ session }: { readonly session: Session }) {
  const held = session.modifiers.value;
  const toggle = (name: "ctrl" | "alt"): void => {
    session.modifiers.value = { ...held, [name]: !held[name] };
    session.focusTerminal();
  };
  const keys = TOUCH_KEYS.map((key) => (
    <button type="button" key={key.name} aria-label={key.name} onClick={() => session.press(key)}>
      {key.label}
    </button>
  ));
  return (
    // A tap must not take the focus from the terminal, or the keyboard on the screen would close with every key.
    <div class="key-bar" role="toolbar" aria-label="Keys" onPointerDown={(event) => event.preventDefault()}>
      {keys.slice(0, 2)}
      <button
        type="button"
        aria-label="Control"
        aria-pressed={held.ctrl ? "true" : "false"}
        onClick={() => toggle("ctrl")}
      >
        Ctrl
      </button>
      <button type="button" aria-label="Alt" aria-pressed={held.alt ? "true" : "false"} onClick={() => toggle("alt")}>
        Alt
      </button>
      {keys.slice(2)}
    </div>
  );
}
