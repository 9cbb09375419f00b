import { describe, expect, it } from 'vitest'
import { readTime } from '../../cli/times.js'

const now = Date.UTC(2026, 0, 15, 12)

describe('a time of the command line', () => {
  it.each([
    ['90m', Date.UTC(2026, 0, 15, 10, 30)],
    ['30s', Date.UTC(2026, 0, 15, 11, 59, 30)],
    ['2d', Date.UTC(2026, 0, 13, 12)],
    ['1w', Date.UTC(2026, 0, 8, 12)],
    ['now', now],
    ['2026-01-14', Date.UTC(2026, 0, 14)],
    ['2026-01-14T10:30Z', Date.UTC(2026, 0, 14, 10, 30)],
    ['2026-01-14 10:30:05', Date.UTC(2026, 0, 14, 10, 30, 5)],
    ['2026-01-14T10:30+02:00', Date.UTC(2026, 0, 14, 8, 30)],
    ['2026-01-14T10:30:05.123456789Z', Date.UTC(2026, 0, 14, 10, 30, 5, 123)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['1768478400', now],
    ['1768478400123', now + 123],
  ])('%s', (text, ms) => {
    expect(readTime(text, now)).toBe(ms)
  })

  it.each(['yesterday', '5', '2026-13-45', '2026-02-30', '2025-02-29T10:00', '5 m', '2026-01-15T', ''])(
    'refuses %j',
    text => {
      expect(() => readTime(text, now)).toThrow('expected a time like 2026-01-15T10:30Z or 6h')
    },
  )
})
