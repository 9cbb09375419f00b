import { joinSql, quoted, raw, type Sql, sql } from '../fragment.js'
import { chosen, type Typed, toCondition, toCount, toText } from '../typed.js'
import { type FunctionTable, rule } from './function-table.js'

/** No text is longer: an event has at most 1 MiB. */
const maxLength = 2 ** 30

export const textFunctions: FunctionTable = {
  isempty: rule(['text'], 'boolean', ([a]) => sql`(coalesce(${a!}, '') = '')`),
  isblank: rule(['text'], 'boolean', ([a], { dialect }) => sql`(NOT coalesce(${dialect.matches(a!, '\\S')}, FALSE))`),
  concat: rule(
    ['text'],
    'text',
    args =>
      sql`(${joinSql(
        args.map(arg => sql`coalesce(${arg}, '')`),
        ' || ',
      )})`,
  ),
  toText: rule(['text'], 'text', ([a]) => a!),
  strlen: rule(['text'], 'number', ([a]) => sql`CAST(length(${a!}) AS DOUBLE)`),
  toupper: rule(['text'], 'text', ([a]) => sql`upper(${a!})`),
  tolower: rule(['text'], 'text', ([a]) => sql`lower(${a!})`),
  substr: rule(['text', 'number'], 'text', ([a], { dialect, typed: [, start, length] }) => {
    const from = sql`${toCount(start!, 0, maxLength, dialect)} + 1`
    return length === undefined
      ? sql`substr(${a!}, ${from})`
      : sql`substr(${a!}, ${from}, ${toCount(length, 0, maxLength, dialect)})`
  }),
  replace: rule(['text'], 'text', ([a, search, by]) => sql`replace(${a!}, ${search!}, ${by!})`),
  /** A text as a replacement of `regexReplace` in RE2's notation: `\1` is a group if there are so many, any other backslash is itself. */
  replacement: rule(['text', 'any'], 'text', ([text], { typed: [, groups] }) => {
    const known = Array.from({ length: Math.min(Number(groups!.literal), 9) + 1 }, (_, group) => group)
    const [pair, single] = ['\u0001', '\u0002'] as const
    const change = (of: Sql, from: string, to: string) => sql`replace(${of}, ${quoted(from)}, ${quoted(to)})`
    const paired = change(text!, '\\\\', pair)
    const marked = known.reduce((of, group) => change(of, `\\${group}`, `${single}${group}`), paired)
    return change(change(change(marked, '\\', pair), pair, '\\\\'), single, '\\')
  }),
  strcontains: rule(['text', 'text', 'any'], 'boolean', ([a, part], { dialect, typed }) => {
    const flag = typed[2]
    const exact = dialect.contains(a!, part!)
    if (flag === undefined) return exact
    const folded = dialect.contains(sql`lower(${a!})`, sql`lower(${part!})`)
    return sql`CASE WHEN ${toCondition(flag, dialect)} THEN ${folded} ELSE ${exact} END`
  }),
  startsWith: rule(['text'], 'boolean', ([a, part], { dialect }) => dialect.startsWith(a!, part!)),
  endsWith: rule(['text'], 'boolean', ([a, part], { dialect }) => dialect.endsWith(a!, part!)),
  /** What varies in a text, masked. */
  mask: rule(['text'], 'text', ([a], { dialect }) => dialect.patterns.mask(a!)),
  /** What an expression gives that has no value. */
  absent: () => ({ sql: raw('CAST(NULL AS VARCHAR)'), type: 'text' }),
  coalesce: (args, dialect) => {
    if (args.length === 1) return args[0]!
    const list = (of: (arg: Typed) => Sql) => sql`coalesce(${joinSql(args.map(of), ', ')})`
    return chosen(args, dialect, list, of => {
      const whens = args.map(arg => sql`WHEN ${toText(arg, dialect)} IS NOT NULL THEN ${of(arg)}`)
      return sql`CASE ${joinSql(whens, ' ')} END`
    })
  },
}
