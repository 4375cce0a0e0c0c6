// The key that a link expects the host in the form to have. It can only refuse another one; trust is still asked for.

import type { App } from "./app-model.ts";
import { Fingerprint } from "./fingerprint.tsx";

interface ExpectedKeyProps {
  readonly app: App;
  /** The person wants to connect without it; the button that had the focus is gone. */
  onDropped(): void;
}

export function ExpectedKey({ app, onDropped }: ExpectedKeyProps) {
  const pins = app.pins.in(app.form.value);
  if (pins.length === 0) return null;
  const drop = (): void => {
    app.pins.drop();
    onDropped();
  };
  return (
    <section class="link-key" aria-label="Expected key">
      <p>{pins.length === 1 ? "This link expects the key" : "This link expects one of these keys:"}</p>
      {pins.map(({ fingerprint }) => (
        <Fingerprint key={fingerprint} fingerprint={fingerprint} />
      ))}
      <p class="help">A host with another key is refused. This one still needs your trust, like any other.</p>
      <button type="button" class="small" onClick={drop}>
        Do not expect it
      </button>
    </section>
  );
}
