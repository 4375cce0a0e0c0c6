// 1 GiB each way, and how far the memory of the page and its workers rises over what they hold when idle.

import { downloadCommand } from "./messages.ts";
import type { Stage } from "./stage.ts";

export interface MemoryPeaks {
  readonly down: number;
  readonly up: number;
}

const GIBIBYTE = 2 ** 30;
const SAMPLE_MS = 50;
/** Collected garbage is given back to the system a little later. */
const SETTLE_MS = 3000;

export async function watchMemory({ page, perform, login }: Stage): Promise<MemoryPeaks> {
  const peakOf = async (kind: "download" | "upload"): Promise<number> => {
    await perform("periwinkle", { kind: "connect", ...login });
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const idle = page.usage().privateBytes;
    let peak = idle;
    const sampling = setInterval(() => {
      peak = Math.max(peak, page.usage().privateBytes);
    }, SAMPLE_MS);
    await perform("periwinkle", { kind, bytes: GIBIBYTE });
    clearInterval(sampling);
    await perform("periwinkle", { kind: "close" });
    return peak - idle;
  };
  process.stderr.write(`memory: ${downloadCommand(GIBIBYTE)}, and back\n`);
  return { down: await peakOf("download"), up: await peakOf("upload") };
}
