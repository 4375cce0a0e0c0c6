// Taking a change of a known_hosts text back, also when another tab has changed it since: its lines stay.

import { addLine } from "../../knownhosts/edit.ts";
import { bareLine, linesOf } from "../../knownhosts/file.ts";

export interface Change {
  readonly scope: string;
  readonly before: string;
  readonly after: string;
}

export function takenBack(text: string, { before, after }: Change): string {
  if (text === after) return before;
  const [old, grown] = [bareLines(before), bareLines(after)];
  const left = linesOf(text)
    .filter((line) => old.has(bareLine(line)) || !grown.has(bareLine(line)))
    .join("");
  return [...old].filter((line) => line !== "" && !grown.has(line)).reduce(addLine, left);
}

const bareLines = (text: string): Set<string> => new Set(linesOf(text).map(bareLine));
