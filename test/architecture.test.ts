import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Who may import whom; a folder's own files always, anything not listed never. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'shared/diagnostics': [],
  'shared/store': [],
  'shared/cloudwatch': ['shared/diagnostics'],
  'shared/plan': ['shared/diagnostics'],
  'shared/parquet': ['shared/diagnostics'],
  'shared/filter-pattern': ['shared/diagnostics', 'shared/plan'],
  'shared/insights': ['shared/diagnostics', 'shared/plan'],
  'shared/sql': ['shared/diagnostics', 'shared/plan'],
  'shared/enrich': ['shared/diagnostics', 'shared/cloudwatch', 'shared/filter-pattern'],
  'shared/config': ['shared/diagnostics', 'shared/filter-pattern', 'shared/cloudwatch', 'shared/enrich'],
  'shared/metrics': ['shared/diagnostics', 'shared/cloudwatch', 'shared/filter-pattern'],
  'shared/iceberg': ['shared/diagnostics', 'shared/parquet', 'shared/store'],
  'shared/lake': ['shared/diagnostics', 'shared/iceberg', 'shared/parquet', 'shared/store', 'shared/cloudwatch'],
  'shared/engine': [
    'shared/diagnostics',
    'shared/enrich',
    'shared/plan',
    'shared/sql',
    'shared/iceberg',
    'shared/lake',
    'shared/parquet',
    'shared/store',
  ],
  'shared/pipeline': [
    'shared/diagnostics',
    'shared/store',
    'shared/cloudwatch',
    'shared/parquet',
    'shared/enrich',
    'shared/config',
    'shared/lake',
    'shared/metrics',
  ],
  'shared/jobs': [
    'shared/diagnostics',
    'shared/store',
    'shared/cloudwatch',
    'shared/parquet',
    'shared/enrich',
    'shared/config',
    'shared/iceberg',
    'shared/lake',
    'shared/metrics',
    'shared/plan',
    'shared/insights',
    'shared/filter-pattern',
    'shared/sql',
    'shared/engine',
    'shared/pipeline',
  ],
  functions: ['shared', 'functions/composition'],
  'functions/composition': ['shared'],
  cli: ['shared'],
  local: ['shared', 'scripts/build'],
  scripts: ['shared', 'local'],
}

/** The folders where adapters are chosen. */
const compositionRoots = ['functions', 'functions/composition', 'cli', 'local', 'scripts']

const adapters = [
  'shared/store/s3.ts',
  'shared/store/disk.ts',
  'shared/store/memory.ts',
  'shared/iceberg/catalogs/s3.ts',
  'shared/iceberg/catalogs/glue.ts',
  'shared/engine/duckdb.ts',
  'shared/engine/athena.ts',
]

/** Folders that get clock, randomness, environment, files and clients as arguments. */
const pure = [
  'shared/diagnostics',
  'shared/cloudwatch',
  'shared/plan',
  'shared/filter-pattern',
  'shared/enrich',
  'shared/insights',
  'shared/sql',
]
const impure =
  /\b(Date\.now|new Date\(\)|Math\.random|process\.env|performance\.now|randomUUID)\b|from 'node:(?!zlib|crypto|buffer)/

const root = resolve(import.meta.dirname, '..')
const sources = ['functions', 'shared', 'cli', 'local', 'scripts'].flatMap(folder =>
  typescriptFiles(join(root, folder)),
)

describe('architecture', () => {
  it('imports only downwards', () => {
    expect(sources.length).toBeGreaterThan(20)
    const wrong = sources.flatMap(file =>
      importsOf(file)
        .filter(target => !isAllowed(file, target))
        .map(target => `${relative(root, file)} -> ${relative(root, target)}`),
    )
    expect(wrong).toEqual([])
  })

  it('keeps pure folders pure', () => {
    const wrong = sources.filter(
      file => pure.some(folder => isIn(file, folder)) && impure.test(codeOf(readFileSync(file, 'utf8'))),
    )
    expect(wrong.map(file => relative(root, file))).toEqual([])
  })

  it('knows every folder of shared/', () => {
    const folders = readdirSync(join(root, 'shared')).map(name => `shared/${name}`)
    expect(folders.filter(folder => !(folder in mayImport))).toEqual([])
  })

  it('keeps files short', () => {
    const long = sources.filter(file => readFileSync(file, 'utf8').split('\n').length > 500)
    expect(long.map(file => relative(root, file))).toEqual([])
  })
})

function isAllowed(file: string, target: string): boolean {
  const from = folderOf(file)
  const to = folderOf(target)
  if (from === to) return from !== 'functions'
  if (!compositionRoots.includes(from) && adapters.includes(relative(root, target))) return false
  return (mayImport[from] ?? []).some(allowed => isIn(target, allowed))
}

function folderOf(file: string): string {
  const [first = '', second = ''] = relative(root, file).split('/')
  return first === 'shared' || file.includes('/functions/composition/') ? `${first}/${second}` : first
}

function isIn(file: string, folder: string): boolean {
  return relative(root, file).startsWith(`${folder}/`)
}

function importsOf(file: string): string[] {
  const code = readFileSync(file, 'utf8')
  return [...code.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(match =>
    resolve(dirname(file), match[1]!.replace(/\.js$/, '.ts')),
  )
}

function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')
}

function typescriptFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => join(entry.parentPath, entry.name))
}
