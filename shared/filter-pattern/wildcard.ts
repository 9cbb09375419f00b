/** How the text of a comparison is looked for: an asterisk at either end stands for any text, one inside for itself. */
export interface Wildcard {
  readonly text: string
  readonly openStart: boolean
  readonly openEnd: boolean
}

export function wildcardOf(literal: string): Wildcard {
  const openStart = literal.startsWith('*')
  const openEnd = literal.length > 1 && literal.endsWith('*')
  return {
    text: literal.slice(openStart ? 1 : 0, openEnd ? -1 : undefined),
    openStart,
    openEnd: openEnd || literal === '*',
  }
}

/** Whether a literal matches whatever text there is. */
export function isAnyText(literal: string): boolean {
  const { text, openStart } = wildcardOf(literal)
  return text === '' && openStart
}

export function compileWildcard(literal: string): (value: string) => boolean {
  const { text, openStart, openEnd } = wildcardOf(literal)
  if (isAnyText(literal)) return () => true
  if (openStart) return openEnd ? value => value.includes(text) : value => value.endsWith(text)
  return openEnd ? value => value.startsWith(text) : value => value === text
}
