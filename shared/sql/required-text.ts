import { endOfClass } from '../plan/regex-class.js'

/**
 * Texts of which every match of a regular expression contains one, as far as one look along it tells: runs of plain characters
 * that must be there, one for each alternative. Of several such lists, the one whose shortest text is longest. Of
 * alternatives in any case, pairs of characters in each case.
 *
 * @param regex one that compiles, in RE2's notation
 * @returns nothing where no text is sure, or more than six would have to be looked for
 */
export function requiredTexts(regex: string): readonly string[] {
  if (!isInAnyCase(regex)) return textsAsWritten(regex)
  const texts = textsAsWritten(regex.slice(regex.indexOf(')') + 1))
  // A single text in any case is looked for as fast by the expression itself; alternatives cost it three times as much.
  return texts.length < 2 ? [] : inAnyCase(texts)
}

/** Whether all of a regular expression is about letters in any case. */
export function isInAnyCase(regex: string): boolean {
  return /^\(\?(?:i|is|si)\)/.test(regex)
}

function textsAsWritten(regex: string): readonly string[] {
  // Flags may change what characters match, and escapes of other letters take more of the expression with them.
  const isRead = /^(?:[^\\]|\\[AzbBdDsSwWafnrtv]|\\[^A-Za-z0-9])*$/.test(regex) && !/\(\?[a-zA-Z-]+[):]/.test(regex)
  return isRead ? ofAlternatives({ regex, at: 0 }) : []
}

const mostTexts = 6

/** More pairs take longer than the expression does. */
const mostPairs = 3

/** Of each text the two neighbours that log lines have least often, in each case; nothing where a text has none. */
function inAnyCase(texts: readonly string[]): readonly string[] {
  const found = new Set<string>()
  for (const text of texts) {
    const all = Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2).toLowerCase())
    // Beyond ASCII there are a K (kelvin) and an s (long) more.
    const rarityOf = ([first, second]: string) => rarity(first!) + rarity(second!)
    const [best] = all.filter(pair => !/[ks]/.test(pair)).toSorted((a, b) => rarityOf(b) - rarityOf(a))
    if (best === undefined) return []
    if (!all.some(pair => found.has(pair))) found.add(best)
  }
  if (found.size > mostPairs) return []
  return [...found].flatMap(([first, second]) => casesOf(first!).flatMap(a => casesOf(second!).map(b => a + b)))
}

function casesOf(char: string): readonly string[] {
  const upper = char.toUpperCase()
  return upper === char ? [char] : [char, upper]
}

/** An expression, and how far it has been read. */
interface Reader {
  readonly regex: string
  at: number
}

function ofAlternatives(reader: Reader): readonly string[] {
  const alternatives = [ofSequence(reader)]
  for (; reader.regex[reader.at] === '|'; alternatives.push(ofSequence(reader))) reader.at++
  const all = [...new Set(alternatives.flat())]
  return all.length > mostTexts || alternatives.some(({ length }) => length === 0) ? [] : all
}

function ofSequence(reader: Reader): readonly string[] {
  const { regex } = reader
  let best: readonly string[] = []
  let run = ''
  const offer = (texts: readonly string[]) => {
    if (shortest(texts) > shortest(best)) best = texts
  }
  while (reader.at < regex.length && regex[reader.at] !== '|' && regex[reader.at] !== ')') {
    const atom = regex[reader.at] === '(' ? ofGroup(reader) : plainCharacter(reader)
    const { isSure, isOnce } = repetition(reader)
    if (typeof atom !== 'string' && isSure) offer(atom)
    run = typeof atom === 'string' && atom !== '' && isSure ? run + atom : ''
    if (run !== '') offer([run])
    if (!isOnce) run = ''
  }
  return best
}

function shortest(texts: readonly string[]): number {
  return texts.length === 0 ? 0 : Math.min(...texts.map(({ length }) => length))
}

function ofGroup(reader: Reader): readonly string[] {
  const [opened] = /^\((?:\?(?:P?<\w+>|:))?/.exec(reader.regex.slice(reader.at))!
  reader.at += opened.length
  const texts = ofAlternatives(reader)
  reader.at++
  return texts
}

/** @returns nothing where other characters match too, or none */
function plainCharacter(reader: Reader): string {
  const { regex } = reader
  const isEscape = regex[reader.at] === '\\'
  const char = regex[isEscape ? reader.at + 1 : reader.at]!
  if (!isEscape && char === '[') reader.at = endOfClass(regex, reader.at)
  reader.at += isEscape ? 2 : 1
  return (isEscape ? /[!-/:-@[-`{-~]/ : /[^.[\]{}^$*+?\P{ASCII}\p{Cc}]/u).test(char) ? char : ''
}

/** How often the last piece may come: at least once for sure, or just once. */
function repetition(reader: Reader): { readonly isSure: boolean; readonly isOnce: boolean } {
  const [written, least] = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})?\??/.exec(reader.regex.slice(reader.at))!
  reader.at += written.length
  const isSure = least === undefined ? !/^[*?]/.test(written) : Number(least) > 0
  return { isSure, isOnce: written === '' }
}

/**
 * The end of a text that is found fastest by an engine that looks for its first character and then compares: it begins with the
 * character that log lines have least often.
 *
 * @returns the text itself where it is short, or no end of it is better
 */
export function rarestEnd(text: string): string {
  let best = 0
  for (let at = 1; at <= text.length - shortestEnd; at++) {
    // Half of a character is none.
    if (!/[\udc00-\udfff]/.test(text[at]!) && rarity(text[at]!) > rarity(text[best]!)) best = at
  }
  return text.slice(best)
}

function rarity(char: string): number {
  return frequent.includes(char) ? frequent.indexOf(char) : frequent.length
}

/** Shorter ends stand in too many lines. */
const shortestEnd = 4

/** In the order of how often they stand in log lines of all formats, as in those of `events/`. */
const frequent = ' "0e12ast3\\4r5:io79n8c6dm,.lu-pg/f_hbETSA}{IyCvRDwPMx=NOLkU[]GH'
