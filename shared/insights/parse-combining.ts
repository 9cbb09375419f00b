/** Commands that bring other data in: join, lookup, cidrlookup, appendcols. */
import type { CidrLookup, Command, FieldPath, Join, Lookup, Name } from './ast.js'
import { parsePath } from './parse-expr.js'
import { type CommandContext, spanOf } from './parse-selecting.js'
import {
  expect,
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
  type TokenReader,
} from './token-reader.js'

export function parseCombining(word: string, context: CommandContext): Command | null | undefined {
  switch (word) {
    case 'join':
      return parseJoin(context)
    case 'lookup':
      return parseLookup(context)
    case 'cidrlookup':
      return parseCidrLookup(context)
    case 'appendcols':
      return parseAppendCols(context)
    default:
      return undefined
  }
}

function parseJoin(context: CommandContext): Join | null {
  const { reader } = context
  let type: Join['type'] = null
  if (matchKeyword(reader, 'type')) {
    if (!expect(reader, '=')) return null
    type = matchKeyword(reader, 'inner') ? 'inner' : matchKeyword(reader, 'left') ? 'left' : null
    if (type === null) return failExpected(reader, 'inner or left', 'a join is inner or left; swap the two sides')
  }
  const left = parseSide(reader, 'left')
  const right = left && parseSide(reader, 'right')
  if (left !== null && left.name === right?.name)
    return fail(reader, 'bad-join', right.span, `both sides are "${left.name}"`, 'give each side an alias of its own')
  const on =
    right && expectKeyword(reader, 'where', `where ${left.name}.field = ${right.name}.field`)
      ? parseEquality(reader, left, right)
      : null
  if (left === null || right === null || on === null || !expect(reader, '(')) return null
  const query = context.parseQuery(reader)
  if (query === null || !expect(reader, ')')) return null
  return { kind: 'join', type, left, right, on, query, span: spanOf(context) }
}

function parseSide(reader: TokenReader, side: 'left' | 'right'): Name | null {
  return expectKeyword(reader, side) && expect(reader, '=') ? expectName(reader, 'an alias') : null
}

function parseEquality(reader: TokenReader, left: Name, right: Name): Join['on'] | null {
  const hint = `${left.name}.field = ${right.name}.field`
  const one = parsePath(reader)
  if (one === null) return null
  if (!isMark(peek(reader), '=')) return failExpected(reader, '"="', `a join compares for equality only: ${hint}`)
  reader.at++
  const other = parsePath(reader)
  if (other === null) return null
  const aliases = [one.steps[0], other.steps[0]]
  const isComplete = aliases.includes(left.name) && aliases.includes(right.name)
  if (!isComplete || one.steps.length < 2 || other.steps.length < 2)
    return fail(
      reader,
      'bad-join',
      { start: one.span.start, end: other.span.end },
      'expected a field of each side',
      hint,
    )
  return [one, other]
}

function parseMode(reader: TokenReader): 'OUTPUT' | 'OUTPUTNEW' | null {
  if (matchKeyword(reader, 'OUTPUT')) return 'OUTPUT'
  return matchKeyword(reader, 'OUTPUTNEW') ? 'OUTPUTNEW' : failExpected(reader, 'OUTPUT or OUTPUTNEW')
}

function parseLookup(context: CommandContext): Lookup | null {
  const { reader } = context
  const table = expectName(reader, 'the name of a lookup table')
  const matches = table && readList(reader, () => parseMatch(reader))
  const mode = matches && parseMode(reader)
  const outputs = mode && readList(reader, () => expectName(reader, 'a column of the table'))
  return table && matches && mode && outputs && { kind: 'lookup', table, matches, mode, outputs, span: spanOf(context) }
}

function parseMatch(reader: TokenReader): { readonly column: Name; readonly field: FieldPath | null } | null {
  const column = expectName(reader, 'a column of the table')
  if (column === null) return null
  const field = matchKeyword(reader, 'as') ? parsePath(reader) : null
  return reader.problem === null ? { column, field } : null
}

function parseCidrLookup(context: CommandContext): CidrLookup | null {
  const { reader } = context
  const table = expectName(reader, 'the name of a lookup table')
  const field = table && parsePath(reader)
  const column = field && matchKeyword(reader, 'as') ? expectName(reader, 'a column of the table') : null
  if (reader.problem !== null || field === null) return null
  const mode = parseMode(reader)
  const outputs =
    mode &&
    readList(reader, () => {
      const output = expectName(reader, 'a column of the table')
      const alias = output && matchKeyword(reader, 'as') ? expectName(reader, 'a name after "as"') : null
      return output && reader.problem === null ? { column: output, alias } : null
    })
  return table && mode && outputs && { kind: 'cidrlookup', table, field, column, mode, outputs, span: spanOf(context) }
}

function parseAppendCols(context: CommandContext): Command | null {
  const { reader } = context
  let override: boolean | null = null
  let max: number | null = null
  while (isKeyword(peek(reader), 'override') || isKeyword(peek(reader), 'max')) {
    const isOverride = matchKeyword(reader, 'override')
    if (!isOverride) reader.at++
    if (!expect(reader, '=')) return null
    if (isOverride) override = parseSwitch(reader)
    else max = parseMost(reader)
    if (reader.problem !== null) return null
  }
  if (!expect(reader, '(')) return null
  const query = context.parseQuery(reader)
  return query && match(reader, ')')
    ? { kind: 'appendcols', override, max, query, span: spanOf(context) }
    : failExpected(reader, '")"')
}

/** How many rows `appendcols` takes: at most 100,000 (User Guide, `appendcols`). */
function parseMost(reader: TokenReader): number | null {
  const first = reader.at
  const count = parseWhole(reader)
  if (count === null || (count >= 1 && count <= 100_000)) return count
  reader.at = first
  return failExpected(reader, 'a number from 1 to 100000')
}

/** `true` or `false`. */
export function parseSwitch(reader: TokenReader): boolean | null {
  if (matchKeyword(reader, 'true')) return true
  return matchKeyword(reader, 'false') ? false : failExpected(reader, 'true or false')
}

export function parseWhole(reader: TokenReader): number | null {
  const token = peek(reader)
  if (token?.kind !== 'number' || !/^\d{1,9}$/.test(token.text)) return failExpected(reader, 'a whole number')
  reader.at++
  return Number(token.text)
}
