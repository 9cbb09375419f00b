import type { FieldsPattern } from './ast.js'
import { compileFieldTest } from './compile-value.js'
import { bind, fieldAt, type Layout, layoutOf } from './match-fields.js'
import { createFields, cutUpTo } from './split-fields.js'

/** Some of the values that `Matcher.extract` gives, without making the others. */
export type PickFields = (message: string) => readonly (string | undefined)[] | undefined

/**
 * Reads the named fields of events that match a space-delimited pattern: `name` of an entry, or the number of a field,
 * counted from one, that no entry names. Undefined where the event does not match; in it, where it has no such field.
 */
export function compilePick(ast: FieldsPattern, names: readonly string[]): PickFields {
  const layout = layoutOf(ast, compileFieldTest)
  const fields = createFields()
  const places = names.map(name => placeOf(ast, name))
  const isNumbered = places.some(({ isNumber }) => isNumber)
  const last = isNumbered ? Number.POSITIVE_INFINITY : layout.after
  return message => {
    if (!bind(layout, fields, message, last)) return undefined
    if (isNumbered) cutUpTo(fields, Number.POSITIVE_INFINITY)
    return places.map(({ from, index, isNumber }) => {
      const field = from === 'start' ? index : fields.count - index
      if (isNumber && (!(field < fields.count) || nameAt(ast, layout, fields.count, field) !== null)) return undefined
      return fieldAt(fields, field)
    })
  }
}

/** The name of the entry that a field of an event with `count` fields is bound to. */
function nameAt({ entries }: FieldsPattern, { before, after }: Layout, count: number, field: number): string | null {
  const entry = field < before ? entries[field] : field >= count - after ? entries.at(field - count) : undefined
  return entry?.kind === 'field' ? entry.name : null
}

/** Counted from the first field, or from behind the last one. */
interface Place {
  readonly from: 'start' | 'end'
  readonly index: number
  readonly isNumber: boolean
}

function placeOf({ entries }: FieldsPattern, name: string): Place {
  const ellipsis = entries.findIndex(({ kind }) => kind === 'ellipsis')
  const at = entries.findIndex(entry => entry.kind === 'field' && entry.name === name)
  if (at === -1) return { from: 'start', index: Number(name) - 1, isNumber: true }
  return ellipsis === -1 || at < ellipsis
    ? { from: 'start', index: at, isNumber: false }
    : { from: 'end', index: entries.length - at, isNumber: false }
}
