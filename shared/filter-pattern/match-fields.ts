import type { Span } from '../diagnostics/diagnostic.js'
import type { Comparison, FieldsPattern } from './ast.js'
import { foldLogical } from './conditions.js'
import type { Matcher } from './match.js'
import { createFieldSpans, type FieldSpans, spanIndex, splitFields, takeRest } from './split-fields.js'

/** Where an entry finds its field: counted from the first one, or from one behind the last. */
interface FieldCheck {
  readonly position: number
  readonly fromEnd: boolean
  readonly accepts: (field: string) => boolean
}

/** Compiles a space-delimited pattern; `compileTest` compiles one comparison. */
export function compileFields(
  ast: FieldsPattern,
  compileTest: (comparison: Comparison) => (field: string) => boolean,
): Matcher {
  const layout = layoutOf(ast)
  const checks = checksOf(ast, layout, compileTest)
  const fields = createFieldSpans()
  const matches = (message: string) => {
    if (ast.entries.length === 0) return true
    if (!cut(message, layout, layout.after, fields)) return false
    for (const { position, fromEnd, accepts } of checks)
      if (!accepts(fieldAt(message, fields, fromEnd ? fields.count - position : position))) return false
    return true
  }
  return {
    matches,
    extract(message) {
      if (!matches(message)) return undefined
      cut(message, layout, Number.POSITIVE_INFINITY, fields)
      return namesOf(ast, layout, fields.count, index => fieldAt(message, fields, index))
    },
  }
}

interface Layout {
  /** Entries before the ellipsis; all of them where there is none. */
  readonly before: number
  readonly after: number
  /** Also true of `[]`, whose fields are cut like those under an ellipsis. */
  readonly hasEllipsis: boolean
}

function layoutOf({ entries }: FieldsPattern): Layout {
  const ellipsis = entries.findIndex(({ kind }) => kind === 'ellipsis')
  const hasEllipsis = ellipsis !== -1 || entries.length === 0
  const before = ellipsis === -1 ? entries.length : ellipsis
  const after = ellipsis === -1 ? 0 : entries.length - ellipsis - 1
  return { before, after, hasEllipsis }
}

/** Cuts the fields that entries bind, and the last ones under an ellipsis; false where the event has too few. */
function cut(message: string, { before, after, hasEllipsis }: Layout, last: number, fields: FieldSpans): boolean {
  if (hasEllipsis) {
    splitFields(message, { first: before, last }, fields)
    return fields.count >= before + after
  }
  splitFields(message, { first: before - 1, last: 0 }, fields)
  return fields.count === before - 1 && takeRest(message, fields)
}

function checksOf(
  { entries }: FieldsPattern,
  { before }: Layout,
  compileTest: (comparison: Comparison) => (field: string) => boolean,
): readonly FieldCheck[] {
  return entries.flatMap((entry, index) => {
    if (entry.kind !== 'field' || entry.condition === null) return []
    const accepts = foldLogical(entry.condition, compileTest, junction)
    const fromEnd = index > before
    return [{ position: fromEnd ? entries.length - index : index, fromEnd, accepts }]
  })
}

function junction(kind: 'and' | 'or', operands: readonly ((field: string) => boolean)[]): (field: string) => boolean {
  return kind === 'and'
    ? field => operands.every(accepts => accepts(field))
    : field => operands.some(accepts => accepts(field))
}

function fieldAt(message: string, fields: FieldSpans, field: number): string {
  const at = spanIndex(fields, field)
  return message.slice(fields.spans[at]!, fields.spans[at + 1]!)
}

/** Where the fields with a condition stand in an event that matches. */
export function conditionSpans(ast: FieldsPattern, message: string): readonly Span[] {
  const layout = layoutOf(ast)
  const fields = createFieldSpans()
  if (ast.entries.length === 0 || !cut(message, layout, layout.after, fields)) return []
  return checksOf(ast, layout, () => () => true).map(({ position, fromEnd }) => {
    const at = spanIndex(fields, fromEnd ? fields.count - position : position)
    return { start: fields.spans[at]!, end: fields.spans[at + 1]! }
  })
}

function namesOf(
  { entries }: FieldsPattern,
  { before, after }: Layout,
  count: number,
  fieldOf: (index: number) => string,
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {}
  for (let index = 0; index < count; index++) {
    const entry = index < before ? entries[index] : index >= count - after ? entries.at(index - count) : undefined
    values[entry?.kind === 'field' ? `$${entry.name}` : `$${index + 1}`] = fieldOf(index)
  }
  return values
}
