import type { GlueTables } from '../../shared/iceberg/catalogs/glue-tables.js'
import type { ObjectStore } from '../../shared/store/object-store.js'

/** Requests as S3 and Glue charge for them: HEAD counts as GET, a page of a listing as LIST, DELETE is free. */
export interface Requests {
  put: number
  list: number
  get: number
  delete: number
  glue: number
}

export function noRequests(): Requests {
  return { put: 0, list: 0, get: 0, delete: 0, glue: 0 }
}

export function difference(after: Requests, before: Requests): Requests {
  const names = Object.keys(after) as (keyof Requests)[]
  return Object.fromEntries(names.map(name => [name, after[name] - before[name]])) as unknown as Requests
}

export function add(to: Requests, more: Requests): void {
  for (const name of Object.keys(more) as (keyof Requests)[]) to[name] += more[name]
}

const keysPerPage = 1_000

export function countingStore(store: ObjectStore, requests: Requests): ObjectStore {
  return {
    get: (...args) => {
      requests.get++
      return store.get(...args)
    },
    head: (...args) => {
      requests.get++
      return store.head(...args)
    },
    put: (...args) => {
      requests.put++
      return store.put(...args)
    },
    async *list(...args) {
      let keys = 0
      requests.list++
      for await (const entry of store.list(...args)) {
        if (keys > 0 && keys % keysPerPage === 0) requests.list++
        keys++
        yield entry
      }
    },
    delete: (keys, ...rest) => {
      requests.delete += Math.ceil(keys.length / keysPerPage)
      return store.delete(keys, ...rest)
    },
  }
}

export function countingGlue(glue: GlueTables, requests: Requests): GlueTables {
  return {
    getTable: (...args) => {
      requests.glue++
      return glue.getTable(...args)
    },
    createTable: (...args) => {
      requests.glue++
      return glue.createTable(...args)
    },
    updateTable: (...args) => {
      requests.glue++
      return glue.updateTable(...args)
    },
  }
}
