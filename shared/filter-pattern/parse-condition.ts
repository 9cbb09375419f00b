import type { ComparisonOperator, Logical, Value } from './ast.js'
import { isJunction } from './conditions.js'
import { isNumberText } from './number.js'
import { fail, failExpected, lastEnd, match, peek, type TokenReader } from './token-reader.js'

/**
 * What JSON and space-delimited patterns share: `||` over `&&` over parentheses over one condition, and the value of
 * a comparison. Junctions of one kind are flattened.
 */
export function parseLogical<Leaf extends { readonly kind: string }>(
  reader: TokenReader,
  parseLeaf: (reader: TokenReader) => Logical<Leaf> | null,
): Logical<Leaf> | null {
  const primary = () => parsePrimary(reader, parseLeaf)
  return parseJunction(reader, 'or', '||', () => parseJunction(reader, 'and', '&&', primary))
}

function parseJunction<Leaf extends { readonly kind: string }>(
  reader: TokenReader,
  kind: 'and' | 'or',
  mark: string,
  parseOperand: () => Logical<Leaf> | null,
): Logical<Leaf> | null {
  const start = peek(reader)?.span.start ?? reader.end
  const operands: Logical<Leaf>[] = []
  do {
    const operand = parseOperand()
    if (operand === null) return null
    if (isJunction(operand) && operand.kind === kind) operands.push(...operand.operands)
    else operands.push(operand)
  } while (match(reader, mark))
  return operands.length === 1 ? operands[0]! : { kind, operands, span: { start, end: lastEnd(reader) } }
}

function parsePrimary<Leaf extends { readonly kind: string }>(
  reader: TokenReader,
  parseLeaf: (reader: TokenReader) => Logical<Leaf> | null,
): Logical<Leaf> | null {
  if (!match(reader, '(')) return parseLeaf(reader)
  const inner = parseLogical(reader, parseLeaf)
  if (inner === null) return null
  if (!match(reader, ')')) return failExpected(reader, '")"', joinHint(reader))
  return inner
}

/** A hint for a word where `&&` or `||` would fit. */
export function joinHint(reader: TokenReader): string | undefined {
  const token = peek(reader)
  return token?.kind === 'word' && /^(?:and|or)$/i.test(token.text)
    ? 'conditions are joined by "&&" and "||"'
    : undefined
}

const operators: readonly ComparisonOperator[] = ['=', '!=', '<', '<=', '>', '>=']

/** The operator and the value of a comparison; null, and a problem, where they do not follow. */
export function parseComparison(reader: TokenReader): { operator: ComparisonOperator; value: Value } | null {
  const token = peek(reader)
  const operator = operators.find(candidate => token?.kind === 'mark' && token.text === candidate)
  if (operator === undefined) return failExpected(reader, 'a comparison', keywordHint(reader))
  reader.at++
  const value = parseValue(reader)
  if (value === null || value.kind === 'number' || operator === '=' || operator === '!=')
    return value === null ? null : { operator, value }
  return fail(reader, 'expected', value.span, `expected a number after "${operator}"`, 'numbers are not quoted')
}

function parseValue(reader: TokenReader): Value | null {
  const token = peek(reader)
  if (token?.kind === 'phrase' || token?.kind === 'regex' || token?.kind === 'word') reader.at++
  if (token?.kind === 'phrase') return { kind: 'text', value: token.value, span: token.span }
  if (token?.kind === 'regex') return { kind: 'regex', source: token.source, span: token.span }
  if (token?.kind !== 'word')
    return failExpected(
      reader,
      'a value',
      token?.kind === 'mark' && token.text === '=' ? 'equality is written "="' : undefined,
    )
  if (isNumberText(token.text)) return { kind: 'number', text: token.text, span: token.span }
  if (!token.text.includes('+')) return { kind: 'text', value: token.text, span: token.span }
  return fail(
    reader,
    'expected',
    token.span,
    `"${token.text}" is not a number`,
    'text with a plus sign is written in double quotes',
  )
}

function keywordHint(reader: TokenReader): string | undefined {
  const token = peek(reader)
  if (token?.kind !== 'word') return undefined
  if (/^exists$/i.test(token.text)) return 'that a field exists is written = *'
  return /^(?:is|not)$/i.test(token.text)
    ? 'the keywords are IS NULL, IS TRUE, IS FALSE and NOT EXISTS, in upper case'
    : undefined
}
