// Apart from what reads the text: a page that only fetches one needs no parser.

/** Far above any real file, and still read in well under a second. In UTF-16 units, which is at most the bytes. */
export const TEXT_LIMIT = 10 * 1024 * 1024;
