/**
 * A catalog in AWS Glue: a Glue table points at the metadata file, `metadata/<N>-<uuid>.metadata.json`, in its parameter
 * `metadata_location`, as Athena, Trino, Spark and PyIceberg have it. The step from one to the next is UpdateTable with
 * the VersionId that was read (Glue's optimistic locking), without an archived version of the table for every commit.
 *
 * Whatever goes wrong in that call, the table itself tells what became of it: it points at our file, or its metadata log
 * does, or it moved on without us, or it did not move.
 *
 * After a commit, `metadata/version-hint.text` has the metadata file's name without its extension. It is never asked for
 * what is current: it is for readers by path (PyIceberg's StaticTable) and for the day on which Glue has lost the table
 * (`publishedTable`).
 */
import type { Table, TableInput } from '@aws-sdk/client-glue'
import type { Catalog, LoadedTable } from '../catalog.js'
import { CatalogFailed, CommitConflict, CommitStateUnknown, TableUnreadable } from '../errors.js'
import { parseMetadata, printMetadata } from '../metadata-json.js'
import { withMetadataLog } from '../metadata-log.js'
import { withSignal } from '../read-manifests.js'
import { hintKeyOf, keyOf, metadataFolder, type TableFiles, uriOf } from '../table-files.js'
import type { TableMetadata } from '../table-metadata.js'
import { glueColumns } from './glue-columns.js'
import type { GlueTables } from './glue-tables.js'
import { isRefusal } from './refusal.js'

export interface GlueCatalogOptions {
  /** Name of the Glue database; it has to exist. */
  readonly database: string
  readonly table: string
  /** A new name for every metadata file, such as a UUID. */
  readonly newId: () => string
  /** Waits before asking again. */
  readonly sleep: (ms: number) => Promise<void>
}

const tries = 3

export function glueCatalog(glue: GlueTables, files: TableFiles, options: GlueCatalogOptions): Catalog {
  const { database, table: name } = options
  const label = `${database}.${name}`

  async function get(signal: AbortSignal | undefined): Promise<Table | null> {
    try {
      const { Table: table } = await glue.getTable({ DatabaseName: database, Name: name }, signal)
      return table ?? null
    } catch (error) {
      if (nameOf(error) === 'EntityNotFoundException') return null
      throw new CatalogFailed(`iceberg: Glue does not give table ${label}`, { cause: error })
    }
  }

  async function read(table: Table, signal: AbortSignal | undefined): Promise<LoadedTable> {
    const metadataLocation = locationOf(table)
    if (metadataLocation === null) throw new TableUnreadable(`iceberg: Glue table ${label} is not an Iceberg table`)
    const { body } = await files.store.get(keyOf(files, metadataLocation), withSignal(signal))
    return { metadata: parseMetadata(body, metadataLocation), metadataLocation, version: metadataLocation }
  }

  async function writeMetadata(metadata: TableMetadata, version: number, signal?: AbortSignal): Promise<string> {
    const key = `${metadataFolder(files)}${String(version).padStart(5, '0')}-${options.newId()}.metadata.json`
    await files.store.put(key, printMetadata(metadata), { contentType: 'application/json', ...withSignal(signal) })
    return uriOf(files, key)
  }

  async function leaveHint(location: string): Promise<void> {
    const name = location.slice(location.lastIndexOf('/') + 1, -'.metadata.json'.length)
    const body = Buffer.from(name)
    // The commit is done, hint or no hint.
    await files.store.put(hintKeyOf(files), body, { contentType: 'text/plain' }).catch(() => undefined)
  }

  /** Whether the table is at our file or went on from it, is where it was before, or went on without us. */
  async function outcome(location: string, before: string | null): Promise<'ours' | 'unmoved' | 'theirs'> {
    const table = await get(undefined)
    const current = table === null ? null : locationOf(table)
    if (current === location) return 'ours'
    if (current === before) return 'unmoved'
    if (table === null) return 'theirs'
    const { metadata } = await read(table, undefined)
    return metadata['metadata-log']?.some(entry => entry['metadata-file'] === location) ? 'ours' : 'theirs'
  }

  /** Makes the call until it is known what became of it. */
  async function settle(
    call: () => Promise<unknown>,
    location: string,
    before: string | null,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (let tried = 1; ; tried++) {
      try {
        await call()
        return
      } catch (cause) {
        const state = await outcome(location, before).catch((error: unknown) => {
          throw new CommitStateUnknown(`iceberg: no answer of Glue for ${label}: ${String(error)}`, { cause })
        })
        if (state === 'ours') return
        if (state === 'theirs' || isRace(cause)) {
          throw new CommitConflict(`iceberg: another commit to ${label} was first`, { cause })
        }
        if (isRefusal(cause)) throw new CatalogFailed(`iceberg: Glue refuses the change to ${label}`, { cause })
        if (tried === tries || signal?.aborted) {
          throw new CommitStateUnknown(`iceberg: no answer of Glue for ${label}`, { cause })
        }
        await options.sleep(100 * 2 ** tried)
      }
    }
  }

  return {
    async load(signal) {
      const table = await get(signal)
      return table === null ? null : read(table, signal)
    },

    async create(metadata, signal) {
      if ((await get(signal)) !== null) throw new CommitConflict(`iceberg: there is a Glue table ${label}`)
      const location = await writeMetadata(metadata, 0, signal)
      const input = tableInput({ Name: name, TableType: 'EXTERNAL_TABLE' }, metadata, location, null)
      await settle(
        () => glue.createTable({ DatabaseName: database, TableInput: input }, signal),
        location,
        null,
        signal,
      )
      await leaveHint(location)
      return { metadata, metadataLocation: location, version: location }
    },

    async commit(base, metadata, signal) {
      const table = await get(signal)
      const before = base.metadataLocation
      if (table === null || locationOf(table) !== before) {
        throw new CommitConflict(`iceberg: another commit to ${label} was first`)
      }
      const next = withMetadataLog(metadata, base)
      const location = await writeMetadata(next, versionOf(before) + 1, signal)
      const request = {
        DatabaseName: database,
        TableInput: tableInput(inputOf(table), next, location, before),
        SkipArchive: true,
        ...(table.VersionId === undefined ? {} : { VersionId: table.VersionId }),
      }
      await settle(() => glue.updateTable(request, signal), location, before, signal)
      await leaveHint(location)
      return { metadata: next, metadataLocation: location, version: location }
    },
  }
}

/** UpdateTable replaces the whole table, so all that it takes is handed back as it was, but for what is Iceberg's. */
function tableInput(input: TableInput, metadata: TableMetadata, location: string, before: string | null): TableInput {
  return {
    ...input,
    Parameters: {
      ...input.Parameters,
      table_type: 'ICEBERG',
      metadata_location: location,
      ...(before === null ? {} : { previous_metadata_location: before }),
    },
    StorageDescriptor: {
      ...input.StorageDescriptor,
      Location: metadata.location,
      Columns: glueColumns(metadata),
    },
  }
}

/** What GetTable gives is more than UpdateTable takes. */
function inputOf(table: Table): TableInput {
  const { Name, Description, Owner, LastAccessTime, LastAnalyzedTime, Retention, StorageDescriptor } = table
  const { PartitionKeys, ViewOriginalText, ViewExpandedText, TableType, Parameters, TargetTable } = table
  const input = {
    Name,
    Description,
    Owner,
    LastAccessTime,
    LastAnalyzedTime,
    Retention,
    StorageDescriptor,
    PartitionKeys,
    ViewOriginalText,
    ViewExpandedText,
    TableType,
    Parameters,
    TargetTable,
  }
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as unknown as TableInput
}

function locationOf({ Parameters: parameters = {} }: Table): string | null {
  const isIceberg = parameters.table_type?.toLowerCase() === 'iceberg'
  return (isIceberg && parameters.metadata_location) || null
}

/** The number that a metadata file's name begins with; 0 for a name that another engine made otherwise. */
function versionOf(location: string): number {
  return Number(/\/v?(\d{1,15})[^/]*$/.exec(location)?.[1] ?? 0)
}

/** Glue says that somebody else changed the table or made it; ours was not applied if the table is unmoved. */
function isRace(error: unknown): boolean {
  return ['ConcurrentModificationException', 'AlreadyExistsException'].includes(nameOf(error))
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}
