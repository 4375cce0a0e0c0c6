// What an import would do, in numbers that a person can check against the file. A line that goes to two scopes counts once.

import type { Conflict, ImportChoices, ImportPlan } from "../../knownhosts/import.ts";
import { planImport } from "../../knownhosts/import.ts";
import type { ScopedText } from "./scopes.ts";
import type { ScopedPlan } from "./shelf.ts";

export interface ScopedConflict extends Conflict {
  readonly scope: string;
}

export interface Preview extends Omit<ImportPlan, "existing" | "incoming" | "conflicts"> {
  readonly conflicts: readonly ScopedConflict[];
}

/** Throws SshError `trust-store` above 10 MiB. */
export function planAll(parts: readonly ScopedText[], textOf: (scope: string) => string): readonly ScopedPlan[] {
  return parts.map(({ scope, text }) => ({ scope, plan: planImport(textOf(scope), text) }));
}

export function previewOf(plans: readonly ScopedPlan[]): Preview {
  const taken = new Set<string>();
  const each = <Line extends { readonly text: string }>(lines: (plan: ImportPlan) => readonly Line[]): Line[] =>
    plans
      .flatMap(({ plan }) => lines(plan))
      .filter(({ text }) => {
        const first = !taken.has(text);
        taken.add(text);
        return first;
      });
  const conflicts = plans.flatMap(({ scope, plan }) => plan.conflicts.map((conflict) => ({ ...conflict, scope })));
  for (const { text } of conflicts) taken.add(text);
  const most = (count: (plan: ImportPlan) => number): number => Math.max(0, ...plans.map(({ plan }) => count(plan)));
  return {
    conflicts,
    added: each((plan) => plan.added),
    revocations: each((plan) => plan.revocations),
    authorities: each((plan) => plan.authorities),
    revoked: each((plan) => plan.revoked),
    known: each((plan) => plan.known),
    unreadable: each((plan) => plan.unreadable),
    wide: most((plan) => plan.wide),
    uncompared: most((plan) => plan.uncompared),
  };
}

export interface Chosen {
  /** Conflicts by `conflictKey`. */
  readonly replace: "all" | ReadonlySet<string>;
  readonly authorities: boolean;
}

export const conflictKey = ({ scope, number }: ScopedConflict): string => `${number} ${scope}`;

export function choicesFor(preview: Preview, { replace, authorities }: Chosen): (scope: string) => ImportChoices {
  return (scope) => ({
    authorities,
    replace:
      replace === "all"
        ? "all"
        : new Set(
            preview.conflicts
              .filter((conflict) => conflict.scope === scope && replace.has(conflictKey(conflict)))
              .map(({ number }) => number),
          ),
  });
}

/** How many lines go in. */
export function countOf(preview: Preview, { replace, authorities }: Chosen): number {
  const replaced = replace === "all" ? preview.conflicts.length : replace.size;
  return preview.added.length + preview.revocations.length + (authorities ? preview.authorities.length : 0) + replaced;
}
