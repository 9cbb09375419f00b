/** Commands that work on rows in their order: addtotals, accum, autoregress, filldown, fillmissing, sessionize, outlier. */
import type { Command, FieldPath, Name, NamePattern, NumberLiteral, Text } from './ast.js'
import { parseSwitch, parseWhole } from './parse-combining.js'
import { parsePath, parsePeriod } from './parse-expr.js'
import { type CommandContext, spanOf } from './parse-selecting.js'
import {
  expectKeyword,
  expectName,
  fail,
  failExpected,
  isKeyword,
  isMark,
  match,
  matchKeyword,
  peek,
  readList,
  spanFrom,
  type TokenReader,
} from './token-reader.js'

export function parseRowCommand(word: string, context: CommandContext): Command | null | undefined {
  const { reader } = context
  switch (word) {
    case 'addtotals':
      return parseAddTotals(context)
    case 'accum': {
      const path = parsePath(reader)
      const alias = path && parseAlias(reader)
      return path && reader.problem === null ? { kind: 'accum', path, alias, span: spanOf(context) } : null
    }
    case 'autoregress':
      return parseAutoregress(context)
    case 'filldown': {
      const names: NamePattern[] = []
      while (peek(reader)?.kind === 'word' || isMark(peek(reader), '*')) names.push(parseNamePattern(reader))
      if (isMark(peek(reader), ','))
        return failExpected(reader, 'a name, "|" or the end of the query', 'blanks separate names here: filldown a b')
      return { kind: 'filldown', names, span: spanOf(context) }
    }
    case 'fillmissing': {
      const fills = matchKeyword(reader, 'with') ? readList(reader, () => parseFill(reader)) : []
      return fills && { kind: 'fillmissing', fills, span: spanOf(context) }
    }
    case 'sessionize':
      return parseSessionize(context)
    case 'outlier':
      return parseOutlier(context)
    default:
      return undefined
  }
}

function parseAlias(reader: TokenReader): Name | null {
  return matchKeyword(reader, 'as') ? expectName(reader, 'a name after "as"') : null
}

/** Reads `option=` if one is next. */
function matchOption<T extends string>(reader: TokenReader, names: readonly T[]): T | null {
  const token = peek(reader)
  if (token?.kind !== 'word' || !isMark(peek(reader, 1), '=')) return null
  const name = names.find(one => isKeyword(token, one))
  if (name === undefined) {
    const hint = `its options are ${names.map(one => `${one}=`).join(', ')}`
    return fail(reader, 'unknown-option', token.span, `"${token.text}" is not an option of this command`, hint)
  }
  reader.at += 2
  return name
}

function parseAddTotals(context: CommandContext): Command | null {
  const { reader } = context
  let fieldName: Name | null = null
  let row: boolean | null = null
  let col: boolean | null = null
  for (;;) {
    const option = matchOption(reader, ['fieldname', 'row', 'col'])
    if (option === null) break
    if (option === 'fieldname') fieldName = expectName(reader, 'a name')
    else if (option === 'row') row = parseSwitch(reader)
    else col = parseSwitch(reader)
    if (reader.problem !== null) return null
  }
  const paths = peek(reader)?.kind === 'word' ? readList(reader, () => parsePath(reader)) : []
  return paths && { kind: 'addtotals', fieldName, row, col, paths, span: spanOf(context) }
}

function parseAutoregress(context: CommandContext): Command | null {
  const { reader } = context
  const path = parsePath(reader)
  const alias = path && parseAlias(reader)
  if (path === null || reader.problem !== null) return null
  let lags: { readonly from: number; readonly to: number } | null = null
  if (matchOption(reader, ['p']) !== null) {
    const first = reader.at
    const from = parseWhole(reader)
    const to = from !== null && match(reader, '-') ? parseWhole(reader) : from
    if (from === null || to === null) return null
    if (from < 1 || to < from || to > 1000)
      return fail(reader, 'bad-lags', spanFrom(reader, first), `expected rows back such as 1-4, found ${from}-${to}`)
    lags = { from, to }
  }
  return { kind: 'autoregress', path, alias, lags, span: spanOf(context) }
}

/** `cpu*`: pieces that stand without a blank between them are one pattern. */
function parseNamePattern(reader: TokenReader): NamePattern {
  const first = reader.at
  let text = ''
  let end = peek(reader)!.span.start
  for (;;) {
    const token = peek(reader)
    if (token === undefined || token.span.start !== end) break
    if (token.kind === 'word') text += token.steps.join('.')
    else if (isMark(token, '*') || isMark(token, '.')) text += (token as { text: string }).text
    else break
    end = token.span.end
    reader.at++
  }
  return { kind: 'name-pattern', text, span: spanFrom(reader, first) }
}

function parseFill(reader: TokenReader): { readonly value: Text | NumberLiteral; readonly name: FieldPath } | null {
  const first = reader.at
  const isNegative = match(reader, '-')
  const token = peek(reader)
  if (token?.kind !== 'number' && (isNegative || token?.kind !== 'string')) return failExpected(reader, 'a value')
  reader.at++
  const span = spanFrom(reader, first)
  const value: Text | NumberLiteral =
    token.kind === 'number'
      ? { kind: 'number', text: `${isNegative ? '-' : ''}${token.text}`, span }
      : { kind: 'text', value: token.value, span }
  const name = expectKeyword(reader, 'for') ? parsePath(reader) : null
  return name && { value, name }
}

function parseSessionize(context: CommandContext): Command | null {
  const { reader } = context
  const paths = readList(reader, () => parsePath(reader))
  if (paths === null) return null
  const hasSpan = matchKeyword(reader, 'maxspan')
  if (hasSpan && isMark(peek(reader), '='))
    return failExpected(reader, 'a period such as 5m', 'no "=" stands before it: sessionize userId maxspan 30m')
  const maxSpan = hasSpan ? parsePeriod(reader) : null
  const alias = reader.problem === null ? parseAlias(reader) : null
  return reader.problem === null ? { kind: 'sessionize', paths, maxSpan, alias, span: spanOf(context) } : null
}

function parseOutlier(context: CommandContext): Command | null {
  const { reader } = context
  let action: 'remove' | 'transform' | null = null
  let param: NumberLiteral | null = null
  let useLower: boolean | null = null
  let mark: boolean | null = null
  for (;;) {
    const option = matchOption(reader, ['action', 'param', 'uselower', 'mark'])
    if (option === null) break
    if (option === 'action') action = parseAction(reader)
    else if (option === 'param') param = parseParam(reader)
    else if (option === 'uselower') useLower = parseSwitch(reader)
    else mark = parseSwitch(reader)
    if (reader.problem !== null) return null
  }
  const paths: FieldPath[] = []
  do {
    const path = parsePath(reader)
    if (path === null) return null
    paths.push(path)
  } while (match(reader, ',') || peek(reader)?.kind === 'word')
  return { kind: 'outlier', action, param, useLower, mark, paths, span: spanOf(context) }
}

function parseAction(reader: TokenReader): 'remove' | 'transform' | null {
  if (matchKeyword(reader, 'remove')) return 'remove'
  return matchKeyword(reader, 'transform') ? 'transform' : failExpected(reader, 'remove or transform')
}

function parseParam(reader: TokenReader): NumberLiteral | null {
  const token = peek(reader)
  if (token?.kind !== 'number') return failExpected(reader, 'a number')
  reader.at++
  return { kind: 'number', text: token.text, span: token.span }
}
