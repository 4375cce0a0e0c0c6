// For tests: a grant with these claims. What a relay would check of it is not there.

import type { GrantClaims } from "../../shared/grant.ts";

export const scriptedGrant = (claims: Partial<Record<keyof GrantClaims, unknown>> = {}): string => {
  const all = {
    host: "db1",
    port: 22,
    user: "alice",
    origin: "https://learn.example",
    exp: Math.floor(Date.now() / 1000) + 60,
    jti: "0123456789",
    ...claims,
  };
  const payload = btoa(JSON.stringify(all)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return `aa.${payload}.cc`;
};
