import type { JsonComparison, JsonCondition, Logical, Selector } from './ast.js'
import { compileValueTest } from './compile-value.js'
import { isJunction } from './conditions.js'
import { formatSelector } from './format.js'
import { isNumberText } from './number.js'
import { compileSelector, stateTests, type ValueTest, writtenNumber } from './select-json.js'
import { wildcardOf } from './wildcard.js'

/** Whether a JSON document, whose text is `message`, satisfies a condition. */
export type Accepts = (document: unknown, message: string) => boolean

export function compileCondition(condition: Logical<JsonCondition>): Accepts {
  if (!isJunction(condition)) return compileLeaf(condition)
  const operands =
    condition.kind === 'and' ? condition.operands.map(compileCondition) : compileAlternatives(condition.operands)
  const [first, second] = operands
  if (second === undefined) return first!
  const isOr = condition.kind === 'or'
  if (operands.length === 2 && isOr)
    return (document, message) => first!(document, message) || second(document, message)
  if (operands.length === 2) return (document, message) => first!(document, message) && second(document, message)
  return (document, message) => {
    for (const accepts of operands) if (accepts(document, message) === isOr) return isOr
    return !isOr
  }
}

/**
 * The operands of an "or". Alarms on API calls ask for one of many names of the same field: that is one look into a set,
 * not one comparison each.
 */
function compileAlternatives(operands: readonly Logical<JsonCondition>[]): readonly Accepts[] {
  const compiled: Accepts[] = []
  const names = new Map<string, { readonly selector: Selector; readonly texts: Set<string> }>()
  for (const operand of operands) {
    const text = plainText(operand)
    if (text === null) {
      compiled.push(compileCondition(operand))
      continue
    }
    const { selector } = operand as JsonComparison
    const key = formatSelector(selector)
    if (!names.has(key)) names.set(key, { selector, texts: new Set() })
    names.get(key)!.texts.add(text)
  }
  for (const { selector, texts } of names.values()) compiled.push(compileTest(selector, isOneOf(texts)))
  return compiled
}

/** The text that a condition wants a value to be, if it is a plain one: no wildcard, no number. */
function plainText(condition: Logical<JsonCondition>): string | null {
  if (condition.kind !== 'comparison' || condition.operator !== '=' || condition.value.kind !== 'text') return null
  const { text, openStart, openEnd } = wildcardOf(condition.value.value)
  return openStart || openEnd || isNumberText(text) ? null : text
}

function isOneOf(texts: ReadonlySet<string>): ValueTest {
  return (value, site) => {
    if (typeof value === 'string') return texts.has(value)
    return typeof value === 'number' && texts.has(writtenNumber(value, site))
  }
}

function compileLeaf(leaf: JsonCondition): Accepts {
  if (leaf.kind === 'comparison') return compileTest(leaf.selector, compileValueTest(leaf))
  if (leaf.kind === 'is') return compileTest(leaf.selector, stateTests[leaf.state])
  const selects = compileSelector(leaf.selector)
  return (document, message) => !selects(document, message, exists)
}

function compileTest(selector: Selector, test: ValueTest): Accepts {
  const selects = compileSelector(selector)
  return (document, message) => selects(document, message, test)
}

const exists = () => true
