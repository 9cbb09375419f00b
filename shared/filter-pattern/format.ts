import type { Comparison, Entry, FilterPattern, JsonCondition, Logical, Selector, Step, Term, Value } from './ast.js'
import { foldLogical } from './conditions.js'

/**
 * The canonical text of a pattern: one space between tokens, text of comparisons quoted, parentheses only where
 * precedence needs them. `parsePattern` reads it back as the same tree.
 */
export function formatPattern(ast: FilterPattern): string {
  if (ast.kind === 'all') return ''
  if (ast.kind === 'terms') return ast.terms.map(formatTerm).join(' ')
  if (ast.kind === 'json') return `{ ${formatLogical(ast.condition, formatJsonCondition)} }`
  return `[${ast.entries.map(formatEntry).join(', ')}]`
}

const prefixes: Readonly<Record<Term['role'], string>> = { include: '', exclude: '-', optional: '?' }

function formatTerm({ role, value }: Term): string {
  const isWord = value.kind === 'text' && /^[A-Za-z0-9_]+$/.test(value.value)
  return `${prefixes[role]}${isWord ? value.value : formatValue(value)}`
}

function formatEntry(entry: Entry): string {
  if (entry.kind === 'ellipsis') return '...'
  if (entry.kind === 'unnamed') return ''
  const { name, condition } = entry
  if (condition === null) return name
  return formatLogical(condition, comparison => `${name} ${formatComparison(comparison)}`)
}

function formatLogical<Leaf extends { readonly kind: string }>(
  condition: Logical<Leaf>,
  formatLeaf: (leaf: Leaf) => string,
): string {
  type Piece = { readonly text: string; readonly isOr: boolean }
  return foldLogical<Leaf, Piece>(
    condition,
    leaf => ({ text: formatLeaf(leaf), isOr: false }),
    (kind, operands) => {
      if (kind === 'or') return { text: operands.map(({ text }) => text).join(' || '), isOr: true }
      return { text: operands.map(({ text, isOr }) => (isOr ? `(${text})` : text)).join(' && '), isOr: false }
    },
  ).text
}

function formatJsonCondition(condition: JsonCondition): string {
  const selector = formatSelector(condition.selector)
  if (condition.kind === 'not-exists') return `${selector} NOT EXISTS`
  if (condition.kind === 'is') return `${selector} IS ${condition.state.toUpperCase()}`
  return `${selector} ${formatComparison(condition)}`
}

function formatComparison({ operator, value }: Comparison): string {
  return `${operator} ${formatValue(value)}`
}

export function formatSelector({ steps }: Selector): string {
  return `$${steps.map(formatStep).join('')}`
}

function formatStep(step: Step): string {
  if (step.kind === 'any-field') return '.*'
  if (step.kind === 'any-element') return '[*]'
  if (step.kind === 'index') return `[${step.index}]`
  return /^[A-Za-z0-9_-]+$/.test(step.name) ? `.${step.name}` : `.['${step.name}']`
}

export function formatValue(value: Value): string {
  if (value.kind === 'number') return value.text
  if (value.kind === 'regex') return `%${value.source}%`
  return `"${value.value.replace(/["\\]/g, '\\$&')}"`
}
