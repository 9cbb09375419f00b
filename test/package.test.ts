import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as Record<
  string,
  Record<string, string>
>
const groups = ['dependencies', 'devDependencies', 'optionalDependencies'] as const
const dependencies = Object.assign({}, ...groups.map(group => manifest[group] ?? {})) as Record<string, string>

describe('the package', () => {
  it('takes exact versions', () => {
    const loose = Object.entries(dependencies).filter(
      ([, version]) => !/^(npm:[^@]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    )
    expect(loose).toEqual([])
  })

  it('has a reason for every dependency', () => {
    const reasons = readFileSync(resolve(root, 'docs/decisions/0001-dependencies.md'), 'utf8')
    expect(
      Object.keys(dependencies).filter(name => !reasons.includes(`\`${name}\``) && name !== '@types/node'),
    ).toEqual([])
  })

  it('names no registry host in its lock file', () => {
    const lock = JSON.parse(readFileSync(resolve(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { resolved?: string }>
    }
    expect(Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
  })

  it('runs on Node 20', () => {
    expect(manifest.engines).toEqual({ node: '>=20' })
  })
})
