import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { NotFound } from '../../shared/store/errors.js'
import type { ObjectStore } from '../../shared/store/object-store.js'

/** Objects over HTTP, for readers that fetch by URL: the key is the path. */
export async function serveStore(store: ObjectStore): Promise<{ readonly url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const key = decodeURIComponent((request.url ?? '').slice(1))
    const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
    const range = { start: Number(start), ...(end ? { end: Number(end) } : {}) }
    try {
      const { body, size } = await store.get(key, start === undefined ? {} : { range })
      response.writeHead(start === undefined ? 200 : 206, {
        'content-length': body.length,
        ...(start === undefined ? {} : { 'content-range': `bytes ${start}-${range.start + body.length - 1}/${size}` }),
      })
      response.end(request.method === 'HEAD' ? undefined : body)
    } catch (error) {
      response.writeHead(error instanceof NotFound ? 404 : 500).end(String(error))
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  }
}
