import { unreachable } from '../diagnostics/unreachable.js'
import type { Compare, Expr, FieldRef } from '../plan/expr.js'
import { aggregates } from './aggregates.js'
import type { Dialect } from './dialect.js'
import { joinSql, lengthOf, raw, type Sql, sql } from './fragment.js'
import { functions } from './functions/functions.js'
import { isInAnyCase, requiredTexts } from './required-text.js'
import {
  bothOf,
  convert,
  isSearchable,
  isWord,
  literalOf,
  longest,
  longestTwice,
  numberOfText,
  ofBoth,
  type Search,
  type Typed,
  toCondition,
  toJson,
  toNullableCondition,
  toNumber,
  toText,
} from './typed.js'

/** What expressions may name, and how it is written. */
export interface Environment {
  readonly dialect: Dialect
  readonly column: (field: FieldRef) => Typed
  /** Expressions that are written in another way than by their kind. */
  readonly special?: (expr: Expr, environment: Environment) => Typed | undefined
}

/** @throws Error where the plan names a function or column that does not exist: lowering must not have let it through */
export function compileExpr(expr: Expr, environment: Environment): Typed {
  const { dialect } = environment
  const compile = (inner: Expr) => compileExpr(inner, environment)
  const special = environment.special?.(expr, environment)
  if (special !== undefined) return special
  switch (expr.kind) {
    case 'literal':
      return literalOf(expr.value, dialect)
    case 'field':
      return environment.column(expr)
    case 'path':
      return onShort([compile(expr.of)], dialect, ([of]) => ({
        sql: dialect.jsonAt(toJson(of!, dialect), expr.steps),
        type: 'json',
      }))
    case 'compare':
      return onShort([compile(expr.left), compile(expr.right)], dialect, ([left, right]) =>
        compileCompare(expr, left!, right!, dialect),
      )
    case 'and':
    case 'or': {
      const conditions = expr.operands.map(operand => toNullableCondition(compile(operand), dialect))
      return condition(sql`(${joinSql(conditions, expr.kind === 'and' ? ' AND ' : ' OR ')})`)
    }
    case 'not':
      return { sql: sql`(NOT ${toCondition(compile(expr.operand), dialect)})`, type: 'boolean' }
    case 'like': {
      const text = compile(expr.text)
      const part = literalOf(expr.part, dialect).sql
      const test = { anywhere: dialect.contains, start: dialect.startsWith, end: dialect.endsWith }[expr.at]
      return condition(searched(text, [expr.part], test(toText(text, dialect), part), expr.at))
    }
    case 'regex': {
      const text = compile(expr.text)
      const by = /^(?:\^|\\A)/.test(expr.regex) ? 'start' : 'regex'
      // Pairs of letters in any case are the rarest of their texts.
      const least = isInAnyCase(expr.regex) ? 2 : 3
      const test = dialect.matches(toText(text, dialect), expr.regex)
      return condition(searched(text, requiredTexts(expr.regex), test, by, least))
    }
    case 'call':
      return onShort(expr.args.map(compile), dialect, args => compileCall(expr.name, args, dialect))
    case 'element':
    case 'any':
      throw new Error(`no SQL for the expression ${expr.kind}`)
    default:
      return unreachable(expr)
  }
}

/**
 * What `write` makes of the arguments. Many functions name theirs more than once, so that functions within functions make
 * SQL that grows with the power of their depth; from some length on, arguments are computed before and handed on by a name.
 */
function onShort(args: readonly Typed[], dialect: Dialect, write: (args: readonly Typed[]) => Typed): Typed {
  const plain = write(args)
  const lengths = args.map(arg => lengthOf(arg.sql))
  const length = lengthOf(plain.sql)
  const at = lengths.findIndex(one => one > longestTwice)
  if (at < 0 || length <= longest || length < 2 * lengths.reduce((sum, one) => sum + one, 0)) return plain
  const { sql: value, type, isRounded } = args[at]!
  const name = `a${at}`
  // A condition may be null still.
  const short: Typed = isRounded === true ? ofBoth(raw(name), dialect) : { sql: raw(name), type, isNullable: true }
  const result = onShort(args.with(at, short), dialect, write)
  const given = isRounded === true ? bothOf(args[at]!, dialect) : value
  const handed = (written: Sql) => dialect.bind(name, given, () => written)
  if (result.isRounded === true) return ofBoth(handed(bothOf(result, dialect)), dialect)
  return { sql: handed(result.sql), type: result.type, isNullable: true }
}

function condition(written: Sql): Typed {
  return { sql: written, type: 'boolean', isNullable: true }
}

function compileCall(name: string, args: readonly Typed[], dialect: Dialect): Typed {
  const found = dialect.functions[name] ?? functions[name]
  if (found === undefined) throw new Error(`no SQL for the function ${name}`)
  if (typeof found === 'function') return found(args, dialect)
  const converted = args.map((arg, index) => {
    const type = found.takes[Math.min(index, found.takes.length - 1)]!
    return type === 'any' ? arg.sql : convert(arg, type, dialect)
  })
  const { gives: type, isNullable } = found
  const written = found.write(converted, { dialect, typed: args })
  return isNullable === true ? { sql: written, type, isNullable } : { sql: written, type }
}

export function compileAggregate(name: string, args: readonly Typed[], dialect: Dialect): Typed {
  const write = aggregates[name]
  if (write === undefined) throw new Error(`no SQL for the aggregate ${name}`)
  return write(args, dialect)
}

/**
 * One that coerces compares by value where both sides are numbers. Against a literal that is none, only text can be
 * equal; against one that is, only numbers can.
 */
function compileCompare({ operator, coerces }: Compare, left: Typed, right: Typed, dialect: Dialect): Typed {
  const written = (one: Sql, other: Sql) => sql`(${one} ${operators[operator]} ${other})`
  if (left.type === right.type && left.type !== 'text' && left.type !== 'json')
    return left.type === 'boolean'
      ? condition(written(toCondition(left, dialect), toCondition(right, dialect)))
      : condition(exact(left, right, written, dialect) ?? written(left.sql, right.sql))
  const kinds = [kindOf(left), kindOf(right)]
  if (kinds.includes('number') && (coerces === true || !kinds.includes('other')))
    return condition(exact(left, right, written, dialect) ?? written(toNumber(left, dialect), toNumber(right, dialect)))
  const word = operator === '=' ? (wordTest(left, right) ?? wordTest(right, left)) : undefined
  if (word !== undefined) return condition(word)
  const texts = written(toText(left, dialect), toText(right, dialect))
  if (coerces !== true) return condition(texts)
  const numbers = [toNumber(left, dialect), toNumber(right, dialect)] as const
  if (kinds.includes('other')) {
    if (operator === '=') return condition(texts)
    const open = left.literal === undefined ? numbers[0] : numbers[1]
    return condition(sql`(${texts} AND ${open} IS NULL)`)
  }
  const bothNumbers = sql`${numbers[0]} IS NOT NULL AND ${numbers[1]} IS NOT NULL`
  const neither = operator === '=' ? texts : sql`(${texts} AND ${numbers[0]} IS NULL AND ${numbers[1]} IS NULL)`
  return condition(sql`CASE WHEN ${bothNumbers} THEN ${written(...numbers)} ELSE ${neither} END`)
}

/** A field against a word: no need to know whether the event has a text or something else there. */
function wordTest(field: Typed, { sql: value, literal }: Typed): Sql | undefined {
  if (field.word === undefined || typeof literal !== 'string' || !isWord(literal)) return undefined
  return searched(field, [literal], sql`(${field.word} = ${value})`, 'equals')
}

/** A test that only a value with one of the texts in it can pass, after a cheap look at whether the event can have that. */
function searched({ mayHold }: Typed, texts: readonly string[], test: Sql, by: Search, least?: number): Sql {
  const looks = texts.map(text => (isSearchable(text, least) ? mayHold?.(text, by) : undefined))
  const all = looks.filter(look => look !== undefined)
  return all.length === 0 || all.length < looks.length ? test : sql`((${joinSql(all, ' OR ')}) AND ${test})`
}

const operators: Readonly<Record<Compare['operator'], Sql>> = {
  '=': sql`=`,
  '<': sql`<`,
  '<=': sql`<=`,
  '>': sql`>`,
  '>=': sql`>=`,
}

/** Whether a side is certainly a number, certainly none, or known per event only. */
function kindOf({ type, literal }: Typed): 'number' | 'other' | 'open' {
  if (type === 'number' || type === 'boolean' || type === 'time') return 'number'
  if (typeof literal !== 'string') return 'open'
  return numberOfText(literal) === null ? 'other' : 'number'
}

/** A whole number beyond 2^53 is compared with all its digits. */
function exact(left: Typed, right: Typed, written: (one: Sql, other: Sql) => Sql, dialect: Dialect): Sql | undefined {
  if (typeof left.literal !== 'bigint' && typeof right.literal !== 'bigint') return undefined
  const decimal = (side: Typed) => sql`TRY_CAST(${toText(side, dialect)} AS DECIMAL(38, 9))`
  return written(decimal(left), decimal(right))
}
