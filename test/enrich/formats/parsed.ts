import { expect } from 'vitest'
import { type LogFormat, valuesOf } from '../../../shared/enrich/format.js'
import { createLine } from '../../../shared/enrich/line.js'

/** What a format read, with the fields as an object without those the line does not have; undefined when it refused. */
export function parsed(format: LogFormat, message: string, logGroup = '/ecs/web') {
  const result = format.parse(createLine(message, logGroup, 'stream'))
  if (result === undefined) return undefined
  const { fields, ...rest } = result
  if (fields === null) return { ...rest, fields }
  const values = valuesOf(fields)
  expect(values.length).toBe(fields.keys.length)
  expect(new Set(fields.keys).size).toBe(fields.keys.length)
  const entries = fields.keys.map((key, index) => [key, values[index]] as const)
  return { ...rest, fields: Object.fromEntries(entries.filter(([, value]) => value !== null)) }
}

export function looksLike(format: LogFormat, message: string, logGroup = '/ecs/web'): boolean | undefined {
  return format.looksLike?.(createLine(message, logGroup, 'stream'))
}

/**
 * Runs a format over lines that make careless scanning quadratic: the given beginnings followed by a megabyte of one
 * repeated piece. A linear reader takes milliseconds for each, a quadratic one minutes.
 */
export function survivesHostileLines(format: LogFormat, beginnings: readonly string[]): void {
  for (const beginning of ['', ...beginnings])
    for (const piece of [...pieces, ...beginnings]) {
      const message = beginning + piece.repeat(Math.ceil(1_000_000 / piece.length))
      const start = performance.now()
      looksLike(format, message)
      format.parse(createLine(message, '/ecs/web', 'stream'))
      expect(performance.now() - start, `${beginning.slice(0, 40)}… ${piece.slice(0, 40)}…`).toBeLessThan(1000)
    }
  for (const message of ['', ' ', '\n', '\0', '"', '[', ']', '-', '=', '# ', '<', ...beginnings])
    for (let length = 0; length <= message.length; length++)
      expect(() => parsed(format, message.slice(0, length))).not.toThrow()
}

const pieces = [
  '"',
  '\\',
  '\\"',
  '[',
  ' [',
  '] "',
  ' ',
  '\n',
  ':',
  ': ',
  '=',
  'a=',
  '="',
  '- ',
  '1',
  ',',
  ', ',
  '{',
  '#',
]
