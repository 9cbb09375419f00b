/** What the Glue catalog needs of AWS Glue: three calls, as its SDK has them. */
import type { CreateTableRequest, GetTableRequest, Table, UpdateTableRequest } from '@aws-sdk/client-glue'

export interface GlueTables {
  getTable(input: GetTableRequest, signal?: AbortSignal): Promise<{ readonly Table?: Table | undefined }>
  createTable(input: CreateTableRequest, signal?: AbortSignal): Promise<unknown>
  updateTable(input: UpdateTableRequest, signal?: AbortSignal): Promise<unknown>
}
