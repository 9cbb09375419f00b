import { joinSql, raw, type Sql, sql } from './fragment.js'
import { addTable, type Builder, orderBy, type Relation } from './relation.js'
import { commonType, convert, isRoundedAs, type SqlType, type Typed } from './typed.js'

/** Rows of both, each with the columns that either has, in a type that both can have. */
export function compileAppend(first: Relation, second: Relation, builder: Builder): Relation {
  const { dialect, newName } = builder
  const place = raw(newName('place'))
  const names = [...new Set([...first.columns.keys(), ...second.columns.keys()])]
  const shared = names.map((name): [string, Typed] => {
    const present = [first.columns.get(name), second.columns.get(name)].filter(value => value !== undefined)
    const type = commonType(present)
    const column = { sql: raw(newName(name)), type }
    return [name, isRoundedAs(type, present) ? { ...column, number: raw(newName('number')), isRounded: true } : column]
  })
  const side = ({ columns, name: table }: Relation, order: Sql) => {
    const values = shared.flatMap(([name, { sql: identifier, type, number }]) => {
      const value = columns.get(name)
      const written = (as: SqlType) => (value === undefined ? raw('NULL') : convert(value, as, dialect))
      const parts = [sql`${written(type)} AS ${identifier}`]
      return number === undefined ? parts : [...parts, sql`${written('number')} AS ${number}`]
    })
    return sql`SELECT ${joinSql([...values, sql`${order} AS ${place}`], ', ')} FROM ${raw(table)}`
  }
  const numbered = sql`row_number() OVER (${orderBy(first.order)})`
  const query = sql`${side(first, numbered)} UNION ALL ${side(second, raw('NULL'))}`
  const order = [sql`CASE WHEN ${place} IS NULL THEN 1 ELSE 0 END`, place].map(key => ({ key, descending: false }))
  return { name: addTable(builder, 'appended', query), columns: new Map(shared), order }
}
