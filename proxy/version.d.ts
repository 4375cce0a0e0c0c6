/** The version of package.json, put in by the build (vite's `define`). */
declare const __VERSION__: string;
