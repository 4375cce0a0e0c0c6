// How the value of a setting is read, whether it comes from a flag, the environment or the file. Messages go on after the
// setting's name: "--listen wants HOST:PORT".

import * as v from "valibot";

/** Text that `parse` understands, and the sentence for text that it does not. */
export function parsed<T>(parse: (text: string) => T | undefined, wants: string) {
  return v.pipe(
    v.string(wants),
    v.rawTransform(({ dataset, addIssue, NEVER }): T => {
      const value = parse(dataset.value);
      if (value !== undefined) return value;
      addIssue({ message: wants });
      return NEVER;
    }),
  );
}

/** The environment has lists as one text, separated by commas. */
export const separated = v.pipe(
  v.string(),
  v.transform((text) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  ),
);

/** An array in the file or from repeated flags; separated by commas in the environment. */
export function list<T>(parse: (text: string) => T | undefined, wants: string) {
  return v.optional(v.pipe(v.union([v.array(v.string()), separated], wants), v.array(parsed(parse, wants))), []);
}

export function whole(minimum: number, maximum: number) {
  const wants = `wants a whole number from ${minimum} to ${maximum}`;
  const digits = v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number));
  return v.optional(
    v.pipe(
      v.union([v.number(), digits], wants),
      v.integer(wants),
      v.minValue(minimum, wants),
      v.maxValue(maximum, wants),
    ),
  );
}

const spoken = v.pipe(
  v.picklist(["true", "false", "1", "0"]),
  v.transform((text) => text === "true" || text === "1"),
);
export const onOff = v.optional(v.union([v.boolean(), spoken], "wants true or false"));

export const path = v.optional(v.pipe(v.string("wants a file name"), v.minLength(1, "wants a file name")));

/** To the URL parser `*` and `;` may stand in a name; in a policy they mean something. */
const NAME_OR_ADDRESS = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/;

/** Exactly as a browser writes it, but for a slash at the end. */
export function parseOrigin(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { origin, protocol, hostname } = new URL(text);
  if ((protocol !== "http:" && protocol !== "https:") || !NAME_OR_ADDRESS.test(hostname)) return undefined;
  return origin === text.replace(/\/$/, "") ? origin : undefined;
}
