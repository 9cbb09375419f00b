import { unreachable } from '../diagnostics/unreachable.js'
import type {
  Comparison,
  FieldEntry,
  FieldsPattern,
  FilterPattern,
  JsonCondition,
  Logical,
  Term,
  TermsPattern,
  Value,
} from './ast.js'
import { foldLogical, isJunction } from './conditions.js'
import { formatSelector, formatValue } from './format.js'
import { wildcardOf } from './wildcard.js'

/** What a pattern matches, in one English sentence. */
export function explainPattern(ast: FilterPattern): string {
  switch (ast.kind) {
    case 'all':
      return 'Matches every event.'
    case 'terms':
      return `Matches events ${explainTerms(ast)}.`
    case 'json':
      return `Matches events that are a JSON document in which ${explainLogical(ast.condition, explainJsonCondition)}.`
    case 'fields':
      return ast.entries.length === 0 ? 'Matches every event.' : `Matches events ${explainFields(ast)}.`
    default:
      return unreachable(ast)
  }
}

function explainTerms({ terms }: TermsPattern): string {
  const optional = terms.filter(({ role }) => role === 'optional')
  if (optional.length === terms.length) return `that contain ${list(optional.map(explainTerm), 'or')}`
  const included = terms.filter(({ role }) => role === 'include').map(explainTerm)
  const excluded = terms.filter(({ role }) => role === 'exclude').map(explainTerm)
  const clauses = [
    ...(included.length > 0 ? [`contain ${list(included, 'and')}`] : []),
    ...(excluded.length > 0 ? [`do not contain ${list(excluded, 'or')}`] : []),
  ]
  const ignored =
    optional.length === 0
      ? ''
      : `, whatever else they contain (${list(optional.map(explainTerm), 'and')} marked "?" counts for nothing beside other terms)`
  return `that ${clauses.join(' and ')}${ignored}`
}

function explainTerm({ value }: Term): string {
  return value.kind === 'regex' ? `text like ${formatValue(value)}` : formatValue(value)
}

function explainFields(ast: FieldsPattern): string {
  const { entries } = ast
  const hasEllipsis = entries.some(({ kind }) => kind === 'ellipsis')
  const count = entries.length - (hasEllipsis ? 1 : 0)
  const fields = `${count} field${count === 1 ? '' : 's'}`
  const shape = hasEllipsis
    ? `of at least ${fields}`
    : count === 1
      ? 'taken whole as one field'
      : `of at least ${fields}, the last of which takes the rest`
  const conditions = entries.flatMap(entry => (entry.kind === 'field' && entry.condition !== null ? [entry] : []))
  if (conditions.length === 0) return shape
  return `${shape}, in which ${list(
    conditions.map(entry => explainEntry(entry, conditions.length > 1)),
    'and',
  )}`
}

function explainEntry({ name, condition }: FieldEntry, isOneOfMany: boolean): string {
  const text = explainLogical(condition!, comparison => `${name} ${explainComparison(comparison)}`)
  return isOneOfMany && isJunction(condition!) ? `(${text})` : text
}

function explainLogical<Leaf extends { readonly kind: string }>(
  condition: Logical<Leaf>,
  explainLeaf: (leaf: Leaf) => string,
): string {
  type Piece = { readonly text: string; readonly isJunction: boolean }
  return foldLogical<Leaf, Piece>(
    condition,
    leaf => ({ text: explainLeaf(leaf), isJunction: false }),
    (kind, operands) => ({
      text: operands.map(piece => (piece.isJunction ? `(${piece.text})` : piece.text)).join(` ${kind} `),
      isJunction: true,
    }),
  ).text
}

function explainJsonCondition(condition: JsonCondition): string {
  const { steps } = condition.selector
  const isWild = steps.some(({ kind }) => kind.startsWith('any-'))
  const subject = `${isWild ? 'some ' : ''}${formatSelector(condition.selector)}`
  if (condition.kind === 'not-exists')
    return `${isWild ? 'no ' : ''}${formatSelector(condition.selector)} ${isWild ? 'exists' : 'does not exist'}`
  if (condition.kind === 'is') return `${subject} is ${condition.state}`
  return `${subject} ${explainComparison(condition)}`
}

function explainComparison({ operator, value }: Comparison): string {
  if (operator === '=') return explainEqual(value)
  if (operator === '!=') return explainUnequal(value)
  const words = { '<': 'is less than', '<=': 'is at most', '>': 'is greater than', '>=': 'is at least' }
  return `${words[operator]} ${formatValue(value)}`
}

function explainEqual(value: Value): string {
  if (value.kind === 'regex') return `contains text like ${formatValue(value)}`
  if (value.kind === 'number') return `is ${value.text}`
  const { text, openStart, openEnd } = wildcardOf(value.value)
  if (openStart && openEnd) return text === '' ? 'has any value' : `contains ${quote(text)}`
  if (openStart) return `ends with ${quote(text)}`
  return openEnd ? `starts with ${quote(text)}` : `is ${quote(text)}`
}

function explainUnequal(value: Value): string {
  if (value.kind === 'regex') return `has a value without text like ${formatValue(value)}`
  if (value.kind === 'number') return `has a value other than ${value.text}`
  const { text, openStart, openEnd } = wildcardOf(value.value)
  if (openStart && openEnd)
    return text === '' ? 'has a value that is not one' : `has a value that does not contain ${quote(text)}`
  if (openStart) return `has a value that does not end with ${quote(text)}`
  return openEnd ? `has a value that does not start with ${quote(text)}` : `has a value other than ${quote(text)}`
}

function quote(text: string): string {
  return JSON.stringify(text)
}

function list(items: readonly string[], word: 'and' | 'or'): string {
  if (items.length < 3) return items.join(` ${word} `)
  return `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)!}`
}
