/** How a remote program ended (RFC 4254 6.10). "none" when the channel closed without a word: never taken for status 0. */
export type Exit =
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "signal"; readonly signal: string; readonly coreDumped: boolean; readonly message: string }
  | { readonly kind: "none" };
