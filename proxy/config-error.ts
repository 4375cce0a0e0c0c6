// A setting that cannot be used: one sentence for the operator. The process ends with 78 (EX_CONFIG of sysexits).

export const EXIT_CONFIG = 78;

export class ConfigError extends Error {
  override readonly name: string = "ConfigError";
}
