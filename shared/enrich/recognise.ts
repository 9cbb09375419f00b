/**
 * Which format a line is in. The answer is a pure function of the group's setting, the group's name and the line, so
 * that a redelivered or re-cut batch gives the same row.
 */
import type { Line, LogFormat, Parsed } from './format.js'
import { textFormat } from './formats/text.js'
import { formats } from './formats.js'

export interface Recognised {
  readonly format: string
  readonly parsed: Parsed
}

/**
 * @param setting null to recognise by group and line; a format to read every line with, and lines that it does not
 *   understand as `text`
 */
export function createRecogniser(setting: LogFormat | null, logGroup: string): (line: Line) => Recognised {
  const owners = setting === null ? formats.filter(format => format.ownsGroup?.(logGroup)) : [setting]
  const guesses = setting === null ? formats.filter(format => format.looksLike !== undefined) : []
  return line => {
    for (const format of owners) {
      const parsed = format.parse(line)
      if (parsed !== undefined) return { format: format.name, parsed }
    }
    for (const format of guesses) {
      if (!format.looksLike?.(line)) continue
      const parsed = format.parse(line)
      if (parsed !== undefined) return { format: format.name, parsed }
    }
    return { format: textFormat.name, parsed: textFormat.parse(line) }
  }
}
