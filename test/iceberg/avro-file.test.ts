import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AvroRecord, readAvro, writeAvro } from '../../shared/iceberg/avro-file.js'

const schema: AvroRecord = {
  type: 'record',
  name: 'entry',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'name', type: ['null', 'string'], default: null },
  ],
}
const same = (found: AvroRecord): AvroRecord => found

describe('an Avro file', () => {
  it('gives back every long, text and header that was written', () => {
    const record = fc.record({
      id: fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.maxSafeInteger()),
      name: fc.option(fc.string({ unit: 'binary' })),
    })
    fc.assert(
      fc.property(fc.array(record), records => {
        const { metadata, records: read } = readAvro(
          writeAvro(schema, records, { content: 'data', ü: '{"a":1}' }),
          same,
        )
        expect(metadata.get('content')).toBe('data')
        expect(metadata.get('ü')).toBe('{"a":1}')
        expect(read.map(({ id, name }) => ({ id: BigInt(id as bigint), name }))).toEqual(
          records.map(({ id, name }) => ({ id: BigInt(id), name })),
        )
      }),
    )
  })

  it('has as many blocks as it needs', () => {
    const records = Array.from({ length: 3000 }, (_, id) => ({ id, name: `${id}`.repeat(50) }))
    expect(readAvro(writeAvro(schema, records, {}), same).records).toHaveLength(3000)
  })

  it('is refused where it is cut off, foreign, or of another codec', () => {
    const file = writeAvro(schema, [{ id: 1, name: 'a' }], {})
    expect(() => readAvro(file.subarray(0, file.length - 5), same)).toThrow('cut off')
    expect(() => readAvro(Buffer.from('PAR1'), same)).toThrow('Obj')
    const text = Buffer.from(file).toString('latin1').replace('deflate', 'snappy!')
    expect(() => readAvro(Buffer.from(text, 'latin1'), same)).toThrow('codec snappy! is not supported')
  })
})
