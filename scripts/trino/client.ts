import { setTimeout as sleep } from 'node:timers/promises'
import { TrinoFailed, TrinoUnusable } from './errors.js'

export interface TrinoResult {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
}

export interface TrinoClient {
  /**
   * Runs one statement to its end.
   * @throws TrinoFailed with Trino's name of the error and its message
   */
  query(sql: string): Promise<TrinoResult>
}

/** What every answer of the client protocol may hold. */
interface Page {
  readonly nextUri?: string
  readonly columns?: readonly { readonly name: string }[]
  readonly data?: readonly (readonly unknown[])[]
  readonly error?: { readonly errorName: string; readonly message: string }
}

/** A client of Trino's REST protocol: a statement is posted, and its pages are followed to the last. */
export function trinoClient(url: string, session: { readonly catalog: string; readonly schema: string }): TrinoClient {
  const headers = {
    'x-trino-user': 'tailrace',
    'x-trino-source': 'tailrace',
    'x-trino-catalog': session.catalog,
    'x-trino-schema': session.schema,
    'x-trino-time-zone': 'UTC',
  }
  const run = async (sql: string): Promise<TrinoResult> => {
    let page = await ask(`${url}/v1/statement`, { method: 'POST', headers, body: sql })
    const rows: (readonly unknown[])[] = []
    let columns: readonly string[] = []
    for (;;) {
      if (page.error !== undefined) throw new TrinoFailed(page.error.errorName, page.error.message, sql)
      if (page.columns !== undefined) columns = page.columns.map(({ name }) => name)
      rows.push(...(page.data ?? []))
      if (page.nextUri === undefined) return { columns, rows }
      page = await ask(page.nextUri, { headers })
    }
  }
  return {
    async query(sql) {
      for (let tries = 1; ; tries++) {
        try {
          return await run(sql)
        } catch (error) {
          if (!(error instanceof TrinoFailed && error.code === noNodes) || tries === 100) throw error
          await sleep(200)
        }
      }
    },
  }
}

/**
 * A server of one node refuses what reads a table for some seconds after it began to answer: its scheduler keeps the
 * list of nodes that it saw first, when the node had not announced itself. Nothing of such a statement has run.
 */
const noNodes = 'NO_NODES_AVAILABLE'

/** A server that is starting or busy answers 502, 503 or 504, and wants to be asked again. */
async function ask(url: string, init: RequestInit): Promise<Page> {
  for (let tries = 1; ; tries++) {
    const response = await fetch(url, init)
    if (response.ok) return (await response.json()) as Page
    const text = await response.text()
    if (response.status < 502 || tries === 50) throw new TrinoUnusable(`trino answers ${response.status}: ${text}`)
    await sleep(100)
  }
}
