/** Builders that take the values of a column one by one and give it encoded. */
import type { ParquetType, Statistics } from 'hyparquet'
import type { BufferLease } from './buffer-pool.js'
import type { EncodedColumn } from './chunk.js'
import {
  encodeDeltaInt32,
  encodeDeltaMicroseconds,
  encodeIndexes,
  encodePlainInt32,
  encodePlainInt64,
  encodePlainStrings,
} from './encode.js'
import { GrowableInts } from './growable.js'
import { Levels } from './levels.js'
import { TextBytes } from './text-bytes.js'

export interface ColumnBuilder {
  encode(rows: number): EncodedColumn
}

/** Which values of an optional column are there. */
class Presence {
  readonly levels: Levels
  nulls = 0

  constructor(lease: BufferLease) {
    this.levels = new Levels(1, lease)
  }

  push(present: boolean, count = 1): void {
    this.levels.push(present ? 1 : 0, count)
    if (!present) this.nulls += count
  }
}

/** Text that seldom repeats, such as messages. Carries no bounds: nothing is pruned by them. */
export class TextColumn implements ColumnBuilder {
  readonly #values: TextBytes
  readonly #presence: Presence | null
  readonly #path: readonly string[]

  constructor(name: string, lease: BufferLease, options: { readonly optional: boolean }) {
    this.#path = [name]
    this.#values = new TextBytes(lease)
    this.#presence = options.optional ? new Presence(lease) : null
  }

  push(value: string | null): void {
    this.#presence?.push(value !== null)
    if (value !== null) this.#values.push(value)
  }

  encode(rows: number): EncodedColumn {
    return {
      path: this.#path,
      type: 'BYTE_ARRAY',
      encoding: 'DELTA_LENGTH_BYTE_ARRAY',
      body: this.#values.encode(),
      count: rows,
      nulls: this.#presence?.nulls ?? 0,
      ...(this.#presence === null ? {} : { definition: this.#presence.levels }),
      statistics: {},
    }
  }
}

type Bound = NonNullable<Statistics['min_value']>

/** How the distinct values of a dictionary column are written and bounded. */
interface ValueKind<T> {
  readonly type: ParquetType
  readonly plain: (values: readonly T[]) => Uint8Array
  readonly isLess: (a: T, b: T) => boolean
}

export const textKind: ValueKind<string> = {
  type: 'BYTE_ARRAY',
  plain: encodePlainStrings,
  isLess: (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0,
}
export const int32Kind: ValueKind<number> = { type: 'INT32', plain: encodePlainInt32, isLess: (a, b) => a < b }
export const int64Kind: ValueKind<bigint> = { type: 'INT64', plain: encodePlainInt64, isLess: (a, b) => a < b }
/** Given in ms, written in µs. */
export const instantKind: ValueKind<number> = {
  type: 'INT64',
  plain: values => encodePlainInt64(values.map(value => BigInt(value) * 1000n)),
  isLess: (a, b) => a < b,
}

/** Distinct values in order of first appearance. */
export class Dictionary<T> {
  readonly values: T[] = []
  readonly #indexes = new Map<T, number>()

  indexOf(value: T): number {
    const known = this.#indexes.get(value)
    if (known !== undefined) return known
    const index = this.values.length
    this.values.push(value)
    this.#indexes.set(value, index)
    return index
  }
}

/** The dictionary-encoded part of a chunk; a chunk without any value has no dictionary page. */
export function encodeDictionary<T>(
  indexes: GrowableInts,
  values: readonly T[],
  plain: (values: readonly T[]) => Uint8Array,
): Pick<EncodedColumn, 'encoding' | 'dictionary' | 'body'> {
  if (values.length === 0) return { encoding: 'PLAIN', body: [] }
  return {
    encoding: 'RLE_DICTIONARY',
    dictionary: { bytes: plain(values), count: values.length },
    body: encodeIndexes(indexes.view(), values.length),
  }
}

/** Values that repeat, mostly in runs, which are only counted while they last: group, stream, level, arrival. */
export class DictionaryColumn<T extends string | number | bigint> implements ColumnBuilder {
  readonly #dictionary = new Dictionary<T>()
  readonly #indexes: GrowableInts
  readonly #presence: Presence | null
  readonly #kind: ValueKind<T>
  readonly #path: readonly string[]
  readonly #bound: (value: T) => Bound
  #last: T | null = null
  #run = 0

  constructor(
    name: string,
    kind: ValueKind<T>,
    lease: BufferLease,
    options: { readonly optional: boolean; readonly bound?: (value: T) => Bound },
  ) {
    this.#path = [name]
    this.#kind = kind
    this.#indexes = new GrowableInts(lease)
    this.#presence = options.optional ? new Presence(lease) : null
    this.#bound = options.bound ?? (value => value)
  }

  push(value: T | null): void {
    if (value !== this.#last) {
      this.#endRun()
      this.#last = value
    }
    this.#run++
  }

  #endRun(): void {
    const value = this.#last
    const run = this.#run
    this.#run = 0
    if (run === 0) return
    this.#presence?.push(value !== null, run)
    if (value !== null) this.#indexes.fill(this.#dictionary.indexOf(value), run)
  }

  encode(rows: number): EncodedColumn {
    this.#endRun()
    const { values } = this.#dictionary
    return {
      path: this.#path,
      type: this.#kind.type,
      ...encodeDictionary(this.#indexes, values, this.#kind.plain),
      count: rows,
      nulls: this.#presence?.nulls ?? 0,
      ...(this.#presence === null ? {} : { definition: this.#presence.levels }),
      statistics: this.#bounds(values),
    }
  }

  #bounds(values: readonly T[]): Statistics {
    if (values.length === 0) return {}
    let least = values[0]!
    let most = values[0]!
    for (const value of values) {
      if (this.#kind.isLess(value, least)) least = value
      if (this.#kind.isLess(most, value)) most = value
    }
    return { min_value: this.#bound(least), max_value: this.#bound(most) }
  }
}

/** The event time: required, in ms, nearly ascending. */
export class InstantColumn implements ColumnBuilder {
  readonly #path: readonly string[]
  readonly #values: number[] = []
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY

  constructor(name: string) {
    this.#path = [name]
  }

  push(milliseconds: number): void {
    this.#values.push(milliseconds)
    if (milliseconds < this.#min) this.#min = milliseconds
    if (milliseconds > this.#max) this.#max = milliseconds
  }

  encode(rows: number): EncodedColumn {
    return {
      path: this.#path,
      type: 'INT64',
      encoding: 'DELTA_BINARY_PACKED',
      body: [encodeDeltaMicroseconds(Float64Array.from(this.#values))],
      count: rows,
      nulls: 0,
      statistics: rows === 0 ? {} : { min_value: microseconds(this.#min), max_value: microseconds(this.#max) },
    }
  }
}

export function microseconds(milliseconds: number): bigint {
  return BigInt(milliseconds) * 1000n
}

/** Small integers that mostly count up. */
export class Int32Column implements ColumnBuilder {
  readonly #path: readonly string[]
  readonly #values: GrowableInts
  readonly #presence: Presence

  constructor(name: string, lease: BufferLease) {
    this.#path = [name]
    this.#values = new GrowableInts(lease)
    this.#presence = new Presence(lease)
  }

  push(value: number | null): void {
    this.#presence.push(value !== null)
    if (value !== null) this.#values.push(value)
  }

  encode(rows: number): EncodedColumn {
    return {
      path: this.#path,
      type: 'INT32',
      encoding: 'DELTA_BINARY_PACKED',
      body: [encodeDeltaInt32(this.#values.view())],
      count: rows,
      nulls: this.#presence.nulls,
      definition: this.#presence.levels,
      statistics: {},
    }
  }
}
