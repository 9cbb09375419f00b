import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { edited, footerBytes, listAt, listOf, tailBytes, withTail } from '../../shared/parquet/footer.js'
import {
  readThrift,
  type ThriftField,
  type ThriftStruct,
  type ThriftValue,
  thriftType,
  writeThrift,
} from '../../shared/parquet/thrift.js'
import { type LakeWorld, lakeWorld } from './lake-world.js'
import { event, landingFile } from './landed.js'

type Fields = Readonly<Record<number, ThriftField>>
type Change = (struct: ThriftStruct) => ThriftStruct

const long = (value: bigint): ThriftField => ({ type: thriftType.i64, value })
const text = (value: string | Uint8Array): ThriftField => ({ type: thriftType.binary, value: Buffer.from(value) })
const struct = (value: ThriftStruct): ThriftField => ({ type: thriftType.struct, value })

/** Ids of FileMetaData, RowGroup, ColumnChunk and ColumnMetaData. */
const [schemaId, rowsId, groupsId, chunksId, metaId, statisticsId] = [2, 3, 4, 1, 3, 12]

const within =
  (id: number, change: Change): Change =>
  parent =>
    edited(parent, { [id]: struct(change(parent.get(id)!.value as ThriftStruct)) }, [])
const each =
  (id: number, change: Change, only?: number): Change =>
  parent => {
    const items = listAt(parent, id).map((item, at) => (only === undefined || only === at ? change(item) : item))
    return edited(parent, { [id]: listOf(items) }, [])
  }
const set =
  (fields: Fields, without: readonly number[] = []): Change =>
  parent =>
    edited(parent, fields, without)

const inGroups = (change: Change) => each(groupsId, change)
const inMeta = (change: Change, only?: number) => inGroups(each(chunksId, within(metaId, change), only))
const inStatistics = (change: Change, only?: number) => inMeta(within(statisticsId, change), only)

const nested = (depth: number): ThriftStruct => (depth === 0 ? new Map() : new Map([[1, struct(nested(depth - 1))]]))
const deepSchema: Change = tree => {
  const one = new Map([
    [4, text('deep')],
    [5, { type: thriftType.i32, value: 1n }],
  ])
  return set({ [schemaId]: listOf([...listAt(tree, schemaId), ...Array.from({ length: 20_000 }, () => one)]) })(tree)
}

/** An object of its own whose bytes stand under another footer. */
function under(change: Change, id: number): Uint8Array {
  const file = landingFile([event(id), event(id + 1)])
  const end = file.length - footerBytes(file)
  const tree = readThrift(file.subarray(end, file.length - tailBytes))
  return Buffer.concat([file.subarray(0, end), withTail(writeThrift(change(tree)))])
}

const localMicros: ThriftStruct = new Map([
  [
    8,
    struct(
      new Map<number, ThriftField>([
        [1, { type: thriftType.false, value: false }],
        [2, struct(new Map([[2, struct(new Map())]]))],
      ]),
    ),
  ],
])
const zeros = new Uint8Array(8)
const list: ThriftField = { type: thriftType.list, value: { type: thriftType.i32, items: [1n] as ThriftValue[] } }

const refused: Readonly<Record<string, Change>> = {
  'no offsets': inMeta(set({ 9: long(0n) }, [10, 11])),
  'negative offsets': inMeta(set({ 9: long(-5n) }, [10, 11])),
  'an offset beyond the file': inMeta(set({ 9: long(1n << 62n) }), 3),
  'an offset that is a text': inMeta(set({ 9: text(Uint8Array.of(5)) })),
  // Joined, it would be those of the object behind it.
  'pages behind the end': inMeta(set({ 9: long(9_000n), 11: long(4n) }), 3),
  'an extreme that is a number': inStatistics(set({ 6: long(5n) }), 1),
  'an extreme that is a list': inStatistics(set({ 6: list }), 1),
  'times that are not those of the rows': inStatistics(set({ 5: text(zeros), 6: text(zeros) }), 0),
  'rows that do not add up': set({ [rowsId]: long(50n) }),
  'row groups of less than no rows': inGroups(set({ 3: long(-2n) })),
  'rows that are not there': tree => set({ [rowsId]: long(3n) })(inGroups(set({ 3: long(3n) }))(tree)),
  'more chunks than columns': inGroups(group => set({ 1: listOf([...listAt(group, 1), ...listAt(group, 1)]) })(group)),
  'fewer chunks than columns': inGroups(group => set({ 1: listOf(listAt(group, 1).slice(0, 5)) })(group)),
  'no row groups': set({}, [groupsId]),
  'row groups that are numbers': set({ [groupsId]: list }),
  'chunks in another file': inGroups(each(chunksId, set({ 1: text('x') }))),
  'chunks without metadata': inGroups(each(chunksId, set({}, [metaId]))),
  'another codec': inMeta(set({ 4: { type: thriftType.i32, value: 1n } })),
  'texts that are said to be BSON': each(schemaId, set({ 10: struct(new Map([[13, struct(new Map())]])) }), 4),
  'times that are said to be local': each(schemaId, set({ 10: struct(localMicros) }), 1),
  // Of a number of another width than it should have some readers take no notice.
  'texts that are bytes for some': each(schemaId, set({ 6: { type: thriftType.i64, value: 0n } }, [10]), 18),
  'columns of lists': each(schemaId, set({ 3: { type: thriftType.i32, value: 2n } }), 4),
  'a schema deeper than the stack': deepSchema,
  'columns with fewer columns than none': each(schemaId, set({ 5: { type: thriftType.i32, value: -3n } }), 3),
  'columns with too many columns': each(schemaId, set({ 5: { type: thriftType.i32, value: 2_000_000_000n } }), 3),
  'a column twice': tree => set({ [schemaId]: listOf([...listAt(tree, schemaId), listAt(tree, schemaId)[4]!]) })(tree),
  'names for every row, or none': each(schemaId, set({ 3: { type: thriftType.i32, value: 1n } }), 2),
  'rows without a name': inStatistics(set({ 3: long(1n) }), 1),
  'what is nested too deeply': set({ 99: struct(nested(33)) }),
  nothing: () => new Map(),
}

const taken: Readonly<Record<string, Change>> = {
  'no counts of nulls': inStatistics(set({}, [3])),
  'a size below nothing': inMeta(set({ 7: long(-100n) }), 3),
  'a size above all': inMeta(set({ 7: long(1n << 62n) }), 3),
  'where filters are': inMeta(set({ 14: long(1n << 40n), 15: { type: thriftType.i32, value: 5n } })),
  'where indexes are': inGroups(each(chunksId, set({ 4: long(1n << 40n), 6: long(1n << 40n) }))),
  'a row group twice': tree => {
    const groups = listAt(tree, groupsId)
    return set({ [rowsId]: long(4n), [groupsId]: listOf([...groups, ...groups]) })(tree)
  },
  'what is nested deeply': set({ 99: struct(nested(31)) }),
  'what is nested as deeply': set({ 99: struct(nested(31)) }),
}

describe('footers of strangers', () => {
  let world: LakeWorld
  beforeEach(async () => {
    world = await lakeWorld()
  })
  afterEach(() => world.close())

  const good = [event(1), event(2), event(3)]

  /** Between good ones. */
  async function land(changes: readonly Change[]): Promise<readonly string[]> {
    await world.land(good.slice(0, 1))
    const keys = changes.map((_, at) => `landing/2026-01-15/1-2-${String(at).padStart(24, '0')}.parquet`)
    for (const [at, change] of changes.entries()) await world.store.put(keys[at]!, under(change, 1_000 + 10 * at))
    await world.land(good.slice(1))
    return keys
  }

  it.each(Object.entries(refused))('refused with %s, and nothing else with it', async (_, change) => {
    const [key] = await land([change])
    const { rows, waiting, setAside } = await world.commit()
    expect({ rows, waiting, setAside: setAside.map(each => each.key) }).toEqual({
      rows: 3,
      waiting: 0,
      setAside: [key],
    })
    expect(await world.readTable()).toEqual(['1:event 1', '2:event 2', '3:event 3'])
  })

  it.each([
    ['times that are not those of the rows', 'has rows that its statistics leave out'],
    ['texts that are bytes for some', 'has the columns fields as MAP(VARCHAR, BLOB), for this engine'],
  ])('listed with what is wrong with them: %s', async (name, reason) => {
    await land([refused[name]!])
    expect((await world.commit()).setAside).toMatchObject([{ reason }])
  })

  it('all of them at once', async () => {
    const keys = await land(Object.values(refused))
    const { setAside } = await world.commit()
    expect(setAside.map(({ key }) => key).sort()).toEqual(keys)
    expect(await world.readTable()).toEqual(['1:event 1', '2:event 2', '3:event 3'])
  })

  it('are no harm where they say what nobody needs', async () => {
    const keys = await land(Object.values(taken))
    const { setAside } = await world.commit()
    expect(setAside).toEqual([])
    const wanted = keys.flatMap((_, at) => [1_000 + 10 * at, 1_001 + 10 * at]).map(id => `${id}:event ${id}`)
    expect(await world.readTable()).toEqual([...wanted, '1:event 1', '2:event 2', '3:event 3'].sort())
  })
})
