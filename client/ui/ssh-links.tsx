// Lets the browser open `ssh:` links here. Where it cannot, there is no button; what it is asked, it asks the person itself.

import { useSignal } from "@preact/signals";
import { canOpenSshLinks, offerToOpenSshLinks } from "./surroundings.ts";

const OFFERED =
  "The browser was asked. If it shows a question, or a sign in its address bar, answer there: from then on a click on an ssh: link fills this form.";
const REFUSED = "This browser does not let a page open ssh: links.";

export function SshLinks() {
  const said = useSignal("");
  if (!canOpenSshLinks()) return null;
  return (
    <div class="ssh-links">
      <button
        type="button"
        onClick={() => {
          said.value = offerToOpenSshLinks() ? OFFERED : REFUSED;
        }}
      >
        Open ssh: links with Periwinkle
      </button>
      <p class="help" role="status">
        {said.value}
      </p>
    </div>
  );
}
