// The text behind "Copy details". Pure.

import { formatTarget } from "../../shared/target.ts";
import { cleanLine } from "../bytes/text.ts";
import { type ConnectionFailure, STEPS } from "../switchboard/messages.ts";
import { namesShown } from "./names-shown.ts";
import { agreedSections, sectionLines } from "./report.ts";
import { formatTook } from "./rungs.ts";
import type { SessionState } from "./state.ts";

export function details(session: SessionState, version: string): string {
  const { destination, ladder, phase, facts, basis, log } = session;
  const lines = [
    `Periwinkle ${version}`,
    `Target: ${formatTarget(destination)}`,
    `User: ${destination.user}`,
    "",
    "Steps:",
  ];
  for (const step of STEPS) {
    const rung = ladder[step];
    const took = rung.kind === "done" || rung.kind === "failed" ? formatTook(rung.took) : "";
    lines.push(`  ${step}: ${rung.kind}${took && `, ${took}`}`);
  }
  const failure = phase.kind === "failed" || phase.kind === "ended" ? phase.failure : undefined;
  if (failure) {
    lines.push("", `Failure: ${failure.code}${failure.step ? ` at ${failure.step}` : ""}`, `  ${failure.message}`);
    lines.push(...disagreementLines(failure));
    if (failure.quoted) lines.push("The server's words:", ...failure.quoted.split("\n").map((line) => `  > ${line}`));
  }
  if (facts) lines.push(...sectionLines(agreedSections(facts, basis)));
  if (log.length > 0) lines.push("", "Log:", ...log.map((line) => `  ${line}`));
  return `${lines.join("\n")}\n`;
}

function disagreementLines({ disagreement }: ConnectionFailure): readonly string[] {
  if (!disagreement) return [];
  const { what, ours, theirs } = disagreement;
  const { shown, more } = namesShown(theirs);
  return [
    `  No ${what} in common. Periwinkle accepts:`,
    ...ours.map((name) => `    ${name}`),
    "  The server offers:",
    ...shown.map((name) => `    > ${cleanLine(name, 64)}`),
    ...(more > 0 ? [`    and ${more} more`] : []),
  ];
}
