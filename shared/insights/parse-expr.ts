/**
 * Expressions, one function per level of precedence, loosest first: or, and, not, comparison, sum, product, sign, power.
 * `not` binds a whole comparison; `^` is right-associative and binds tighter than the sign before it.
 */
import type { AstExpr, Comparison, FieldPath, InTest, LikeTest, Period, Query, Regex, Text } from './ast.js'
import { foreignArguments, foreignBeginnings } from './foreign-words.js'
import { findFunction } from './functions.js'
import type { Word } from './lex.js'
import { isBeyondTime, periodUnitHint, periodUnitOf } from './period.js'
import {
  expect,
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

/** Parentheses, calls and subqueries within each other. */
const maxDepth = 100

/** Operators in a row, of `a + b + c …`: engines read them as operations within each other. */
const maxOperators = 400

/** Words that end an expression or join two: a field of such a name needs backticks. */
const reserved = ['and', 'or', 'not', 'in', 'like', 'as', 'by', 'asc', 'desc']

const operandName = 'a field, a value or a function'
const nullHint = `${foreignBeginnings.get('null')}; a field of that name is written \`null\``

export type ParseQuery = (reader: TokenReader) => Query | null

/** @param parseQuery reads the query of an `in (…)` up to its closing parenthesis */
export function parseExpr(reader: TokenReader, parseQuery: ParseQuery): AstExpr | null {
  if (reader.depth >= maxDepth) {
    const span = peek(reader)?.span ?? spanFrom(reader, reader.at)
    return fail(reader, 'too-deep', span, `expressions can be nested ${maxDepth} deep`)
  }
  reader.depth++
  const expr = parseConnective(reader, parseQuery, 'or')
  reader.depth--
  return expr
}

function parseConnective(reader: TokenReader, parseQuery: ParseQuery, word: 'or' | 'and'): AstExpr | null {
  const first = reader.at
  const operands: AstExpr[] = []
  do {
    const operand = word === 'or' ? parseConnective(reader, parseQuery, 'and') : parseNot(reader, parseQuery)
    if (operand === null) return null
    operands.push(operand)
  } while (matchKeyword(reader, word))
  return operands.length === 1 ? operands[0]! : { kind: word, operands, span: spanFrom(reader, first) }
}

function parseNot(reader: TokenReader, parseQuery: ParseQuery): AstExpr | null {
  const first = reader.at
  let count = 0
  while (matchKeyword(reader, 'not')) count++
  if (count > maxDepth) return fail(reader, 'too-deep', spanFrom(reader, first), 'too many "not" in a row')
  let expr = parseComparison(reader, parseQuery)
  for (let index = count - 1; index >= 0 && expr !== null; index--)
    expr = { kind: 'not', operand: expr, span: spanFrom(reader, first + index) }
  return expr
}

const comparisonMarks = ['=', '!=', '<', '<=', '>', '>='] as const

function parseComparison(reader: TokenReader, parseQuery: ParseQuery): AstExpr | null {
  const first = reader.at
  const left = parseSum(reader, parseQuery)
  if (left === null) return null
  const operator = comparisonMarks.find(mark => match(reader, mark))
  if (operator !== undefined) {
    // Elsewhere a field of that name is what is meant, or what it is where there is none: absent.
    if (isKeyword(peek(reader), 'null')) return failExpected(reader, operandName, nullHint)
    const right = parseSum(reader, parseQuery)
    return right && { kind: 'comparison', operator, left, right, span: spanFrom(reader, first) }
  }
  if (match(reader, '=~')) {
    const pattern = parseRegex(reader, 'a regular expression between slashes')
    return pattern && { kind: 'like', operand: left, isNegated: false, pattern, span: spanFrom(reader, first) }
  }
  const isNegated = isKeyword(peek(reader), 'not')
  const verb = peek(reader, isNegated ? 1 : 0)
  if (isKeyword(verb, 'like')) return parseLike(reader, first, left, isNegated)
  if (isKeyword(verb, 'in')) return parseIn(reader, parseQuery, first, left, isNegated)
  return isNegated ? failAfterNot(reader) : left
}

/** `a not null`: neither `like` nor `in` follows. */
function failAfterNot(reader: TokenReader): null {
  reader.at++
  const isNull = isKeyword(peek(reader), 'null')
  return failExpected(reader, '"like" or "in"', isNull ? nullHint : 'otherwise "not" stands before the comparison')
}

function parseRegex(reader: TokenReader, what: string): Regex | null {
  const token = peek(reader)
  if (token?.kind !== 'regex') {
    const written = token?.kind === 'string' ? token.value : token?.kind === 'word' ? token.text : null
    return failExpected(reader, what, written === null ? undefined : `=~ /${written}/, or like for a text as it is`)
  }
  reader.at++
  return { kind: 'regex', source: token.source, span: token.span }
}

function parseLike(reader: TokenReader, first: number, operand: AstExpr, isNegated: boolean): LikeTest | null {
  reader.at += isNegated ? 2 : 1
  const token = peek(reader)
  if (token?.kind !== 'string' && token?.kind !== 'regex') {
    const hint = token?.kind === 'word' ? `a text is quoted: like "${token.text}"` : undefined
    return failExpected(reader, 'a quoted text or a regular expression', hint)
  }
  const pattern = token.kind === 'string' ? parseText(reader) : parseRegex(reader, 'a regular expression')
  return pattern && { kind: 'like', operand, isNegated, pattern, span: spanFrom(reader, first) }
}

function parseIn(
  reader: TokenReader,
  parseQuery: ParseQuery,
  first: number,
  operand: AstExpr,
  isNegated: boolean,
): InTest | null {
  reader.at += isNegated ? 2 : 1
  if (match(reader, '(')) {
    const kind = peek(reader)?.kind
    if (kind === 'string' || kind === 'number')
      return failExpected(reader, 'a query', 'a list stands in brackets: in ["a", "b"]')
    const query = parseQuery(reader)
    if (query === null || !expect(reader, ')')) return null
    return { kind: 'in', operand, isNegated, among: query, span: spanFrom(reader, first) }
  }
  if (!isMark(peek(reader), '[')) return failExpected(reader, 'a list in brackets', 'in ["a", "b"]')
  const items = parseBracketed(reader, () => parseExpr(reader, parseQuery))
  return items && { kind: 'in', operand, isNegated, among: { kind: 'list', items }, span: spanFrom(reader, first) }
}

/** `[a, b]`, at least one. */
export function parseBracketed<T>(reader: TokenReader, readOne: () => T | null): readonly T[] | null {
  if (!expect(reader, '[')) return null
  const items = readList(reader, readOne)
  return items !== null && expect(reader, ']', 'values are separated by ","') ? items : null
}

function parseSum(reader: TokenReader, parseQuery: ParseQuery): AstExpr | null {
  return parseLeft(reader, ['+', '-'], () => parseLeft(reader, ['*', '/', '%'], () => parseUnary(reader, parseQuery)))
}

function parseLeft(
  reader: TokenReader,
  operators: readonly ('+' | '-' | '*' | '/' | '%')[],
  parseOperand: () => AstExpr | null,
): AstExpr | null {
  const first = reader.at
  let left = parseOperand()
  for (let count = 0; left !== null; count++) {
    const operator = operators.find(mark => match(reader, mark))
    if (operator === undefined) return left
    if (count === maxOperators)
      return fail(reader, 'too-deep', spanFrom(reader, first), `more than ${maxOperators} operators in a row`)
    const right = parseOperand()
    left = right && { kind: 'arithmetic', operator, left, right, span: spanFrom(reader, first) }
  }
  return null
}

function parseUnary(reader: TokenReader, parseQuery: ParseQuery): AstExpr | null {
  const first = reader.at
  const operator = match(reader, '-') ? '-' : match(reader, '!') ? '!' : null
  if (operator === null) return parsePower(reader, parseQuery)
  const operand = nested(reader, () => parseUnary(reader, parseQuery))
  return operand && { kind: 'unary', operator, operand, span: spanFrom(reader, first) }
}

function parsePower(reader: TokenReader, parseQuery: ParseQuery): AstExpr | null {
  const first = reader.at
  const left = parsePrimary(reader, parseQuery)
  if (left === null || !match(reader, '^')) return left
  const right = nested(reader, () => parseUnary(reader, parseQuery))
  return right && { kind: 'arithmetic', operator: '^', left, right, span: spanFrom(reader, first) }
}

function nested<T>(reader: TokenReader, read: () => T | null): T | null {
  if (reader.depth >= maxDepth) return fail(reader, 'too-deep', spanFrom(reader, reader.at), 'too many signs in a row')
  reader.depth++
  const found = read()
  reader.depth--
  return found
}

function parsePrimary(reader: TokenReader, parseQuery: ParseQuery): AstExpr | null {
  const token = peek(reader)
  if (token?.kind === 'string') return parseText(reader)
  if (token?.kind === 'number') return parseNumber(reader)
  if (match(reader, '(')) {
    const inner = parseExpr(reader, parseQuery)
    return inner !== null && expect(reader, ')', closingHint(reader)) ? inner : null
  }
  if (token?.kind !== 'word') return failExpected(reader, operandName, hintFor(reader))
  if (!token.isQuoted && reserved.includes(token.text.toLowerCase())) {
    const isAfterComma = isMark(peek(reader, -1), ',')
    return failExpected(
      reader,
      operandName,
      isAfterComma ? commaHint : `a field of that name is written \`${token.text}\``,
    )
  }
  if (isMark(peek(reader, 1), '(') && !token.isQuoted) return parseCall(reader, parseQuery, token)
  if (isKeyword(token, 'true') || isKeyword(token, 'false')) {
    reader.at++
    return { kind: 'boolean', value: token.text.toLowerCase() === 'true', span: token.span }
  }
  return parsePath(reader)
}

/** Why a parenthesis is not closed. */
function closingHint(reader: TokenReader): string {
  const token = peek(reader)
  const before = peek(reader, -1)
  if (token === undefined || isMark(token, '|')) return 'a "(" before is still open'
  const words = [token, before].flatMap(one => (one?.kind === 'word' && !one.isQuoted ? [one.text.toLowerCase()] : []))
  const foreign = words
    .map(word => foreignArguments.get(word) ?? foreignBeginnings.get(word))
    .find(hint => hint !== undefined)
  return foreign ?? 'arguments are separated by ",", conditions joined by "and" or "or"'
}

const commaHint = 'a "," stands between two of a list, not after the last'

function hintFor(reader: TokenReader): string | undefined {
  const token = peek(reader)
  const before = peek(reader, -1)
  if (isMark(token, '*')) return 'fields are named one by one; @message is the whole event'
  if (isMark(token, '.') || isMark(token, '+')) return 'a number begins with a digit or "-": 0.5'
  if (isMark(token, ']') && isMark(before, '[')) return 'a list has at least one value: in ["a", "b"]'
  const isSlash = isMark(token, '/') && (isMark(before, ',') || isMark(before, '(') || isMark(before, '='))
  if (token?.kind === 'regex' || isSlash) return 'a regular expression stands after like, =~ and parse only'
  return isMark(before, ',') ? commaHint : undefined
}

export function parseText(reader: TokenReader): Text | null {
  const token = peek(reader)
  if (token?.kind !== 'string') return failExpected(reader, 'a quoted text')
  reader.at++
  return { kind: 'text', value: token.value, span: token.span }
}

function parseNumber(reader: TokenReader): AstExpr | null {
  const first = reader.at
  const token = peek(reader)!
  const unit = peek(reader, 1)
  const text = token.kind === 'number' ? token.text : ''
  if (unit?.kind === 'word' && periodUnitOf(unit.text) !== undefined) return parsePeriod(reader)
  reader.at++
  // A word glued to a number can only have been meant as a unit.
  if (unit?.kind === 'word' && unit.span.start === token.span.end)
    return fail(reader, 'bad-period', unit.span, `"${unit.text}" is not a unit of time`, periodUnitHint)
  return { kind: 'number', text, span: spanFrom(reader, first) }
}

/** A number and a unit: `5m`, `30 seconds`. */
export function parsePeriod(reader: TokenReader): Period | null {
  const first = reader.at
  const token = peek(reader)
  const word = peek(reader, 1)
  if (token?.kind !== 'number') return failExpected(reader, 'a period such as 5m', periodUnitHint)
  const unit = word?.kind === 'word' ? periodUnitOf(word.text) : undefined
  if (unit === undefined) {
    reader.at++
    return failExpected(reader, 'a unit of time', periodUnitHint)
  }
  reader.at += 2
  const span = spanFrom(reader, first)
  const count = Number(token.text)
  if (!Number.isSafeInteger(count) || count < 1)
    return fail(reader, 'bad-period', token.span, `a period is a whole number of units, found ${token.text}`)
  if (isBeyondTime(count, unit))
    return fail(reader, 'bad-period', span, 'a period of more than 10,000 years holds all times', 'such as 5m or 1d')
  return { kind: 'period', count, unit, text: `${token.text}${(word as Word).text}`, span }
}

function parseCall(reader: TokenReader, parseQuery: ParseQuery, word: Word): AstExpr | null {
  const first = reader.at
  reader.at += 2
  const known = findFunction(word.text)
  const call = { kind: 'call', name: known?.name ?? word.text, nameSpan: word.span } as const
  if (match(reader, ')')) return { ...call, star: false, args: [], span: spanFrom(reader, first) }
  if (isMark(peek(reader), '*') && isMark(peek(reader, 1), ')')) {
    reader.at += 2
    return { ...call, star: true, args: [], span: spanFrom(reader, first) }
  }
  const args = readList(reader, () => parseExpr(reader, parseQuery))
  if (args === null || !expect(reader, ')', closingHint(reader))) return null
  return { ...call, star: false, args, span: spanFrom(reader, first) }
}

/** Names by dots, positions in brackets: `a.b[0].c`. */
export function parsePath(reader: TokenReader): FieldPath | null {
  const first = reader.at
  const steps: (string | number)[] = []
  const token = peek(reader)
  if (token?.kind !== 'word') return failExpected(reader, 'a field')
  if (/^@+$/.test(token.text)) return failExpected(reader, 'a field', 'a name stands after "@": @timestamp, @message')
  steps.push(...token.steps)
  reader.at++
  for (;;) {
    const position = peek(reader, 1)
    if (isMark(peek(reader), '[') && position?.kind === 'number' && /^\d{1,9}$/.test(position.text)) {
      reader.at += 2
      if (!expect(reader, ']')) return null
      steps.push(Number(position.text))
    } else if (isMark(peek(reader), '.')) {
      reader.at++
      const next = peek(reader)
      if (next?.kind !== 'word') return failExpected(reader, 'a name after "."')
      steps.push(...next.steps)
      reader.at++
    } else return { kind: 'path', steps, span: spanFrom(reader, first) }
  }
}

export function equalityOf(expr: AstExpr): Comparison | InTest | null {
  if (expr.kind === 'comparison' && expr.operator === '=' && expr.left.kind === 'path') return expr
  return expr.kind === 'in' && !expr.isNegated && expr.operand.kind === 'path' && expr.among.kind === 'list'
    ? expr
    : null
}
