/** Commands that make fields and rows out of text and lists: parse, json, unnest, expand, and the pattern family. */
import type { Command, Name, Parse } from './ast.js'
import { parseExpr, parsePath, parsePeriod, parseText } from './parse-expr.js'
import { type CommandContext, spanOf } from './parse-selecting.js'
import {
  expect,
  expectKeyword,
  expectName,
  fail,
  failExpected,
  isKeyword,
  matchKeyword,
  peek,
  readList,
  spanFrom,
  type TokenReader,
} from './token-reader.js'

export function parseExtracting(word: string, context: CommandContext): Command | null | undefined {
  const { reader } = context
  switch (word) {
    case 'parse':
      return parseParse(context)
    case 'json':
      return parseJson(context)
    case 'unnest': {
      const list = parsePath(reader)
      const alias = list && expectKeyword(reader, 'into') ? expectName(reader, 'a name after "into"') : null
      return list && alias && { kind: 'unnest', list, alias, span: spanOf(context) }
    }
    case 'expand': {
      const list = parsePath(reader)
      return list && { kind: 'expand', list, span: spanOf(context) }
    }
    case 'pattern': {
      const operand = parseExpr(reader, context.parseQuery)
      return operand && { kind: 'pattern', operand, span: spanOf(context) }
    }
    case 'diff': {
      const periods = ['previousDay', 'previousWeek', 'previousMonth'] as const
      const period = periods.find(name => matchKeyword(reader, name)) ?? null
      if (period === null && peek(reader)?.kind === 'word') return failExpected(reader, periods.join(', '))
      return { kind: 'diff', period, span: spanOf(context) }
    }
    case 'anomaly':
    case 'estimate':
      return { kind: word, span: spanOf(context) }
    case 'relevantfields':
      return parseRelevantFields(context)
    case 'logcompare': {
      const shift = expectKeyword(reader, 'timeshift') ? parsePeriod(reader) : null
      return shift && { kind: 'logcompare', shift, span: spanOf(context) }
    }
    default:
      return undefined
  }
}

function parseParse(context: CommandContext): Parse | null {
  const { reader, parseQuery } = context
  const next = peek(reader)
  const isMethod =
    next?.kind === 'string' || next?.kind === 'regex' || (isFormat(reader) && isKeyword(peek(reader, 1), 'as'))
  const operand = isMethod ? null : parseExpr(reader, parseQuery)
  if (reader.problem !== null) return null
  const method = parseMethod(reader)
  return method && { kind: 'parse', operand, method, span: spanOf(context) }
}

function isFormat(reader: TokenReader): boolean {
  return isKeyword(peek(reader), 'logfmt') || isKeyword(peek(reader), 'csv')
}

function parseMethod(reader: TokenReader): Parse['method'] | null {
  const first = reader.at
  const token = peek(reader)
  if (token?.kind === 'string') {
    reader.at++
    const names = expectKeyword(reader, 'as', 'each * gets a name: "a=* b=*" as a, b') ? readNames(reader) : null
    return names && { kind: 'glob', glob: token.value, names, span: spanFrom(reader, first) }
  }
  if (token?.kind === 'regex') {
    reader.at++
    const names = matchKeyword(reader, 'as') ? readNames(reader) : []
    if (names === null) return null
    const multi = matchKeyword(reader, 'multi')
    return { kind: 'regex', source: token.source, names, multi, span: spanFrom(reader, first) }
  }
  if (isFormat(reader)) {
    const kind = matchKeyword(reader, 'logfmt') ? 'logfmt' : 'csv'
    if (kind === 'csv') reader.at++
    const example = kind === 'csv' ? 'parse @message csv as host, method' : 'parse @message logfmt as entry'
    const names = expectKeyword(reader, 'as', example) ? readNames(reader) : null
    if (names === null) return null
    const span = spanFrom(reader, first)
    if (kind === 'logfmt' && names.length > 1)
      return fail(
        reader,
        'too-many-names',
        names[1]!.span,
        'parse logfmt makes one field, a map',
        'its keys are name.key',
      )
    return { kind, names, span }
  }
  const hint = 'parse @message "user=* took *" as user, ms'
  return failExpected(reader, 'a quoted wildcard pattern, a regular expression, logfmt or csv', hint)
}

function readNames(reader: TokenReader): readonly Name[] | null {
  return readList(reader, () => expectName(reader, 'a name for what is extracted'))
}

function parseJson(context: CommandContext): Command | null {
  const { reader } = context
  if (!expectKeyword(reader, 'field', 'json field=payload "user.name" as name') || !expect(reader, '=')) return null
  const field = parsePath(reader)
  const path = field && parseText(reader)
  const alias = path && expectKeyword(reader, 'as') ? expectName(reader, 'a name after "as"') : null
  return field && path && alias && { kind: 'json', field, path, alias, span: spanOf(context) }
}

function parseRelevantFields(context: CommandContext): Command | null {
  const { reader, parseQuery } = context
  const paths = isKeyword(peek(reader), 'where') ? [] : readList(reader, () => parsePath(reader))
  if (paths === null || !expectKeyword(reader, 'where')) return null
  const condition = parseExpr(reader, parseQuery)
  return condition && { kind: 'relevantfields', paths, condition, span: spanOf(context) }
}
