/**
 * The `fields` map: two leaf columns, key and value, that share their levels. Built flat, without an object per entry;
 * formats with fixed columns pass the same `keys` array for every row, whose dictionary indexes are then known.
 */
import type { BufferLease } from './buffer-pool.js'
import type { EncodedColumn } from './chunk.js'
import { Dictionary, encodeDictionary } from './columns.js'
import { encodePlainStrings } from './encode.js'
import { GrowableInts } from './growable.js'
import { Levels } from './levels.js'
import type { FieldMap } from './schema.js'
import { TextBytes } from './text-bytes.js'

/** Levels: 0 no map, 1 an empty map, 2 an entry (and its key), 3 an entry with a value. */
const maxKeyLevel = 2
const maxValueLevel = 3

/** A format has a handful of kinds of line, each with keys of its own. */
const maxKnownKeys = 8

export class MapColumn {
  readonly #path: string
  readonly #keys = new Dictionary<string>()
  readonly #keyIndexes: GrowableInts
  /**
   * Without a dictionary: most distinct values of a log line are seen once or twice, and indexes to them compress worse
   * than the text does (docs/decisions/0002-parquet-writer.md).
   */
  readonly #values: TextBytes
  readonly #repetition: Levels
  readonly #keyLevels: Levels
  readonly #valueLevels: Levels
  /** Lists of keys that came lately, and the dictionary indexes of each. */
  readonly #knownKeys: (readonly string[])[] = []
  readonly #knownIndexes: (readonly number[])[] = []
  #oldest = 0
  #nulls = 0

  constructor(name: string, lease: BufferLease) {
    this.#path = name
    this.#keyIndexes = new GrowableInts(lease)
    this.#values = new TextBytes(lease)
    this.#repetition = new Levels(1, lease)
    this.#keyLevels = new Levels(maxKeyLevel, lease)
    this.#valueLevels = new Levels(maxValueLevel, lease)
  }

  push(fields: FieldMap | null): void {
    if (fields === null) {
      this.#pushBare(0)
      return
    }
    const keyIndexes = this.#indexesOf(fields.keys)
    const entries = this.#pushEntries(fields, keyIndexes)
    if (entries === 0) {
      this.#pushBare(1)
      return
    }
    this.#repetition.push(0)
    if (entries > 1) this.#repetition.push(1, entries - 1)
    this.#keyLevels.push(maxKeyLevel, entries)
    this.#valueLevels.push(maxValueLevel, entries)
  }

  encode(): readonly [key: EncodedColumn, value: EncodedColumn] {
    const leaf = {
      type: 'BYTE_ARRAY',
      count: this.#valueLevels.length,
      nulls: this.#nulls,
      repetition: this.#repetition,
      statistics: {},
    } as const
    const key: EncodedColumn = {
      ...leaf,
      path: [this.#path, 'key_value', 'key'],
      ...encodeDictionary(this.#keyIndexes, this.#keys.values, encodePlainStrings),
      definition: this.#keyLevels,
    }
    const value: EncodedColumn = {
      ...leaf,
      path: [this.#path, 'key_value', 'value'],
      encoding: 'DELTA_LENGTH_BYTE_ARRAY',
      body: this.#values.encode(),
      definition: this.#valueLevels,
    }
    return [key, value]
  }

  #pushEntries(fields: FieldMap, keyIndexes: readonly number[]): number {
    if ('values' in fields) return this.#pushListed(fields.values, keyIndexes)
    if ('spans' in fields) return this.#pushSpans(fields.text, fields.spans, keyIndexes)
    return this.#pushColumns(fields.text, keyIndexes)
  }

  #pushListed(values: readonly (string | null)[], keyIndexes: readonly number[]): number {
    let entries = 0
    for (let position = 0; position < keyIndexes.length; position++) {
      const value = values[position]
      if (value === null || value === undefined) continue
      this.#keyIndexes.push(keyIndexes[position]!)
      this.#values.push(value)
      entries++
    }
    return entries
  }

  #pushSpans(text: string, spans: readonly number[], keyIndexes: readonly number[]): number {
    let entries = 0
    for (let position = 0; position < keyIndexes.length; position++) {
      if (spans[2 * position]! < 0) continue
      this.#keyIndexes.push(keyIndexes[position]!)
      entries++
    }
    this.#values.pushSpans(text, spans)
    return entries
  }

  #pushColumns(text: string, keyIndexes: readonly number[]): number {
    this.#keyIndexes.append(keyIndexes)
    this.#values.pushColumns(text)
    return keyIndexes.length
  }

  #pushBare(level: 0 | 1): void {
    this.#repetition.push(0)
    this.#keyLevels.push(level)
    this.#valueLevels.push(level)
    this.#nulls++
  }

  /** Formats with fixed columns pass the same arrays again and again. */
  #indexesOf(keys: readonly string[]): readonly number[] {
    const known = this.#knownKeys.indexOf(keys)
    if (known !== -1) return this.#knownIndexes[known]!
    const indexes = keys.map(key => this.#keys.indexOf(key))
    this.#knownKeys[this.#oldest] = keys
    this.#knownIndexes[this.#oldest] = indexes
    this.#oldest = (this.#oldest + 1) % maxKnownKeys
    return indexes
  }
}
