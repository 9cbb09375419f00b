import type { Glue } from '@aws-sdk/client-glue'
import type { GlueTables } from '../shared/iceberg/catalogs/glue-tables.js'

/** Loads the SDK's client when a table is asked for: most commands never do, and it takes longer than they do. */
export function lazyGlueTables(region: string): GlueTables {
  let opened: Promise<Glue> | undefined
  const glue = () => {
    opened ??= import('@aws-sdk/client-glue').then(({ Glue }) => new Glue({ region }))
    return opened
  }
  const options = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal })
  return {
    getTable: async (input, signal) => (await glue()).getTable(input, options(signal)),
    createTable: async (input, signal) => (await glue()).createTable(input, options(signal)),
    updateTable: async (input, signal) => (await glue()).updateTable(input, options(signal)),
  }
}
