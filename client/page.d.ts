// What the page has that TypeScript's DOM library does not name.

/** The version in package.json, put in by the build. */
declare const __VERSION__: string;

interface TrustedScriptURL {
  toString(): string;
}
declare const trustedTypes:
  | {
      createPolicy(
        name: string,
        rules: { createScriptURL(url: string): string },
      ): { createScriptURL(url: string): TrustedScriptURL };
    }
  | undefined;
