import { tmpdir } from 'node:os'
import { renderDiagnostic } from '../shared/diagnostics/diagnostic.js'
import { byteSize, counted } from '../shared/diagnostics/table.js'
import { lowerQuery, parseQuery } from '../shared/insights/index.js'
import { bucketTarget, folderTarget } from '../shared/jobs/export-targets.js'
import { type ExportFormat, type ExportTarget, exportLake, type LakeExportRequest } from '../shared/jobs/lake-export.js'
import type { Project } from '../shared/plan/node.js'
import { s3Store } from '../shared/store/s3.js'
import { s3Upload } from '../shared/store/s3-upload.js'
import { knownGroups } from './known-groups.js'
import { openLake, readTime } from './lake.js'
import { namedGroups } from './log-groups.js'
import { endProgress, progress } from './logs-options.js'
import { openEngine } from './open-engine.js'
import { s3Place } from './s3-place.js'

export interface LakeExportOptions {
  readonly group?: readonly string[]
  readonly since: string
  readonly until: string
  readonly query?: string
  readonly format: string
  readonly every: string
  readonly lake?: string
  readonly json?: boolean
}

/** Events, or the rows of a query, to files. @returns the exit status */
export async function lakeToFiles(place: string, options: LakeExportOptions): Promise<number> {
  const now = Date.now()
  const from = readTime(options.since, now)
  const to = readTime(options.until, now)
  const everyMs = now - readTime(options.every, now)
  if (from >= to) throw new Error(`--until ${options.until} is not after --since ${options.since}`)
  if (!(everyMs >= 60_000)) throw new Error(`--every: expected a minute or more, as in 6h, found ${options.every}`)
  const format = formatOf(options.format)
  const groups = options.group ?? []
  const lake = openLake(options.lake)
  let plan: Project | null = null
  let request: LakeExportRequest = { kind: 'events', groups, exclude: [], from, to, everyMs, format }
  if (options.query !== undefined) {
    const names = groups.length === 0 ? undefined : await namedGroups(groups, () => knownGroups(lake))
    plan = planOf(options.query, from, to, names)
    const scope = JSON.stringify([groups, options.since, options.until])
    request = { kind: 'query', query: options.query, scope, format }
  }
  const { engine, toParquet, close } = await openEngine(lake)
  try {
    const manifest = await exportLake(request, plan, {
      engine,
      toParquet,
      target: targetOf(place),
      scratch: tmpdir(),
      onPart: ({ file, rows }, done, all) => progress(`${done} of ${all}: ${file}, ${counted(rows, 'row')}`),
    })
    endProgress()
    const rows = manifest.parts.reduce((sum, part) => sum + part.rows, 0)
    const bytes = manifest.parts.reduce((sum, part) => sum + part.bytes, 0)
    const text = `${counted(rows, 'row')} in ${counted(manifest.parts.length, 'file')}, ${byteSize(bytes)}: ${place}\n`
    process.stdout.write(options.json === true ? `${JSON.stringify(manifest)}\n` : text)
    return 0
  } finally {
    close()
  }
}

function formatOf(text: string): ExportFormat {
  if (text === 'ndjson' || text === 'csv' || text === 'parquet') return text
  throw new Error(`--format: expected ndjson, csv or parquet, found ${JSON.stringify(text)}`)
}

function targetOf(place: string): ExportTarget {
  const s3 = s3Place(place)
  return s3 === undefined ? folderTarget(place) : bucketTarget(s3Store(s3), '', s3Upload(s3))
}

function planOf(query: string, from: number, to: number, logGroups: readonly string[] | undefined): Project {
  const parsed = parseQuery(query)
  const scope = logGroups === undefined ? {} : { logGroups }
  const options = { from, to: to - 1, now: null, lookupTables: new Map(), ...scope }
  const lowered = 'ast' in parsed ? lowerQuery(parsed.ast, query, options) : parsed
  if (!('diagnostics' in lowered)) return lowered.plan
  const shown = lowered.diagnostics.map(problem => renderDiagnostic({ name: 'query', text: query }, problem))
  throw new Error(`the query is wrong\n${shown.join('\n')}`)
}
