/**
 * Conditions on the JSON of one text. They are written for a tagged document (see `document-dialect.ts`), which is exact and
 * slow to make. An engine whose own JSON functions are fast gets the condition twice: for the JSON as it stands, with tests
 * that notice every document on which those functions would differ, and for those documents tagged.
 */
import { unreachable } from '../diagnostics/unreachable.js'
import type { Any, Call, Expr, Path } from '../plan/expr.js'
import { compileExpr, type Environment } from './compile-expr.js'
import { compareValues, isNumberText } from './compile-number.js'
import type { Dialect } from './dialect.js'
import { joinSql, raw, type Sql, sql } from './fragment.js'
import { type Typed, toCondition, toNullableCondition } from './typed.js'

/** The condition on a text; null or false where it does not hold. */
export function compileDocument(expr: Expr, text: Sql, environment: Environment): Sql {
  const { dialect } = environment
  const { documents } = dialect
  const exact = dialect.bind('d', documents.document(text), document =>
    dialect.bind('t', documents.tagged(document), tagged => {
      const inside = sql`${tagged} IS NOT NULL AND ${conditionOn(expr, taggedReader(tagged, dialect), environment)}`
      return sql`(${inside})`
    }),
  )
  return compileDirect(expr, text, exact, environment) ?? exact
}

type Special = NonNullable<Environment['special']>
type Steps = Path['steps']

/** How the JSON of one document is asked. */
interface Reader {
  readonly document: Sql
  /** The value at steps from the document, or from another value. */
  at(from: Sql | null, steps: Steps): Sql
  hasType(json: Sql, type: string): Sql
  /** The text of a string or number. */
  scalar(json: Sql): Sql
  /** The text of a number, be it a string or not. */
  number(json: Sql): Sql
}

/** Tags are read from the text of a value, without reading JSON again. */
function taggedReader(document: Sql, dialect: Dialect): Reader {
  const { documents } = dialect
  const tag = (json: Sql) => sql`substr(${documents.source(json)}, 1, 2)`
  const untagged = (json: Sql) => dialect.bind('v', json, value => sql`substr(${documents.string(value)}, 2)`)
  return {
    document,
    at: (from, steps) => documents.walk(from ?? document, steps),
    hasType: (json, type) => sql`(${tag(json)} = ${raw(`'${tagOf(type)}'`)})`,
    scalar: untagged,
    number: json => dialect.bind('w', json, value => numberIn(untagged(value), sql`${tag(value)} = '"n'`, dialect)),
  }
}

function tagOf(type: string): string {
  switch (type) {
    case 'string':
      return '"s'
    case 'number':
      return '"n'
    case 'null':
    case 'true':
    case 'false':
      return type.slice(0, 2)
    default:
      throw new Error(`no condition asks for the type ${type}`)
  }
}

function numberIn(scalar: Sql, isNumber: Sql, dialect: Dialect): Sql {
  return dialect.bind(
    'n',
    scalar,
    text => sql`CASE WHEN ${isNumber} OR ${isNumberText(text, dialect)} THEN ${text} END`,
  )
}

/** Values of JSON as it stands, extracted before: `at` knows the places of `paths` alone. */
function directReader(found: Sql, paths: readonly Steps[], dialect: Dialect): Reader {
  const { documents } = dialect
  const first = (json: Sql) => sql`substr(${documents.source(json)}, 1, 1)`
  const isNumber = (json: Sql) => sql`${first(json)} IN (${raw(digits)})`
  const scalar = (json: Sql) =>
    sql`CASE WHEN ${isNumber(json)} THEN ${documents.source(json)} ELSE ${documents.string(json)} END`
  return {
    document: found,
    at: (_, steps) => documents.at(found, indexOf(paths, steps) + 1),
    hasType: (json, type) => {
      if (type === 'number') return sql`(${isNumber(json)})`
      return type === 'string' ? sql`(${first(json)} = '"')` : sql`(${documents.source(json)} = ${raw(`'${type}'`)})`
    },
    scalar,
    number: json => numberIn(scalar(json), isNumber(json), dialect),
  }
}

const digits = [...'-0123456789'].map(char => `'${char}'`).join(', ')

function conditionOn(expr: Expr, reader: Reader, environment: Environment): Sql {
  const { dialect } = environment
  const special = (element: Sql | null): Special =>
    function write(inner, within): Typed | undefined {
      switch (inner.kind) {
        case 'element':
          return element === null ? undefined : { sql: element, type: 'json' }
        case 'path':
          return { sql: reader.at(inner.of.kind === 'element' ? element : null, inner.steps), type: 'json' }
        case 'any': {
          const list = listOf(inner, within)
          const where = toCondition(compileExpr(inner.where, { ...within, special: special(raw('e')) }), dialect)
          return { sql: dialect.documents.some(list, 'e', where), type: 'boolean', isNullable: true }
        }
        case 'compare':
          return typeTest(inner.left, inner.right, within) ?? compareValues(inner, within)
        case 'call':
          return call(inner, within)
        default:
          return undefined
      }
    }
  const value = (inner: Expr, within: Environment) => compileExpr(inner, within).sql
  const listOf = ({ list }: Any, within: Environment) => {
    const [container] = (list as Call).args
    const of = value(container!, within)
    return (list as Call).name === 'elements' ? dialect.documents.elements(of) : dialect.documents.members(of)
  }
  const typeTest = (left: Expr, right: Expr, within: Environment): Typed | undefined =>
    left.kind === 'call' && left.name === 'jsonType' && right.kind === 'literal'
      ? { sql: reader.hasType(value(left.args[0]!, within), String(right.value)), type: 'boolean', isNullable: true }
      : undefined
  const call = ({ name, args }: Call, within: Environment): Typed | undefined => {
    const [of] = args
    if (name === 'json') return { sql: reader.document, type: 'json' }
    if (name === 'present') return { sql: sql`(${value(of!, within)} IS NOT NULL)`, type: 'boolean' }
    if (name === 'scalar') return { sql: reader.scalar(value(of!, within)), type: 'text' }
    return name === 'jsonNumber' ? { sql: reader.number(value(of!, within)), type: 'text' } : undefined
  }
  return toNullableCondition(compileExpr(expr, { ...environment, special: special(null) }), dialect)
}

/** Both ways; undefined where the engine has no faster one for this condition. */
function compileDirect(expr: Expr, text: Sql, exact: Sql, environment: Environment): Sql | undefined {
  const { dialect } = environment
  const { direct } = dialect.documents
  if (direct === undefined) return undefined
  const places = placesIn(expr, { paths: [], written: [] })
  const extracted = places === null || places.paths.length === 0 ? null : direct.extract(text, places.paths)
  if (places === null || extracted === null) return undefined
  const written = dialect.bind('p', extracted, found => {
    const reader = directReader(found, places.paths, dialect)
    const doubts = [
      ...places.paths.map(path => direct.hasTwins(text, path)),
      ...places.written.map(path => direct.isRewritten(reader.at(null, path), text)),
    ]
    const condition = conditionOn(expr, reader, environment)
    const sure = sql`WHEN ${condition} THEN NOT ${direct.isLoose(text)}`
    return sql`CASE WHEN ${joinSql(doubts, ' OR ')} THEN ${exact} ${sure} END`
  })
  return sql`CASE WHEN ${direct.isJson(text)} THEN ${written} ELSE ${exact} END`
}

interface Places {
  readonly paths: Steps[]
  /** Those of which it matters how a number is written. */
  readonly written: Steps[]
}

/** The places that a condition asks about; null where some depend on the document. */
function placesIn(expr: Expr, places: Places, isWritten = false): Places | null {
  switch (expr.kind) {
    case 'and':
    case 'or':
      return expr.operands.every(operand => placesIn(operand, places) !== null) ? places : null
    case 'not':
      return placesIn(expr.operand, places)
    case 'compare':
      return placesIn(expr.left, places, typeof (expr.right as { value?: unknown }).value === 'string')
    case 'like':
    case 'regex':
      return placesIn(expr.text, places, true)
    case 'path':
      addPlace(places.paths, expr.steps)
      if (isWritten) addPlace(places.written, expr.steps)
      return expr.of.kind === 'call' ? places : null
    case 'call':
      return expr.name === 'json' ? places : placesIn(expr.args[0]!, places, isWritten && expr.name === 'scalar')
    case 'any':
    case 'element':
      return null
    case 'literal':
    case 'field':
      return places
    default:
      return unreachable(expr)
  }
}

function addPlace(list: Steps[], steps: Steps): void {
  if (indexOf(list, steps) === -1) list.push(steps)
}

function indexOf(list: readonly Steps[], steps: Steps): number {
  const key = JSON.stringify(steps)
  return list.findIndex(other => JSON.stringify(other) === key)
}
