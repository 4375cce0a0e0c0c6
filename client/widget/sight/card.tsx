// A question that cannot be a dialog here: what is asked, and where it can be answered. In nobody's way, and taking no focus:
// the person may be in another part of the page.

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface CardProps {
  readonly title: string;
  readonly text: string;
  /** The buttons, the way out first. */
  readonly children: ComponentChildren;
}

export function Card({ title, text, children }: CardProps) {
  const heading = useId();
  return (
    <section class="question-card sheet padded" aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      <p class="soft">{text}</p>
      <div class="actions">{children}</div>
    </section>
  );
}
