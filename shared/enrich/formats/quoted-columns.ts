import { trimmedEnd } from './text-scan.js'

/**
 * Splits a line whose columns are separated by one blank, where a column in double quotes may hold blanks, into at most
 * `limit` columns; the quotes are taken off. A quote closes its column only where a blank or the end of the line follows,
 * so quotes inside stay. Without `isQuoting` quotes mean nothing. Undefined when there are fewer than `least` columns. What follows the last
 * column wanted is the last element, as it stands.
 */
export function splitColumns(line: string, least: number, limit: number, isQuoting = true): string[] | undefined {
  const columns: string[] = []
  const length = trimmedEnd(line)
  let at = 0
  while (at < length) {
    if (columns.length === limit) {
      columns.push(line.slice(at, length))
      return columns
    }
    const quoted = isQuoting && line.charCodeAt(at) === 34
    let end = quoted ? closingQuote(line, at + 1, length) : line.indexOf(' ', at)
    if (quoted) {
      if (end === -1) return undefined
      columns.push(line.slice(at + 1, end))
      at = end + 2
    } else {
      if (end === -1 || end > length) end = length
      columns.push(line.slice(at, end))
      at = end + 1
    }
  }
  return columns.length < least ? undefined : columns
}

/**
 * Splits a line at every blank into exactly `count` columns, or undefined. Half the time of `split`, and a line with too
 * many columns is given up where the first surplus one begins.
 */
export function splitExactly(line: string, count: number): string[] | undefined {
  const columns = new Array<string>(count)
  const end = trimmedEnd(line)
  let start = 0
  let column = 0
  for (let at = 0; at < end; at++) {
    if (line.charCodeAt(at) !== 32) continue
    if (column === count - 1) return undefined
    columns[column++] = line.slice(start, at)
    start = at + 1
  }
  if (column !== count - 1) return undefined
  columns[column] = line.slice(start, end)
  return columns
}

function closingQuote(line: string, from: number, length: number): number {
  for (let at = line.indexOf('"', from); at !== -1 && at < length; at = line.indexOf('"', at + 1)) {
    if (at + 1 === length || line.charCodeAt(at + 1) === 32) return at
  }
  return -1
}
