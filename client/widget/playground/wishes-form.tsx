// Where to, how it looks, and on whose page.

import { useId } from "preact/hooks";
import { Field } from "../../ui/field.tsx";
import { Choice } from "./choice.tsx";
import { errorsIn, type Wishes } from "./wishes.ts";

interface WishesFormProps {
  readonly wishes: Wishes;
  onEdit(change: Partial<Wishes>): void;
}

const PLAIN = { autocomplete: "off", autocapitalize: "none", spellcheck: false } as const;

export function WishesForm({ wishes, onEdit }: WishesFormProps) {
  const errors = errorsIn(wishes);
  const pins = useId();
  const grants = useId();
  return (
    <form class="sheet padded" onSubmit={(event) => event.preventDefault()} noValidate>
      <div class="host-and-port">
        <Field
          {...PLAIN}
          label="Host"
          value={wishes.host}
          error={errors.host}
          onInput={(event) => onEdit({ host: event.currentTarget.value })}
        />
        <Field
          {...PLAIN}
          label="Port"
          name="port"
          inputMode="numeric"
          value={wishes.port}
          error={errors.port}
          onInput={(event) => onEdit({ port: event.currentTarget.value })}
        />
      </div>
      <Field
        {...PLAIN}
        label="User name"
        value={wishes.user}
        error={errors.user}
        help="Empty: the person is asked for it."
        onInput={(event) => onEdit({ user: event.currentTarget.value })}
      />
      <div class="field">
        <label for={pins}>Expected fingerprints</label>
        <textarea
          id={pins}
          rows={2}
          spellcheck={false}
          value={wishes.pins}
          aria-invalid={errors.pins ? "true" : "false"}
          aria-describedby={`${pins}-help`}
          onInput={(event) => onEdit({ pins: event.currentTarget.value })}
        />
        <p class={errors.pins ? "error" : "help"} id={`${pins}-help`}>
          {errors.pins ??
            "SHA256: and 43 characters each. A host with another key is refused; the right one is still asked about."}
        </p>
      </div>
      <div class="two-fields">
        <Choice
          legend="Theme"
          name="theme"
          options={[
            { value: "auto", label: "The system's" },
            { value: "light", label: "Light" },
            { value: "dark", label: "Dark" },
          ]}
          chosen={wishes.theme}
          onChoose={(theme) => onEdit({ theme })}
        />
        <Field
          {...PLAIN}
          label="Font size"
          inputMode="numeric"
          value={wishes.fontSize}
          error={errors.fontSize}
          onInput={(event) => onEdit({ fontSize: event.currentTarget.value })}
        />
      </div>
      <Field
        {...PLAIN}
        label="Your page's origin"
        placeholder="https://learn.example"
        inputMode="url"
        value={wishes.origin}
        error={errors.origin}
        help="Its address without the path. The operator lists it."
        onInput={(event) => onEdit({ origin: event.currentTarget.value })}
      />
      <div>
        <label class="tick">
          <input
            type="checkbox"
            checked={wishes.grants}
            aria-describedby={grants}
            onInput={(event) => onEdit({ grants: event.currentTarget.checked })}
          />
          <span>My backend signs grants</span>
        </label>
        <p class="help" id={grants}>
          A grant lets one person connect once, to one target. Without grants the operator opens the target, to everyone
          who reaches this relay.
        </p>
      </div>
    </form>
  );
}
