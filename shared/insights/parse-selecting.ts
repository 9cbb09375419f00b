/** Commands that choose columns and rows: fields, display, filter, filterIndex, stats, sort, limit, dedup, source. */
import type { Command, Item, SortKey, Source, SourceClause, Stats } from './ast.js'
import {
  equalityOf,
  type ParseQuery,
  parseBracketed,
  parseExpr,
  parsePath,
  parsePeriod,
  parseText,
} from './parse-expr.js'
import {
  expect,
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

/** What a command's parser gets: it stands behind the command's word. */
export interface CommandContext {
  readonly reader: TokenReader
  /** Index of the command's word. */
  readonly first: number
  readonly parseQuery: ParseQuery
}

/** Null after a problem; undefined when the word is no command of this file. */
export function parseSelecting(word: string, context: CommandContext): Command | null | undefined {
  switch (word) {
    case 'fields':
    case 'display': {
      const items = readList(context.reader, () => parseItem(context))
      return items && { kind: word, items, span: spanOf(context) }
    }
    case 'filter':
    case 'where': {
      const condition = parseExpr(context.reader, context.parseQuery)
      return condition && { kind: word, condition, span: spanOf(context) }
    }
    case 'filterindex':
      return parseFilterIndex(context)
    case 'stats':
      return parseStats(context)
    case 'sort':
      return parseSort(context)
    case 'limit':
      return parseLimit(context)
    case 'dedup':
    case 'countfrequent': {
      const paths = readList(context.reader, () => parsePath(context.reader))
      return paths && { kind: word === 'dedup' ? 'dedup' : 'countFrequent', paths, span: spanOf(context) }
    }
    case 'source':
      return parseSource(context)
    default:
      return undefined
  }
}

export function spanOf({ reader, first }: CommandContext) {
  return spanFrom(reader, first)
}

/** An expression and, after `as`, its name. */
function parseItem({ reader, parseQuery }: CommandContext): Item | null {
  const first = reader.at
  const expr = parseExpr(reader, parseQuery)
  if (expr === null) return null
  const written = spanFrom(reader, first)
  const alias = matchKeyword(reader, 'as') ? expectName(reader, 'a name after "as"') : null
  if (reader.problem !== null) return null
  const text = alias === null ? textOf(reader, written) : null
  return { expr, alias, text, span: spanFrom(reader, first) }
}

function textOf(reader: TokenReader, { start, end }: { start: number; end: number }): string {
  return reader.text.slice(start, end)
}

function parseFilterIndex(context: CommandContext): Command | null {
  const { reader, parseQuery } = context
  const first = reader.at
  const expr = parseExpr(reader, parseQuery)
  if (expr === null) return null
  const condition = equalityOf(expr)
  const hint = 'filterIndex takes one field: field = value, or field in [values]'
  if (condition === null)
    return fail(reader, 'bad-filter-index', spanFrom(reader, first), 'expected an equality of one field', hint)
  return { kind: 'filterIndex', condition, span: spanOf(context) }
}

function parseStats(context: CommandContext): Stats | null {
  const { reader } = context
  if (isKeyword(peek(reader), 'by'))
    return failExpected(reader, 'an aggregate', 'what is counted stands before by: stats count(*) by level')
  const items = readList(reader, () => parseItem(context))
  if (items === null) return null
  const by = matchKeyword(reader, 'by') ? readList(reader, () => parseItem(context)) : []
  if (by === null) return null
  const offset = by.length > 0 && matchKeyword(reader, 'offset') ? parsePeriod(reader) : null
  if (reader.problem !== null) return null
  return { kind: 'stats', items, by, offset, span: spanOf(context) }
}

function parseSort(context: CommandContext): Command | null {
  const { reader, parseQuery } = context
  matchKeyword(reader, 'by')
  const keys = readList(reader, (): SortKey | null => {
    const first = reader.at
    const expr = parseExpr(reader, parseQuery)
    if (expr === null) return null
    const text = textOf(reader, spanFrom(reader, first))
    const direction = matchKeyword(reader, 'asc') ? 'asc' : matchKeyword(reader, 'desc') ? 'desc' : null
    return { expr, text, direction, span: spanFrom(reader, first) }
  })
  return keys && { kind: 'sort', keys, span: spanOf(context) }
}

function parseLimit(context: CommandContext): Command | null {
  const { reader } = context
  const any = matchKeyword(reader, 'any')
  const token = peek(reader)
  if (token?.kind !== 'number' || !/^\d{1,15}$/.test(token.text))
    return failExpected(reader, 'a whole number of rows', 'such as limit 20')
  reader.at++
  return { kind: 'limit', any, count: Number(token.text), countSpan: token.span, span: spanOf(context) }
}

function parseSource(context: CommandContext): Source | null {
  const { reader } = context
  if (peek(reader)?.kind === 'string') {
    const group = parseText(reader)
    return group && { kind: 'source', group, clauses: [], span: spanOf(context) }
  }
  const clauses: SourceClause[] = []
  do {
    const clause = parseClause(reader)
    if (clause === null) return null
    clauses.push(clause)
  } while (peek(reader)?.kind === 'word')
  return { kind: 'source', group: null, clauses, span: spanOf(context) }
}

function parseClause(reader: TokenReader): SourceClause | null {
  const first = reader.at
  const token = peek(reader)
  for (const kind of ['logGroups', 'dataSource', 'logGroupTags'] as const) {
    if (!isKeyword(token, kind)) continue
    reader.at++
    if (!expect(reader, '(')) return null
    if (kind === 'logGroups') {
      const options = match(reader, ')') ? [] : readList(reader, () => parseOption(reader))
      if (options === null || (options.length > 0 && !expect(reader, ')'))) return null
      return { kind, options, span: spanFrom(reader, first) }
    }
    if (kind === 'dataSource') {
      const values = parseBracketed(reader, () => parseText(reader)?.value ?? null)
      return values && expect(reader, ')') ? { kind, values, span: spanFrom(reader, first) } : null
    }
    const filters = parseBracketed(reader, () => parseTagFilter(reader))
    return filters && expect(reader, ')') ? { kind, filters, span: spanFrom(reader, first) } : null
  }
  const isName = token?.kind === 'word' || isMark(token, '/')
  const hint = isName ? 'the name of a log group is quoted: SOURCE "/aws/lambda/orders"' : undefined
  return failExpected(reader, 'a quoted log group, logGroups(…), dataSource(…) or logGroupTags(…)', hint)
}

const optionNames = ['namePrefix', 'accountIdentifier', 'accountIdentifiers', 'class'] as const

function parseOption(reader: TokenReader) {
  const first = reader.at
  const token = peek(reader)
  const name = optionNames.find(option => isKeyword(token, option))
  if (name === undefined) return failExpected(reader, optionNames.join(', '))
  reader.at++
  if (!expect(reader, ':')) return null
  const values = parseBracketed(reader, () => parseText(reader)?.value ?? null)
  return values && { name, values, span: spanFrom(reader, first) }
}

/** `{"key": "team", "values": ["a", "b"]}`, in either order. */
function parseTagFilter(reader: TokenReader): { readonly key: string; readonly values: readonly string[] } | null {
  let key: string | null = null
  let values: readonly string[] | null = null
  if (!expect(reader, '{')) return null
  do {
    const member = parseText(reader)
    if (member === null || !expect(reader, ':')) return null
    if (member.value === 'key') key = parseText(reader)?.value ?? null
    else if (member.value === 'values') values = parseBracketed(reader, () => parseText(reader)?.value ?? null)
    else return fail(reader, 'expected', member.span, `expected "key" or "values", found "${member.value}"`)
    if (reader.problem !== null) return null
  } while (match(reader, ','))
  if (key === null || values === null) return failExpected(reader, 'both "key" and "values"')
  return expect(reader, '}') ? { key, values } : null
}
