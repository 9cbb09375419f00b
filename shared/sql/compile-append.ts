import { joinSql, raw, type Sql, sql } from './fragment.js'
import { addTable, type Builder, orderBy, type Relation } from './relation.js'
import { commonType, convert, type Typed } from './typed.js'

/** Rows of both, each with the columns that either has, in a type that both can have. */
export function compileAppend(first: Relation, second: Relation, builder: Builder): Relation {
  const { dialect, newName } = builder
  const place = raw(newName('place'))
  const names = [...new Set([...first.columns.keys(), ...second.columns.keys()])]
  const shared = names.map(name => {
    const [one, other] = [first.columns.get(name), second.columns.get(name)]
    const present = [one, other].filter(value => value !== undefined)
    return { name, identifier: raw(newName(name)), one, other, type: commonType(present) }
  })
  const side = (pick: (column: (typeof shared)[number]) => Typed | undefined, relation: Relation, order: Sql) => {
    const values = shared.map(column => {
      const value = pick(column)
      const written = value === undefined ? raw('NULL') : convert(value, column.type, dialect)
      return sql`${written} AS ${column.identifier}`
    })
    return sql`SELECT ${joinSql([...values, sql`${order} AS ${place}`], ', ')} FROM ${raw(relation.name)}`
  }
  const numbered = sql`row_number() OVER (${orderBy(first.order)})`
  const query = sql`${side(({ one }) => one, first, numbered)} UNION ALL ${side(({ other }) => other, second, raw('NULL'))}`
  const columns = new Map(
    shared.map(({ name, identifier, type }): [string, Typed] => [name, { sql: identifier, type }]),
  )
  const order = [sql`CASE WHEN ${place} IS NULL THEN 1 ELSE 0 END`, place].map(key => ({ key, descending: false }))
  return { name: addTable(builder, 'appended', query), columns, order }
}
