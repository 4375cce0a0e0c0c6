// What two sides could not agree on: both lists, and the one thing that a person can do about it here.

import { formatTarget } from "../../shared/target.ts";
import type { Disagreement as Lists } from "../bytes/errors.ts";
import type { Destination } from "../switchboard/messages.ts";
import { namesShown } from "./names-shown.ts";
import { useMeantClick } from "./typing-pause.ts";

interface DisagreementProps {
  readonly lists: Lists;
  readonly destination: Destination;
  /** Undefined where old algorithms cannot be let in. */
  readonly onAllow: (() => void) | undefined;
}

export function Disagreement({ lists, destination, onAllow }: DisagreementProps) {
  const meant = useMeantClick();
  const { ours, theirs, legacy } = lists;
  const target = formatTarget(destination);
  return (
    <div class="disagreement">
      <figure class="names">
        <figcaption>{destination.host} offers</figcaption>
        <blockquote>
          <Names names={theirs} old={legacy} />
        </blockquote>
      </figure>
      <figure class="names">
        <figcaption>Periwinkle accepts</figcaption>
        <Names names={ours} old={[]} />
      </figure>
      {legacy.length > 0 && onAllow && (
        <>
          <p>
            If it cannot be updated, you can let its old algorithms in. They are weak: somebody on the network may be
            able to read along, or to pose as this server. The choice is kept for {target} only, under Options.
          </p>
          <button type="button" onClick={(event) => meant(event) && onAllow()}>
            Allow old algorithms for {target} and try again
          </button>
        </>
      )}
    </div>
  );
}

function Names({ names, old }: { readonly names: readonly string[]; readonly old: readonly string[] }) {
  const { shown, more } = namesShown(names);
  if (shown.length === 0) return <p class="caption">nothing</p>;
  return (
    <ul>
      {shown.map((name) => (
        <li key={name}>
          {name}
          {old.includes(name) && <span class="old">old</span>}
        </li>
      ))}
      {more > 0 && <li class="more">and {more} more</li>}
    </ul>
  );
}
