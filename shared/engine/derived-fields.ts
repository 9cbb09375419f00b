import { type PlainLine, plainLines } from '../enrich/plain-lines.js'

/**
 * A SELECT of rows of landing objects with `fields`: as stored, and for plain lines, whose fields landing leaves out, read
 * out of the message by the rules of `plain-lines.ts`. A differential test holds it to the parsers.
 *
 * Step by step, each a SELECT of its own, so that nothing is worked out twice. Maps are cast from structs where the keys are
 * known: of a map that is made of lists DuckDB compares the keys row by row, which costs four times as much as the rest.
 * A regular expression with so many groups costs twice as much as splitting.
 *
 * @param rows a SELECT with at least `message`, `format` and `fields`
 */
export function withFields(rows: string): string {
  const steps = plainLines.map((line, index) => stepsOf(line, `plain_${index}`))
  let relation = rows
  for (let at = 0; steps.some(({ columns }) => at < columns.length); at++) {
    const added = steps.flatMap(({ columns }) => columns[at] ?? [])
    relation = `SELECT *, ${added.map(({ name, sql }) => `${sql} AS ${name}`).join(', ')} FROM (${relation})`
  }
  const own = steps.flatMap(({ columns }) => columns.flat().map(({ name }) => name))
  const fields = `CASE WHEN fields IS NOT NULL THEN fields ${steps.map(({ whens }) => whens).join(' ')} END`
  return `SELECT * EXCLUDE (${own.join(', ')}) REPLACE (${fields} AS fields) FROM (${relation})`
}

interface Column {
  readonly name: string
  readonly sql: string
}

interface Steps {
  /** Step by step, what is worked out of columns before. */
  readonly columns: readonly (readonly Column[])[]
  /** Branches of a CASE that give the map. */
  readonly whens: string
}

function stepsOf(line: PlainLine, name: string): Steps {
  const { formats, keys, values } = line
  const pieces = (separator: string): Column => ({
    name,
    sql: `CASE WHEN fields IS NULL AND format IN (${listed(formats)}) THEN string_split(message, ${quoted(separator)}) END`,
  })
  if (values === 'between-blanks') {
    const piece = (index: number) => `${name}[${index + 1}]`
    return { columns: [[pieces(' ')]], whens: `WHEN ${name} IS NOT NULL THEN ${shapeMap(line, [], piece)}` }
  }
  const value = (index: number) => `${name}_${index}`
  const found = accessValues(name).map((sql, index) => ({ name: value(index), sql }))
  // A bit for each key that the line lacks.
  const bits = keys.map(
    (_, index) => `CASE WHEN ${value(index)} IN (${listed(line.absent)}) THEN ${2 ** index} ELSE 0 END`,
  )
  const lacks = `CASE WHEN ${name} IS NOT NULL THEN ${bits.join(' + ')} END`
  return {
    columns: [
      [pieces('"')],
      [
        { name: `${name}_head`, sql: `string_split(${name}[1], ' ')` },
        { name: `${name}_method`, sql: `split_part(${name}[2], ' ', 1)` },
      ],
      found,
      [{ name: `${name}_lacks`, sql: lacks }],
    ],
    whens: accessMap(line, `${name}_lacks`, value),
  }
}

/** The values of an access line, out of what is between quotes and of the pieces between blanks before the first. */
function accessValues(name: string): readonly string[] {
  const [head, method] = [`${name}_head`, `${name}_method`]
  return [
    `${head}[1]`,
    `${head}[2]`,
    `${head}[3]`,
    `${name}[1][length(${head}[1]) + length(${head}[2]) + length(${head}[3]) + 5:-3]`,
    method,
    `${name}[2][length(${method}) + 2:-10]`,
    `${name}[2][-8:]`,
    `${name}[3][2:4]`,
    `split_part(${name}[3], ' ', 3)`,
    `coalesce(${name}[4], '')`,
    `coalesce(${name}[6], '')`,
  ]
}

function accessMap(line: PlainLine, lacks: string, value: (index: number) => string): string {
  const { keys, absent, shapes } = line
  const whens = shapes.map(lacking => {
    const shape = keys.reduce((sum, key, index) => sum + (lacking.includes(key) ? 2 ** index : 0), 0)
    return `WHEN ${lacks} = ${shape} THEN ${shapeMap(line, lacking, value)}`
  })
  const entries = keys.map((key, index) => `{k: ${quoted(key)}, v: ${value(index)}}`).join(', ')
  const present = `list_filter([${entries}], lambda entry: entry.v NOT IN (${listed(absent)}))`
  return `${whens.join(' ')} WHEN ${lacks} IS NOT NULL THEN map_from_entries(${present})`
}

function shapeMap({ keys }: PlainLine, lacking: readonly string[], value: (index: number) => string): string {
  const members = keys.flatMap((key, index) => (lacking.includes(key) ? [] : [`${quoted(key)}: ${value(index)}`]))
  return `CAST({${members.join(', ')}} AS MAP(VARCHAR, VARCHAR))`
}

function listed(texts: readonly string[]): string {
  return texts.map(quoted).join(', ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
