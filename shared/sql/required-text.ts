import { endOfClass } from '../plan/regex-class.js'

/**
 * The longest text that every match of a regular expression contains, as far as one look along it tells: plain characters that
 * stand outside of all groups. Empty where none is sure.
 *
 * @param regex one that compiles, in RE2's notation
 */
export function requiredText(regex: string): string {
  // Flags may change what characters match; what follows `\Q` is no notation.
  if (/\(\?[a-zA-Z-]+[):]|\\Q/.test(regex)) return ''
  let depth = 0
  let longest = ''
  let run = ''
  for (let at = 0; at < regex.length; at++) {
    const isEscape = regex[at] === '\\'
    const char = regex[isEscape ? ++at : at]!
    // Letters and digits after a backslash stand for something else, and some take more of the expression with them.
    if (isEscape && /[A-Za-z0-9]/.test(char) && !'dDsSwWbBAz'.includes(char)) return ''
    const isPlain = isEscape ? /[!-/:-@[-`{-~]/.test(char) : /[ -~]/.test(char) && !'.[](){}|^$*+?'.includes(char)
    if (!isEscape && char === '[') at = endOfClass(regex, at)
    else if (!isEscape && char === '(') depth++
    else if (!isEscape && char === ')') depth--
    else if (!isEscape && char === '|' && depth === 0) return ''
    if (!isEscape && char === '{') at += (/^\{\d+(?:,\d*)?\}/.exec(regex.slice(at, at + 20))?.[0].length ?? 1) - 1
    const next = regex[at + 1] ?? ''
    // What may be there zero times, or how often is for numbers to tell, is not sure.
    if (isPlain && depth === 0 && !/[?*{]/.test(next)) run += char
    else run = ''
    if (run.length > longest.length) longest = run
    if (next === '+') run = ''
  }
  return longest
}

/**
 * The end of a text that is found fastest by an engine that looks for its first character and then compares: it begins with the
 * character that log lines have least often.
 *
 * @returns the text itself where it is short, or no end of it is better
 */
export function rarestEnd(text: string): string {
  const rarity = (char: string) => (frequent.includes(char) ? frequent.indexOf(char) : frequent.length)
  let best = 0
  for (let at = 1; at <= text.length - shortestEnd; at++) {
    // Half of a character is none.
    if (!/[\udc00-\udfff]/.test(text[at]!) && rarity(text[at]!) > rarity(text[best]!)) best = at
  }
  return text.slice(best)
}

/** Shorter ends stand in too many lines. */
const shortestEnd = 4

/** In the order of how often they stand in log lines of all formats, as in those of `events/`. */
const frequent = ' "0e12ast3\\4r5:io79n8c6dm,.lu-pg/f_hbETSA}{IyCvRDwPMx=NOLkU[]GH'
