// Without the relay's settings nothing can be said about who may embed.

import { Brand } from "../../ui/brand.tsx";

export function Unavailable() {
  return (
    <main class="column">
      <Brand />
      <section class="sheet padded">
        <h1>The relay does not answer</h1>
        <p class="soft">Check that you are online and that the relay runs, then reload.</p>
        <div class="actions">
          <button type="button" class="primary" onClick={() => location.reload()}>
            Reload
          </button>
        </div>
      </section>
    </main>
  );
}
