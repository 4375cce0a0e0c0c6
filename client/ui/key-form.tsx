// Logging in with a private key that is pasted, dropped or chosen. It is used for this connection only: nothing is stored.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { KeyProblem, PromptAnswer } from "../switchboard/messages.ts";
import type { Asked } from "./asked.ts";
import { Field, takeSecret } from "./field.tsx";
import { takeFocus } from "./focus.ts";
import { FormActions } from "./form-actions.tsx";
import { KEY_FILE_LIMIT } from "./key-draft.ts";

interface KeyFormProps {
  readonly asked: Asked;
  readonly problem: KeyProblem | undefined;
  answer(answer: PromptAnswer): void;
}

const EMPTY = "Paste a private key, or choose its file.";
const TOO_LONG = "This text is too long to be a key.";

export function KeyForm({ asked, problem, answer }: KeyFormProps) {
  const text = useRef<HTMLTextAreaElement>(null);
  const passphrase = useRef<HTMLInputElement>(null);
  const locked = problem?.locked === true && asked.keyDraft.present;
  // The name only: the key itself stays out of every signal.
  const chosen = useSignal(locked ? asked.keyDraft.name : "");
  const trouble = useSignal(problem?.sentence ?? "");
  const over = useSignal(false);
  const here = useRef(true);

  useEffect(() => {
    takeFocus(passphrase.current ?? text.current);
    return () => {
      here.current = false;
    };
  }, []);

  const take = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    if (file.size > KEY_FILE_LIMIT) {
      trouble.value = "This file is too large to be a key.";
      return;
    }
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      // The question may be over by now, and then nobody would wipe it.
      if (!here.current) {
        bytes.fill(0);
        return;
      }
      asked.keyDraft.keep(bytes, file.name);
      chosen.value = file.name;
      trouble.value = "";
    } catch {
      trouble.value = "The file could not be read. Paste its contents instead.";
    }
  };

  const submit = (event: Event): void => {
    event.preventDefault();
    if (chosen.value === "") {
      const pasted = text.current?.value ?? "";
      trouble.value = pasted.trim() === "" ? EMPTY : pasted.length > KEY_FILE_LIMIT ? TOO_LONG : "";
      if (trouble.value) return;
      asked.keyDraft.keep(takeSecret(text.current), "the pasted key");
    }
    const key = asked.keyDraft.copy();
    if (key === undefined) return;
    const secret = takeSecret(passphrase.current);
    answer({ kind: "key", key, passphrase: secret.length > 0 ? secret : undefined });
  };

  return (
    <form
      onSubmit={submit}
      noValidate
      class={over.value ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => {
        over.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        void take(event.dataTransfer?.files[0]);
      }}
    >
      {trouble.value && (
        <p class="error" role="alert">
          {trouble.value}
        </p>
      )}
      {chosen.value ? (
        <p class="chosen">
          <span>{chosen.value}</span>
          <button
            type="button"
            class="quiet small"
            onClick={() => {
              asked.keyDraft.wipe();
              chosen.value = "";
              trouble.value = "";
            }}
          >
            Use another key
          </button>
        </p>
      ) : (
        <div class="field">
          <label for="private-key">Private key</label>
          <textarea
            id="private-key"
            ref={text}
            rows={4}
            placeholder="Paste it here, or drop its file"
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            aria-describedby="private-key-help"
          />
          <p class="help" id="private-key-help">
            Used for this connection only, and not stored.
          </p>
          <label class="file">
            Choose a file
            <input type="file" onChange={(event) => void take(event.currentTarget.files?.[0])} />
          </label>
        </div>
      )}
      {locked && chosen.value && <Field label="Passphrase" type="password" autocomplete="off" inputRef={passphrase} />}
      <FormActions submit="Log in" onCancel={() => answer({ kind: "cancel" })} />
    </form>
  );
}
