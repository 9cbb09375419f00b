import type { Span } from '../shared/diagnostics/diagnostic.js'

interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Whether it is a terminal that takes lines back and the like; `TERM=dumb` says of one that it does not. */
export function obeys({ isTTY }: Output, env: NodeJS.ProcessEnv = process.env): boolean {
  return isTTY === true && env.TERM !== 'dumb'
}

/** Whether parts of a text can be shown in reverse there (https://no-color.org). */
export function showsReverse(output: Output, env: NodeJS.ProcessEnv = process.env): boolean {
  return obeys(output, env) && (env.NO_COLOR ?? '') === ''
}

/** Columns of a terminal, those of `COLUMNS` where that is set; null where it is none. Some terminals say that they have 0. */
export function widthOf({ isTTY, columns }: Output, env: NodeJS.ProcessEnv = process.env): number | null {
  if (isTTY !== true) return null
  return (/^[1-9]\d{0,4}$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : columns) || 80
}

/** Text that a terminal shows and does not obey: control characters are written as `\x1b`, tabs stay. */
export function printable(text: string): string {
  return text.replace(
    /[\x00-\x08\x0a-\x1f\x7f-\x9f]/g,
    char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

/** The text with its marked parts shown: in reverse on a terminal, between ⟦ and ⟧ elsewhere. */
export function highlight(text: string, spans: readonly Span[], isTerminal: boolean): string {
  const [open, close] = isTerminal ? ['\x1b[7m', '\x1b[27m'] : ['⟦', '⟧']
  let shown = ''
  let from = 0
  for (const { start, end } of spans) {
    shown += `${printable(text.slice(from, start))}${open}${printable(text.slice(start, end))}${close}`
    from = end
  }
  return shown + printable(text.slice(from))
}
