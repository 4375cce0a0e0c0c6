// A long list of which only what is in sight is drawn. One stop for Tab; arrows, Page Up and Down, Home and End move within it.

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Sighting } from "../../knownhosts/claim.ts";
import { formatDay } from "../day.ts";
import { isUnseen, markerWord, type Row, shortFingerprint, sightingOf } from "./rows.ts";
import { EVERYWHERE, scopeWords } from "./scopes.ts";
import { type ListWindow, rowAfterKey, rowsInSight, scrollToShow } from "./window.ts";

/** As known-hosts.css has it. */
const ROW_HEIGHT = 72;
/** Browsers draw no element that is much higher than this many rows. */
const ROWS_LISTED = 250_000;

interface RowListProps {
  readonly rows: readonly Row[];
  readonly seen: ReadonlyMap<string, Sighting>;
  /** Counts up when the focus should come back to the list. */
  readonly refocus: number;
  onOpen(row: Row): void;
}

export function RowList({ rows, seen, refocus, onOpen }: RowListProps) {
  const box = useRef<HTMLDivElement>(null);
  const place = useSignal({ scrollTop: 0, height: 600 });
  const chosen = useSignal(0);
  const moved = useRef(false);

  const count = Math.min(rows.length, ROWS_LISTED);
  const active = Math.max(0, Math.min(chosen.value, count - 1));
  const view: ListWindow = { ...place.value, rowHeight: ROW_HEIGHT, count };
  const { first, end } = rowsInSight(view);

  const look = (): void => {
    const element = box.current;
    if (!element) return;
    const { scrollTop, clientHeight: height } = element;
    if (scrollTop !== place.value.scrollTop || height !== place.value.height) place.value = { scrollTop, height };
  };

  useLayoutEffect(() => {
    look();
    const element = box.current;
    if (!element) return;
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    return () => sizes.disconnect();
  }, []);

  const focusActive = (): void =>
    box.current?.querySelector<HTMLElement>('button[tabindex="0"]')?.focus({ preventScroll: true });

  useLayoutEffect(() => {
    if (moved.current) focusActive();
    moved.current = false;
  });
  useLayoutEffect(() => {
    if (refocus > 0) focusActive();
  }, [refocus]);

  const move = (event: KeyboardEvent): void => {
    const next = event.ctrlKey || event.altKey || event.metaKey ? undefined : rowAfterKey(event.key, active, view);
    if (next === undefined) return;
    event.preventDefault();
    chosen.value = next;
    moved.current = true;
    box.current?.scrollTo(0, scrollToShow(next, view));
    look();
  };

  const drawn = Array.from({ length: end - first }, (_, i) => first + i);
  // What has the focus stays there when it is scrolled out of sight.
  if (count > 0 && (active < first || active >= end)) drawn.push(active);

  return (
    <div class="rows" ref={box} onScroll={look}>
      <ul aria-label="Known hosts" style={{ height: `${count * ROW_HEIGHT}px` }}>
        {drawn.map((at) => {
          const row = rows[at];
          return (
            row && (
              <li key={at} style={{ top: `${at * ROW_HEIGHT}px` }} aria-setsize={count} aria-posinset={at + 1}>
                <button
                  type="button"
                  class="row"
                  tabIndex={at === active ? 0 : -1}
                  onKeyDown={move}
                  onClick={() => {
                    chosen.value = at;
                    onOpen(row);
                  }}
                >
                  <RowText row={row} sighting={sightingOf(row, seen)} />
                </button>
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}

function RowText({ row, sighting }: { readonly row: Row; readonly sighting: Sighting | undefined }) {
  const word = markerWord(row);
  return (
    <>
      <span class={row.entry.names.kind === "hashed" ? "row-name soft" : "row-name"}>
        <bdi>{row.names}</bdi>
        {word && <span class={`marker ${word}`}>{word}</span>}
      </span>
      <span class="row-key">
        {row.keyType} <code>{shortFingerprint(row)}</code>
      </span>
      <span class="row-when">
        {row.scope !== EVERYWHERE && <>{scopeWords(row.scope)}</>}
        {row.scope !== EVERYWHERE && sighting && ", "}
        {sighting && (
          <>
            {isUnseen(sighting) ? "added" : "last seen"} {formatDay(sighting.lastSeen)}
          </>
        )}
      </span>
    </>
  );
}
