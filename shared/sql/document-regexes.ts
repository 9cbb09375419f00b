/** Regular expressions over JSON and fields, in what RE2 and Java have in common. Each reads its text in one pass. */

/** Characters that stand raw in no JSON: marks while a document is rewritten. */
export const startOfTag = '\x01'
export const endOfTag = '\x02'

export const strings = String.raw`"(?:[^"\\]|\\.)*"`

/** The inner characters of a string, or a number; in JSON that is known to be valid. */
export const stringOrNumber = String.raw`"((?:[^"\\]|\\.)*)"|(-?[0-9][0-9.eE+-]*)`

const blanks = '[ \\t\\r\\n]*'

/** What engines take for JSON and is none, where a value or the end of a list may stand; it may also stand in a text. */
export const loose = `[:,\\[]${blanks}[-+]?(?i:nan|inf(?:inity)?)${blanks}[,}\\]]|,${blanks}[}\\]]`

/** Escapes and pairs of escapes as group 1, and escapes of a lone surrogate without a group. */
export const loneSurrogates = [
  String.raw`(\\[^u]`,
  String.raw`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`,
  String.raw`\\u[0-9a-ce-fA-CE-F]`,
  String.raw`\\u[dD][0-7])`,
  String.raw`\\u[dD][89a-fA-F][0-9a-fA-F]{2}`,
].join('|')

/** The notation of number.ts. */
export const numberNotation = '\\A[+-]?[0-9]+(?:\\.[0-9]+)?(?:e[+-]?[0-9]+)?\\z'

export const blanksAround = '[ \\t]*'
export const quotedGroup = String.raw`"(?:[^"\\]|\\[\s\S])*"`
export const bracketed = '\\[[^\\]]*\\]'
const word = '[^ \\t]+'

/** One field and the blanks after it, where no group is left. */
export const fieldTokens = `${word}${blanksAround}`

// A mark that is never closed takes all the rest, so that it is looked for once; that rest is cut again.
const quote = String.raw`"(?:[^"\\]|\\[\s\S])*(?:"|\\?\z)`
const bracket = '\\[[^\\]]*(?:\\]|\\z)'

/** One field and the blanks after it, with the kinds of group that may still be there. */
export const unclosedTokens = {
  both: `(?:${quote}|${bracket}|${word})${blanksAround}`,
  quote: `(?:${quote}|${word})${blanksAround}`,
  bracket: `(?:${bracket}|${word})${blanksAround}`,
} as const
