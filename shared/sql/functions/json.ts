import type { Dialect } from '../dialect.js'
import { raw, type Sql, sql } from '../fragment.js'
import { type Typed, toText } from '../typed.js'
import type { FunctionTable } from './function-table.js'

export const jsonFunctions: FunctionTable = {
  /** Members of an object as an array of arrays of name and value. */
  jsonEntries: ([value], dialect) => ({ sql: dialect.jsonEntries(value!.sql), type: 'json' }),
  jsonParse: ([value], dialect) => ({ sql: documentOf(value!, dialect), type: 'json' }),
  /** The value, and the array where it is the text of one. */
  jsonArray: ([value], dialect) => {
    const array = dialect.bind('j', value!.sql, json => {
      const inner = dialect.bind('d', dialect.jsonParse(dialect.jsonScalar(json)), document => {
        return sql`CASE WHEN ${dialect.jsonLength(document)} IS NOT NULL THEN ${document} ELSE ${json} END`
      })
      return sql`CASE WHEN ${dialect.startsWith(sql`ltrim(${dialect.jsonScalar(json)})`, raw("'['"))} THEN ${inner} ELSE ${json} END`
    })
    return { sql: array, type: 'json' }
  },
  jsonStringify: ([value], dialect) => ({
    sql: value!.type === 'json' ? dialect.jsonText(value!.sql) : toText(value!, dialect),
    type: 'text',
  }),
  jsonArraySize: ([value], dialect) => ({
    sql: sql`CAST(${dialect.bind('d', documentOf(value!, dialect), dialect.jsonLength)} AS DOUBLE)`,
    type: 'number',
  }),
  jsonArrayContains: ([value, wanted], dialect) => {
    const found = dialect.bind('d', documentOf(value!, dialect), document => {
      const has = dialect.listHas(dialect.jsonElements(document), toText(wanted!, dialect))
      return sql`(${dialect.jsonLength(document)} > 0 AND ${has})`
    })
    return { sql: found, type: 'boolean', isNullable: true }
  },
}

/** JSON of a text; of a value that is JSON already, itself, or what its string holds. */
function documentOf(value: Typed, dialect: Dialect): Sql {
  if (value.type !== 'json') return dialect.jsonParse(toText(value, dialect))
  return dialect.bind('j', value.sql, json => {
    const inner = dialect.bind('s', dialect.jsonScalar(json), text => dialect.jsonParse(text))
    return sql`CASE WHEN ${dialect.jsonIsContainer(json)} THEN ${json} ELSE ${inner} END`
  })
}
