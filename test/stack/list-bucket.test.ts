import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const infra = resolve(import.meta.dirname, '../../infra')

interface Statement {
  readonly Action: string | readonly string[]
  readonly Condition?: unknown
}

/** Every statement of a role, wherever it stands in the file. */
function statementsOf(value: unknown): readonly Statement[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value).flatMap(statementsOf)
  return 'Action' in value && 'Effect' in value ? [value as Statement, ...inner] : inner
}

const roles = readdirSync(infra)
  .filter(name => name.endsWith('.yml'))
  .map(name => ({
    name,
    statements: statementsOf(parse(readFileSync(join(infra, name), 'utf8'), { logLevel: 'silent' })),
  }))

describe('s3:ListBucket', () => {
  it.each(['subscribe', 'retain', 'export', 'replay', 'commit', 'compact', 'query'])(
    'is allowed to %s without a condition: a GET of what is not there answers 404 only to who may list',
    name => {
      const { statements } = roles.find(role => role.name === `${name}.yml`)!
      const listing = statements.filter(({ Action }) => [Action].flat().includes('s3:ListBucket'))
      expect(listing.length).toBeGreaterThan(0)
      expect(listing.filter(({ Condition }) => Condition !== undefined)).toEqual([])
    },
  )
})
