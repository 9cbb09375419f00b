import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadPipeline } from '../../shared/config/load.js'
import { formats } from '../../shared/enrich/formats.js'
import { identifierNames } from '../../shared/enrich/redact/identifiers.js'

const guide = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8')

describe('the guide to the configuration', () => {
  const blocks = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(match => match[1]!)

  it.each(blocks)('shows a pipeline that holds: %j', block => {
    expect(loadPipeline(block).diagnostics).toEqual([])
  })

  it('names every format and identifier, in order', () => {
    const listed = /The names: (.*?)\./s.exec(guide)![1]!.match(/[a-z0-9-]+/g)
    expect(listed).toEqual([...formats.map(({ name }) => name), 'text'].sort())
    expect([...guide.matchAll(/^\| `([a-z0-9-]+)` \| .* \| .* \|$/gm)].map(match => match[1]).slice(-9)).toEqual(
      identifierNames,
    )
  })
})
