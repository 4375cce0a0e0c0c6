// Where the widget finds itself: the page around, the operator's word on it, and what this browser keeps.

import type { Embedder } from "../../shared/page-config.ts";
import type { TrustChoices } from "../knownhosts/claim.ts";

/** What is settled before the first suggestion comes. */
export interface Surroundings {
  /** The entry of the operator's list for the page around. */
  readonly embedder: Embedder;
  /** The whole list. */
  readonly listed: readonly Embedder[];
  /** Of the page around, as the browser reports it. */
  readonly origin: string;
  /** The relay's. */
  readonly own: string;
  readonly relayUrl: string;
  /** The person's own, if they opened the relay's page. */
  token(): string | undefined;
  readonly operator: TrustChoices["operator"];
  /** Only where keys are kept. */
  readonly lostSince: number | undefined;
  readonly keep: boolean;
}
