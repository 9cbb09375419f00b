/** What the Glue catalog needs of AWS Glue: three calls, as its SDK has them. */
import {
  CreateTableCommand,
  type CreateTableRequest,
  GetTableCommand,
  type GetTableRequest,
  type GlueClient,
  type Table,
  UpdateTableCommand,
  type UpdateTableRequest,
} from '@aws-sdk/client-glue'
import { CatalogFailed } from '../errors.js'

export interface GlueTables {
  getTable(input: GetTableRequest, signal?: AbortSignal): Promise<{ readonly Table?: Table | undefined }>
  createTable(input: CreateTableRequest, signal?: AbortSignal): Promise<unknown>
  updateTable(input: UpdateTableRequest, signal?: AbortSignal): Promise<unknown>
}

export function glueTables(client: GlueClient): GlueTables {
  return {
    getTable: (input, signal) => client.send(new GetTableCommand(input), abortedBy(signal)),
    createTable: (input, signal) => client.send(new CreateTableCommand(input), abortedBy(signal)),
    updateTable: (input, signal) => client.send(new UpdateTableCommand(input), abortedBy(signal)),
  }
}

/** For those that never write: their bundles and roles hold nothing but GetTable. */
export function readOnlyGlueTables(client: GlueClient): GlueTables {
  const refused = () => Promise.reject(new CatalogFailed('iceberg: a reader changes no table'))
  return {
    getTable: (input, signal) => client.send(new GetTableCommand(input), abortedBy(signal)),
    createTable: refused,
    updateTable: refused,
  }
}

function abortedBy(signal: AbortSignal | undefined) {
  return signal === undefined ? {} : { abortSignal: signal }
}
