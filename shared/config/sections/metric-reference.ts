import type { Span } from '../../diagnostics/diagnostic.js'
import { type FilterPattern, parseSelector } from '../../filter-pattern/index.js'

export const valueHint = 'a number, $.selector of a JSON pattern, or $field of a space-delimited one'

export interface ReferenceProblem {
  readonly message: string
  readonly hint: string
  /** Of a selector: the part that is wrong. */
  readonly span?: Span
}

/**
 * What is wrong with a metric's value or the value of a dimension that is read out of the event.
 *
 * @param ast null where the pattern itself is wrong, so that nothing can be said about its kind
 * @param limit in characters
 */
export function findReferenceProblems(
  ast: FilterPattern | null,
  text: string,
  limit: number,
): readonly ReferenceProblem[] {
  const wrong = (message: string, hint = valueHint) => [{ message, hint }]
  if (text.length > limit) return wrong(`${limit} characters are the most, these are ${text.length}`)
  if (/^\$[.[]/.test(text)) return findSelectorProblems(ast, text)
  const field = /^\$([A-Za-z0-9_-]+)$/.exec(text)?.[1]
  if (field === undefined) return wrong(`expected ${valueHint}, found ${JSON.stringify(text)}`)
  if (ast === null) return []
  if (ast.kind !== 'fields') {
    return wrong(`${text} needs a space-delimited pattern`, 'such a pattern stands in brackets: [ip, user, ..., size]')
  }
  return hasField(ast, field) ? [] : wrong(`the pattern has no field ${text}`, knownFields(ast))
}

function findSelectorProblems(ast: FilterPattern | null, text: string): readonly ReferenceProblem[] {
  const parsed = parseSelector(text)
  if ('diagnostics' in parsed) {
    return parsed.diagnostics.map(({ message, hint = valueHint, span }) => ({ message, hint, span }))
  }
  if (parsed.selector.steps.some(({ kind }) => kind.startsWith('any-'))) {
    return [{ message: `${text} can select several values`, hint: 'name one: $.list[0]' }]
  }
  if (ast === null || ast.kind === 'json') return []
  return [{ message: `${text} needs a JSON pattern`, hint: 'a JSON pattern stands in braces: { $.latency = * }' }]
}

type Fields = Extract<FilterPattern, { kind: 'fields' }>

/** A field that has a name, or one that has none and is counted from one, as far as the pattern reaches. */
function hasField({ entries }: Fields, field: string): boolean {
  if (entries.some(entry => entry.kind === 'field' && entry.name === field)) return true
  if (!/^[1-9]\d{0,4}$/.test(field)) return false
  const ellipsis = entries.findIndex(({ kind }) => kind === 'ellipsis')
  // Behind an ellipsis the event decides which field is which; `[]` names none.
  if (ellipsis !== -1 && Number(field) > ellipsis) return true
  return entries.length === 0 || entries[Number(field) - 1]?.kind === 'unnamed'
}

function knownFields({ entries }: Fields): string {
  const names = entries.flatMap(entry => (entry.kind === 'field' ? [`$${entry.name}`] : []))
  return names.length === 0 ? 'unnamed fields are counted from one: $1' : `fields: ${names.join(', ')}`
}
