/**
 * A file that is one JSON document of records, not lines: what CloudTrail puts into S3 (`{"Records": […]}`) and arrays
 * of events, however they are indented. Its records go on as lines, one compact document each.
 */

/** A longer document is read as lines: it has to be held whole to be parsed. Bytes. */
const maxDocumentBytes = 64 * 1024 * 1024

const beginning = /^\s*(?:\[\s*\{|\{\s*"Records"\s*:)/

/**
 * The chunks of a file, unless it is one document of records: then one chunk for each record with a line's end.
 * Anything else, a document that cannot be parsed included, comes out byte for byte as it went in.
 */
export async function* recordsAsLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const held: Buffer[] = []
  let bytes = 0
  let mayBeRecords = true
  for await (const chunk of chunks) {
    if (mayBeRecords) {
      held.push(chunk)
      bytes += chunk.length
      mayBeRecords = bytes <= maxDocumentBytes && (held.length > 1 || beginning.test(chunk.toString('latin1')))
      if (!mayBeRecords) yield* held.splice(0)
    } else yield chunk
  }
  const document = Buffer.concat(held).toString()
  const depth = depthOfRecords(parsed(document))
  if (depth === undefined) yield* held
  else for (const record of partsAt(depth, document)) yield Buffer.from(`${record}\n`)
}

/** How many brackets are open around each record, undefined for a document that is not records alone. */
function depthOfRecords(document: unknown): number | undefined {
  if (Array.isArray(document)) return document.length > 0 && document.every(isObject) ? 1 : undefined
  const isRecords = isObject(document) && Object.keys(document).join() === 'Records' && 'Records' in document
  return isRecords && depthOfRecords(document.Records) === 1 ? 2 : undefined
}

/** The parts at a depth of a well-formed document as they are written, long numbers too, without space between tokens. */
function* partsAt(wanted: number, document: string): Generator<string> {
  let [depth, part] = [0, '']
  for (let at = 0; at < document.length; at++) {
    const end = document[at] === '"' ? stringEnd(document, at) : at + 1
    const token = document.slice(at, end)
    const closes = token === '}' || token === ']'
    if (closes) depth--
    if (depth >= wanted && part + token !== ',' && token.trim() !== '') part += token
    if (token === '{' || token === '[') depth++
    if (closes && depth === wanted) {
      yield part
      part = ''
    }
    at = end - 1
  }
}

function stringEnd(document: string, start: number): number {
  let at = start + 1
  while (document[at] !== '"') at += document[at] === '\\' ? 2 : 1
  return at + 1
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
