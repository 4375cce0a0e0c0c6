// Data made by others lies beside the repository, and a clone of the project alone does not have it.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = fileURLToPath(new URL("../../shared/testdata", import.meta.url));

/** The folder; undefined where it is absent. */
export const TESTDATA: string | undefined = existsSync(path) ? path : undefined;

/** The folder for these tests. Where it is absent one line says so; with CI set that is an error. */
export function testdataFor(tests: string): string | undefined {
  if (TESTDATA !== undefined) return TESTDATA;
  if (process.env.CI) throw new Error(`the test data beside the repository is absent: ${tests}`);
  console.warn(`NOT RUN: ${tests} (no test data beside the repository)`);
  return undefined;
}
