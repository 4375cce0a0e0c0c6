// "Copy details": what a person sends to whoever helps them. The steps, what was agreed, the log; never a secret.

import { CopyText } from "./copy-text.tsx";
import { details } from "./details.ts";
import type { Session } from "./session.ts";

export function CopyDetails({ session }: { readonly session: Session }) {
  return <CopyText label="Copy details" text={() => details(session.state.value, __VERSION__)} />;
}
