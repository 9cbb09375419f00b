import type { Span } from '../diagnostics/diagnostic.js'
import type { Comparison, FieldsPattern } from './ast.js'
import type { PartTest } from './compile-value.js'
import { foldLogical } from './conditions.js'
import type { Matcher } from './match.js'
import { neededFieldText } from './needed-text.js'
import {
  createFields,
  cutAll,
  cutLast,
  cutUpTo,
  type Fields,
  spanIndex,
  startCutting,
  takeRest,
} from './split-fields.js'

/** A field with a condition: counted from the first one, or from one behind the last. */
interface FieldCheck {
  readonly position: number
  readonly accepts: PartTest
}

/** How the entries of a pattern bind the fields of an event. */
export interface Layout {
  /** Entries before the ellipsis; all of them where there is none. */
  readonly before: number
  readonly after: number
  /** Without an ellipsis the last entry takes the rest of the event. `[]` asks for nothing, like an ellipsis. */
  readonly isGreedy: boolean
  /** Checks of fields that are bound one by one from the start, in order. */
  readonly early: readonly FieldCheck[]
  /** Checks of what is known only when the whole event has been cut, counted from its end. */
  readonly late: readonly FieldCheck[]
  /** Text that every event that matches has somewhere. */
  readonly needed: string
}

/** Compiles a space-delimited pattern; `compileTest` compiles one comparison. */
export function compileFields(ast: FieldsPattern, compileTest: (comparison: Comparison) => PartTest): Matcher {
  const layout = layoutOf(ast, compileTest)
  const fields = createFields()
  return {
    matches: message => bind(layout, fields, message, layout.after),
    extract(message) {
      if (!bind(layout, fields, message, Number.POSITIVE_INFINITY)) return undefined
      cutAll(fields, layout.before, Number.POSITIVE_INFINITY)
      return namesOf(ast, layout, fields)
    },
  }
}

/** Where the fields with a condition stand in an event that matches. */
export function conditionSpans(ast: FieldsPattern, message: string): readonly Span[] {
  const layout = layoutOf(ast, () => () => true)
  const fields = createFields()
  if (!bind(layout, fields, message, layout.after)) return []
  const numbers = [
    ...layout.early.map(({ position }) => position),
    ...layout.late.map(({ position }) => fields.count - position),
  ]
  return numbers.map(number => {
    const at = spanIndex(fields, number)
    return { start: fields.spans[at]!, end: fields.spans[at + 1]! }
  })
}

export function layoutOf(ast: FieldsPattern, compileTest: (comparison: Comparison) => PartTest): Layout {
  const { entries } = ast
  const ellipsis = entries.findIndex(({ kind }) => kind === 'ellipsis')
  const isGreedy = ellipsis === -1 && entries.length > 0
  const before = ellipsis === -1 ? entries.length : ellipsis
  const early: FieldCheck[] = []
  const late: FieldCheck[] = []
  for (const [index, entry] of entries.entries()) {
    if (entry.kind !== 'field' || entry.condition === null) continue
    const accepts = foldLogical(entry.condition, compileTest, junction)
    if (index < before - (isGreedy ? 1 : 0)) early.push({ position: index, accepts })
    else late.push({ position: entries.length - index, accepts })
  }
  return {
    before,
    after: ellipsis === -1 ? 0 : entries.length - ellipsis - 1,
    isGreedy,
    early,
    late,
    needed: neededFieldText(ast),
  }
}

/** Cuts an event as far as the pattern asks and keeps `last` fields of its end; false as soon as it cannot match. */
export function bind(
  { before, after, isGreedy, early, late, needed }: Layout,
  fields: Fields,
  message: string,
  last: number,
): boolean {
  if (needed !== '' && !message.includes(needed)) return false
  startCutting(fields, message)
  for (const { position, accepts } of early)
    if (!cutUpTo(fields, position + 1) || !passes(fields, position, accepts)) return false
  if (isGreedy) {
    if (!cutUpTo(fields, before - 1) || !takeRest(fields)) return false
  } else {
    if (!cutUpTo(fields, before)) return false
    if (after > 0 && !(last === after && cutLast(fields, after))) cutAll(fields, before, last)
    if (fields.count < before + after) return false
  }
  for (const { position, accepts } of late) if (!passes(fields, fields.count - position, accepts)) return false
  return true
}

function passes(fields: Fields, field: number, accepts: PartTest): boolean {
  const at = spanIndex(fields, field)
  return accepts(fields.message, fields.spans[at]!, fields.spans[at + 1]!)
}

export function fieldAt(fields: Fields, field: number): string {
  const at = spanIndex(fields, field)
  return fields.message.slice(fields.spans[at]!, fields.spans[at + 1]!)
}

function junction(kind: 'and' | 'or', operands: readonly PartTest[]): PartTest {
  return kind === 'and'
    ? (...part) => operands.every(accepts => accepts(...part))
    : (...part) => operands.some(accepts => accepts(...part))
}

function namesOf({ entries }: FieldsPattern, { before, after }: Layout, fields: Fields): Record<string, string> {
  const values: Record<string, string> = {}
  const { count } = fields
  for (let field = 0; field < count; field++) {
    const entry = field < before ? entries[field] : field >= count - after ? entries.at(field - count) : undefined
    values[entry?.kind === 'field' ? `$${entry.name}` : `$${field + 1}`] = fieldAt(fields, field)
  }
  return values
}
