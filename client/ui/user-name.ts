// What may be a user name: anything a server could have made, but nothing that looks like something else.

/** Control, format (bidi among them), private, unassigned and invisible characters, and white space. */
const ODD = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

export function hasOddCharacters(text: string): boolean {
  return ODD.test(text);
}

/** 1 to 128 characters; never a leading `-`, which programs on the way could take for an option. */
export function isUserName(text: string): boolean {
  return text.length > 0 && text.length <= 128 && !text.startsWith("-") && !hasOddCharacters(text);
}
