import type { Dialect } from '../dialect.js'
import { joinSql, raw, sql } from '../fragment.js'
import { chosen, type Typed, toNullableCondition } from '../typed.js'
import type { FunctionTable } from './function-table.js'

export const conditionFunctions: FunctionTable = {
  ispresent: ([value], dialect) => {
    const isPresent = value!.type === 'json' ? dialect.jsonIsPresent(value!.sql) : sql`(${value!.sql} IS NOT NULL)`
    return { sql: value!.type === 'boolean' ? raw('TRUE') : isPresent, type: 'boolean' }
  },
  if: ([condition, then, otherwise], dialect) => branches([[condition!, then!]], otherwise, dialect),
  case: (args, dialect) => {
    const pairs: [Typed, Typed][] = []
    for (let index = 0; index + 1 < args.length; index += 2) pairs.push([args[index]!, args[index + 1]!])
    return branches(pairs, args.length % 2 === 1 ? args.at(-1) : undefined, dialect)
  },
}

function branches(pairs: readonly (readonly [Typed, Typed])[], otherwise: Typed | undefined, dialect: Dialect): Typed {
  const values = [...pairs.map(([, value]) => value), ...(otherwise === undefined ? [] : [otherwise])]
  return chosen(values, dialect, of => {
    const whens = pairs.map(
      ([condition, value]) => sql`WHEN ${toNullableCondition(condition, dialect)} THEN ${of(value)}`,
    )
    return sql`CASE ${joinSql(whens, ' ')}${otherwise === undefined ? sql`` : sql` ELSE ${of(otherwise)}`} END`
  })
}
