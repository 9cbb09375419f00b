/**
 * How many columns of a terminal a text takes: two for wide characters and emoji, none for marks that join the character
 * before. What is wide is told by Unicode's "East Asian Width" (UAX #11), W and F, here by blocks.
 */
export function displayWidth(text: string): number {
  // Longer than any terminal is wide: it is clipped or stands in a file, where this is near enough.
  if (isPlain.test(text) || text.length > longest) return text.length
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += widthOf(segment)
  return width
}

/** The text within a width; what is cut off shows as `…`. */
export function clip(text: string, width: number): string {
  if (isPlain.test(text)) return text.length <= width ? text : `${text.slice(0, width - 1)}…`
  let [used, end] = [0, 0]
  for (const { segment, index } of segmenter.segment(text)) {
    used += widthOf(segment)
    if (used <= width - 1) end = index + segment.length
    if (used > width) return `${text.slice(0, end)}…`
  }
  return text
}

/** The text with blanks before or after it, so that it takes so many columns. */
export function padTo(text: string, width: number, side: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return side === 'left' ? text + blanks : blanks + text
}

const longest = 4_000
const isPlain = /^[\x20-\x7e]*$/
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

const isWide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18cff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u
/** With the selector that asks for it, also what is a plain character otherwise; flags are two letters. */
const isEmoji = /^(?:\p{Emoji_Presentation}|\p{Emoji}\u{fe0f}|\p{Regional_Indicator}{2})/u
const isInvisible = /^[\p{M}\p{Cf}]/u

function widthOf(segment: string): number {
  if (isInvisible.test(segment)) return 0
  return isWide.test(segment) || isEmoji.test(segment) ? 2 : 1
}
