// The picture of a key. On a phone it waits behind a button, so that the fingerprint and the buttons stay in sight.

import { useSignal } from "@preact/signals";

export function KeyPicture({ art }: { readonly art: string }) {
  const shown = useSignal(false);
  return (
    <div class={`picture ${shown.value ? "shown" : ""}`}>
      <button
        type="button"
        class="quiet small"
        aria-expanded={shown.value ? "true" : "false"}
        onClick={() => {
          shown.value = !shown.value;
        }}
      >
        {shown.value ? "Hide picture" : "Show picture"}
      </button>
      <pre role="img" aria-label="Picture of the key, as ssh-keygen draws it">
        {art}
      </pre>
    </div>
  );
}
