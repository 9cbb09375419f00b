/**
 * Glue's tables as documented: versions that count up, VersionId checked, the table replaced as a whole, and what it was
 * archived unless UpdateTable says otherwise.
 */
import type { Table } from '@aws-sdk/client-glue'
import type { GlueTables } from '../../shared/iceberg/catalogs/glue-tables.js'

export function glueError(name: string, httpStatusCode = 400): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode } })
}

export function memoryGlue(): GlueTables & {
  readonly tables: Map<string, Table>
  /** Earlier versions that it keeps. */
  readonly archived: readonly Table[]
} {
  const tables = new Map<string, Table>()
  const archived: Table[] = []
  const keyOf = (database: string | undefined, name: string | undefined): string => `${database}.${name}`
  return {
    tables,
    archived,
    async getTable({ DatabaseName, Name }) {
      const table = tables.get(keyOf(DatabaseName, Name))
      if (table === undefined) throw glueError('EntityNotFoundException')
      return { Table: structuredClone(table) }
    },
    async createTable({ DatabaseName, TableInput }) {
      const key = keyOf(DatabaseName, TableInput?.Name)
      if (tables.has(key)) throw glueError('AlreadyExistsException')
      tables.set(key, {
        ...structuredClone(TableInput!),
        DatabaseName,
        CreateTime: new Date(0),
        VersionId: '0',
      } as Table)
    },
    async updateTable({ DatabaseName, TableInput, VersionId, SkipArchive: isSkipped = false }) {
      const key = keyOf(DatabaseName, TableInput?.Name)
      const table = tables.get(key)
      if (table === undefined) throw glueError('EntityNotFoundException')
      if (VersionId !== undefined && VersionId !== table.VersionId) throw glueError('ConcurrentModificationException')
      if (!isSkipped) archived.push(table)
      const next = { ...structuredClone(TableInput!), DatabaseName, VersionId: String(Number(table.VersionId) + 1) }
      tables.set(key, next as Table)
    },
  }
}
