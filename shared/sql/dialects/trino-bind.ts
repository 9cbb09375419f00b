import { raw, type Sql, sql } from '../fragment.js'

/** Computes a value once, and hands it on by a name; a list of one is what Trino has for that. */
export const bind = (name: string, value: Sql, use: (bound: Sql) => Sql) =>
  sql`element_at(transform(ARRAY[${value}], ${raw(name)} -> ${use(raw(name))}), 1)`
