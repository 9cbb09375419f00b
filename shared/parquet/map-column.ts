/**
 * The `fields` map: two leaf columns, key and value, that share their levels. Built flat, without an object per entry;
 * formats with fixed columns pass the same `keys` array for every row, whose dictionary indexes are then known.
 */
import type { EncodedColumn } from './chunk.js'
import { Dictionary, encodeDictionary } from './columns.js'
import { encodePlainStrings } from './encode.js'
import { GrowableBytes, GrowableInts } from './growable.js'
import type { FieldMap } from './schema.js'

/** Levels: 0 no map, 1 an empty map, 2 an entry (and its key), 3 an entry with a value. */
const maxKeyLevel = 2
const maxValueLevel = 3

export class MapColumn {
  readonly #path: string
  readonly #keys = new Dictionary<string>()
  readonly #values = new Dictionary<string>()
  readonly #keyIndexes = new GrowableInts()
  readonly #valueIndexes = new GrowableInts()
  readonly #repetition = new GrowableBytes()
  readonly #definition = new GrowableBytes()
  readonly #knownKeys = new WeakMap<readonly string[], Int32Array>()
  /** Value and index last seen at each position: columns such as a version or an account repeat row by row. */
  #lastValues: (string | null)[] = []
  #lastIndexes: number[] = []
  #nulls = 0

  constructor(name: string) {
    this.#path = name
  }

  push(fields: FieldMap | null): void {
    if (fields === null) {
      this.#pushBare(0)
      return
    }
    const { keys, values } = fields
    const keyIndexes = this.#indexesOf(keys)
    let entries = 0
    for (let position = 0; position < keys.length; position++) {
      const value = values[position]
      if (value === null || value === undefined) continue
      this.#repetition.push(entries === 0 ? 0 : 1)
      this.#keyIndexes.push(keyIndexes[position]!)
      this.#valueIndexes.push(this.#valueIndex(value, position))
      entries++
    }
    if (entries === 0) this.#pushBare(1)
    else this.#definition.fill(maxValueLevel, entries)
  }

  encode(rows: number): readonly [key: EncodedColumn, value: EncodedColumn] {
    const count = this.#definition.length
    const repetition = { values: this.#repetition.view(), max: 1 }
    const leaf = (name: string, dictionary: Dictionary<string>, indexes: GrowableInts) =>
      ({
        path: [this.#path, 'key_value', name],
        type: 'BYTE_ARRAY',
        ...encodeDictionary(indexes, dictionary.values, encodePlainStrings),
        rows,
        count,
        nulls: this.#nulls,
        repetition,
        statistics: {},
      }) as const
    const values = this.#definition.view()
    const keyLevels = values.map(level => Math.min(level, maxKeyLevel))
    return [
      { ...leaf('key', this.#keys, this.#keyIndexes), definition: { values: keyLevels, max: maxKeyLevel } },
      { ...leaf('value', this.#values, this.#valueIndexes), definition: { values, max: maxValueLevel } },
    ]
  }

  #pushBare(level: 0 | 1): void {
    this.#repetition.push(0)
    this.#definition.push(level)
    this.#nulls++
  }

  #indexesOf(keys: readonly string[]): Int32Array {
    const known = this.#knownKeys.get(keys)
    if (known !== undefined) return known
    const indexes = Int32Array.from(keys, key => this.#keys.indexOf(key))
    this.#knownKeys.set(keys, indexes)
    return indexes
  }

  #valueIndex(value: string, position: number): number {
    if (this.#lastValues[position] === value) return this.#lastIndexes[position]!
    const index = this.#values.indexOf(value)
    this.#lastValues[position] = value
    this.#lastIndexes[position] = index
    return index
  }
}
