import { expect, it } from 'vitest'
import { loadPipeline } from '../../shared/config/load.js'

const load = (text: string) => loadPipeline(`version: 1\n${text}`)

it('reads sizes, ages and promoted fields', () => {
  const { config, diagnostics } = load(`lake: { commitSize: 8MB, commitAge: 1h }
promote:
  - { field: status, type: long }
  - { field: user.id, column: who, type: string }
  - { field: message, type: string }
`)
  expect(diagnostics).toEqual([])
  expect(config!.lake).toEqual({ commitBytes: 8 * 1024 ** 2, commitAfterMs: 3_600_000, fileBytes: 192 * 1024 ** 2 })
  expect(config!.promote).toEqual([
    { field: 'status', column: 'status', type: 'long' },
    { field: 'user.id', column: 'who', type: 'string' },
    { field: 'message', column: 'field_message', type: 'string' },
  ])
})

it('says what is wrong with them', () => {
  const { diagnostics } = load(`lake: { commitSize: 2TB, commitAge: 90s, fileSize: 10KB }
promote:
  - { field: a, type: int }
  - { field: b, column: message, type: long }
  - { field: c, column: C-1, type: long }
`)
  expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
    ['config/bad-lake-setting', 'expected a size like 64MB, found "2TB"'],
    ['config/bad-lake-setting', 'expected a time like 5m or 1h, found "90s"'],
    ['config/bad-lake-setting', 'expected a size like 64MB, found "10KB"'],
    [expect.any(String), 'expected string, long, double or boolean, found "int"'],
    ['config/bad-promotion', 'every table has a column message'],
    ['config/bad-promotion', 'no column can have the name "C-1"'],
  ])
  expect(load('promote: [{ field: a.b, type: long }, { field: a_b, type: long }]').diagnostics[0]!.message).toBe(
    'the column a_b is there twice',
  )
})
