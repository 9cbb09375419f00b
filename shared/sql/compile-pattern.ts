/**
 * Conditions of filter patterns: what `lowerPattern` gives, with the functions that it documents. The subtle part is that a
 * text is read once however many conditions ask about it: the fields, or the JSON document, are bound to a name, and the
 * whole condition on them is written inside.
 */
import type { Expr } from '../plan/expr.js'
import { compileDocument } from './compile-document.js'
import { compileExpr, type Environment } from './compile-expr.js'
import { compareValues } from './compile-number.js'
import type { Dialect } from './dialect.js'
import { bracketed, quotedGroup } from './document-regexes.js'
import { type Sql, sql } from './fragment.js'
import { type Typed, toNullableCondition, toText } from './typed.js'

const ofDocument = ['json']
const ofFields = ['fieldCount', 'fieldAt', 'fieldsFrom']

/** The condition as SQL where all of it is about the JSON or the fields of one text; undefined elsewhere. */
export function compilePattern(expr: Expr, environment: Environment): Typed | undefined {
  const source = sourceOf(expr)
  if (source === undefined) return undefined
  const { dialect } = environment
  const text = toText(compileExpr(source.text, environment), dialect)
  const written = source.of === 'fields' ? onFields(expr, text, environment) : compileDocument(expr, text, environment)
  return { sql: written, type: 'boolean', isNullable: true }
}

interface Source {
  readonly of: 'fields' | 'document'
  readonly text: Expr
}

/** What every leaf of a condition asks about; undefined where they differ. */
function sourceOf(expr: Expr): Source | undefined {
  switch (expr.kind) {
    case 'and':
    case 'or': {
      const [first, ...others] = expr.operands.map(sourceOf)
      return others.every(other => JSON.stringify(other) === JSON.stringify(first)) ? first : undefined
    }
    case 'not':
      return sourceOf(expr.operand)
    case 'compare':
      return sourceOf(expr.left)
    case 'like':
    case 'regex':
      return sourceOf(expr.text)
    case 'path':
      return sourceOf(expr.of)
    case 'any':
      return sourceOf(expr.list)
    case 'call': {
      const [text] = expr.args
      if (text === undefined) return undefined
      if (ofDocument.includes(expr.name)) return { of: 'document', text }
      if (ofFields.includes(expr.name)) return { of: 'fields', text }
      return sourceOf(text)
    }
    default:
      return undefined
  }
}

function onFields(expr: Expr, text: Sql, environment: Environment): Sql {
  const { dialect } = environment
  const { documents } = dialect
  return dialect.bind('f', documents.fields(text), fields => {
    const special: NonNullable<Environment['special']> = (inner, within) => {
      if (inner.kind === 'compare') return compareValues(inner, within)
      if (inner.kind !== 'call') return undefined
      const [, position] = inner.args
      const number = position?.kind === 'literal' ? Number(position.value) : 1
      if (inner.name === 'fieldCount') return { sql: documents.count(fields), type: 'number' }
      if (inner.name === 'fieldAt')
        return { sql: fieldValue(documents.trimEnd(documents.at(fields, number)), dialect), type: 'text' }
      if (inner.name === 'fieldsFrom')
        return { sql: fieldValue(documents.joinFrom(fields, number), dialect), type: 'text' }
      return inner.name === 'present' ? presence(compileExpr(inner.args[0]!, within)) : undefined
    }
    return toNullableCondition(compileExpr(expr, { ...environment, special }), dialect)
  })
}

/** Without the marks of a group that it is. */
function fieldValue(field: Sql, dialect: Dialect): Sql {
  return dialect.bind('v', field, value => {
    const isGroup = dialect.matches(value, `\\A(?:${quotedGroup}|${bracketed})\\z`)
    return sql`CASE WHEN ${isGroup} THEN substr(${value}, 2, length(${value}) - 2) ELSE ${value} END`
  })
}

function presence({ sql: value }: Typed): Typed {
  return { sql: sql`(${value} IS NOT NULL)`, type: 'boolean' }
}
