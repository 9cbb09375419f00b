import type {
  Comparison,
  FieldsPattern,
  FilterPattern,
  JsonComparison,
  JsonCondition,
  Logical,
  Regex,
  Selector,
  Text,
} from './ast.js'
import { foldLogical } from './conditions.js'
import { isNumberText } from './number.js'
import { neededRegexText } from './regex/compile-regex.js'
import { parseRegex } from './regex/parse-regex.js'
import { trimTree } from './regex/program.js'
import { wildcardOf } from './wildcard.js'

/**
 * Text without which a message cannot satisfy a condition on its JSON document: of every group, one text must occur.
 * Looking for it is much cheaper than parsing the document to find out that it is not the one.
 */
export type NeededText = readonly (readonly string[])[]

export function neededText(condition: Logical<JsonCondition>): NeededText {
  return foldLogical<JsonCondition, NeededText>(condition, neededByLeaf, (kind, operands) => {
    if (kind === 'and') return unique(operands.flat())
    return operands.every(groups => groups.length > 0) ? [[...new Set(operands.flatMap(groups => groups[0]!))]] : []
  })
}

/**
 * False only if no reading of the message as JSON can satisfy the condition. An escape could spell any text.
 *
 * @param hasEscape whether the message has a `\u`, for callers who ask about it many times
 */
export function mayMatch(
  needed: NeededText,
  message: string,
  hasEscape: () => boolean = () => message.includes('\\u'),
): boolean {
  return needed.every(group => group.some(text => message.includes(text))) || hasEscape()
}

/** Text that an event needs to match a pattern of any kind, for looking at many events at once. */
export function neededTextOf(ast: FilterPattern): NeededText {
  if (ast.kind === 'all') return []
  if (ast.kind === 'json') return neededText(ast.condition)
  if (ast.kind === 'fields') {
    const text = neededFieldText(ast)
    return text === '' ? [] : [[text]]
  }
  const isAny = ast.terms.every(({ role }) => role === 'optional')
  const values = ast.terms.filter(({ role }) => role === (isAny ? 'optional' : 'include')).map(({ value }) => value)
  const texts = values.map(neededByTerm)
  if (isAny) return texts.includes('') ? [] : [texts]
  return texts.filter(text => text !== '').map(text => [text])
}

function neededByTerm(value: Text | Regex): string {
  if (value.kind === 'text') return value.value
  const tree = parseRegex(value.source)
  return 'diagnostics' in tree ? '' : neededRegexText(trimTree(tree))
}

/**
 * The longest text without which an event cannot satisfy the conditions of a space-delimited pattern, or an empty one.
 * The value of a field is a part of the event as it stands.
 */
export function neededFieldText({ entries }: FieldsPattern): string {
  const needed = entries.flatMap(entry =>
    entry.kind === 'field' && entry.condition !== null
      ? foldLogical<Comparison, readonly string[]>(entry.condition, neededByField, (kind, operands) =>
          kind === 'and' ? operands.flat() : [],
        )
      : [],
  )
  return needed.reduce((longest, text) => (text.length > longest.length ? text : longest), '')
}

function neededByField({ operator, value }: Comparison): readonly string[] {
  return operator === '=' && value.kind === 'text' ? [wildcardOf(value.value).text] : []
}

function neededByLeaf(leaf: JsonCondition): NeededText {
  if (leaf.kind === 'not-exists') return []
  const text = leaf.kind === 'comparison' ? neededValue(leaf) : ''
  const needed = text === '' ? lastName(leaf.selector) : text
  return needed === '' ? [] : [[needed]]
}

/** A literal that may equal a number is no text to look for, since a number can be written in many ways. */
function neededValue({ operator, value }: JsonComparison): string {
  if (operator !== '=' || value.kind !== 'text' || isNumberText(value.value)) return ''
  const { text } = wildcardOf(value.value)
  return isWrittenPlainly(text) ? text : ''
}

function lastName({ steps }: Selector): string {
  const last = steps.at(-1)!
  return last.kind === 'name' && isWrittenPlainly(last.name) ? last.name : ''
}

/** Whether JSON has no way to write the text but itself and `\u` escapes. */
function isWrittenPlainly(text: string): boolean {
  return !/["\\/\x00-\x1f]/.test(text)
}

function unique(groups: NeededText): NeededText {
  return [...new Map(groups.map(group => [group.join('\n'), group])).values()]
}
