// The page of a key that stopped a connection. Few ever see one, so it is loaded when somebody does.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { loaded } from "../bytes/loaded.ts";
import type { EarlierAnswer } from "../knownhosts/claim.ts";
import type { ConnectionFailure } from "../switchboard/messages.ts";
import type { Around } from "./around.ts";
import type { ChangedKey } from "./changed-key.tsx";
import { Ladder } from "./ladder.tsx";
import type { RevokedKey } from "./revoked-key.tsx";
import type { Session } from "./session.ts";

interface StoppedPageProps {
  readonly around: Around;
  readonly session: Session;
  readonly failure: ConnectionFailure;
}

type Pages =
  | { readonly kind: "loaded"; readonly Changed: typeof ChangedKey; readonly Revoked: typeof RevokedKey }
  /** The ladder says in one sentence what these pages explain. */
  | { readonly kind: "failed" };

/** Does this failure have a page of its own? */
export const stopsAtKey = ({ code, changed }: ConnectionFailure): boolean =>
  changed !== undefined || code === "host-key-revoked";

export function StoppedPage({ around, session, failure }: StoppedPageProps) {
  const pages = useSignal<Pages | undefined>(undefined);
  useEffect(() => {
    loaded(Promise.all([import("./changed-key.tsx"), import("./revoked-key.tsx")])).then(
      ([{ ChangedKey: Changed }, { RevokedKey: Revoked }]) => (pages.value = { kind: "loaded", Changed, Revoked }),
      () => (pages.value = { kind: "failed" }),
    );
  }, [pages]);
  if (!pages.value) return <main class="column" aria-label="Connecting" aria-busy="true" />;
  if (pages.value.kind === "failed") return <Ladder around={around} session={session} />;
  const { Changed, Revoked } = pages.value;
  const { changed } = failure;
  if (!changed) return <Revoked around={around} destination={session.destination} failure={failure} />;
  const replace = around.replacesKeys ? (earlier: EarlierAnswer) => around.reconnect(session, earlier) : undefined;
  return <Changed around={around} changed={changed} replace={replace} />;
}
