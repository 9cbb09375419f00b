import { describe, expect, it } from 'vitest'
import { loadPipeline } from '../../shared/config/load.js'

const load = (text: string) => loadPipeline(`version: 1\nexports:\n${text}`)
const found = (text: string) => load(text).diagnostics.map(({ code, message }) => [code, message])
const day = 86_400_000

describe('exports', () => {
  it('are completed by what they do not say', () => {
    const { config } = load(`
  - { name: history, groups: "/ecs/*", from: 2026-01-15, import: true }
  - { name: copies, source: lake, groups: ["/a", "/b"], exclude: "/a/b", until: 2027-01-01, every: 6h, delay: 2h, format: csv }
`)
    expect(config?.exports).toEqual([
      {
        name: 'history',
        source: 'cloudwatch',
        groups: ['/ecs/*'],
        exclude: [],
        from: Date.UTC(2026, 0, 15),
        until: null,
        everyMs: day,
        delayMs: day / 2,
        import: true,
      },
      {
        name: 'copies',
        source: 'lake',
        groups: ['/a', '/b'],
        exclude: ['/a/b'],
        from: null,
        until: Date.UTC(2027, 0, 1),
        everyMs: day / 4,
        delayMs: day / 12,
        format: 'csv',
      },
    ])
  })

  it('are refused with every problem at once', () => {
    expect(
      found(`
  - { name: History, groups: "/a", every: 90m }
  - { name: two, groups: "/a", from: 2026-02-30, format: csv }
  - { name: two, source: lake, groups: "/a", import: true, from: 2026-02-02, until: 2026-02-01 }
`),
    ).toEqual([
      ['config/bad-name', '"History" cannot name an export'],
      ['config/bad-duration', 'expected a time like 12h or 1d, found "90m"'],
      ['config/bad-day', 'expected a day like 2026-01-15, found "2026-02-30"'],
      ['config/bad-export', 'CloudWatch Logs exports text only'],
      ['config/duplicate-name', 'there is another export two'],
      ['config/bad-export', 'what comes from the lake is in it'],
      ['config/bad-export', 'it ends before it begins'],
    ])
  })
})
