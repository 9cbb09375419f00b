/**
 * Reads lists of entries out of compressed JSON, some at a time: an object whose members are lists of lists, as the parts of
 * the ledger are. As one text such a part may be longer than a string can be, and all its entries together more than memory
 * holds.
 *
 * Bytes are enough to find an entry's ends: in UTF-8 no byte of another character looks like a bracket or a quote.
 */
import { createGunzip } from 'node:zlib'

const code = (character: string) => character.charCodeAt(0)
const [quote, backslash] = [code('"'), code('\\')]
const [open, close, openObject, closeObject] = [code('['), code(']'), code('{'), code('}')]

export interface EntryList {
  /** The member whose entries these are. */
  readonly member: string
  readonly entries: readonly (readonly unknown[])[]
}

/** Of an object, the lists in it, and of these the entries. */
const entryDepth = 2
const chunkBytes = 256 * 1024

/**
 * @param body gzip
 * @returns at the end the object with its lists left empty
 * @throws Error from zlib, SyntaxError, where the body is not that
 */
export async function* readEntries(body: Uint8Array): AsyncGenerator<EntryList, unknown> {
  const gunzip = createGunzip({ chunkSize: chunkBytes })
  gunzip.end(body)
  const splitter = new Splitter()
  for await (const chunk of gunzip) yield* splitter.split(chunk as Buffer)
  return JSON.parse(splitter.rest)
}

class Splitter {
  /** What is not in an entry, nor between two. */
  rest = ''
  #depth = 0
  #isText = false
  #isEscaped = false
  /** The beginning of an entry, from earlier chunks. */
  #begun: Buffer = Buffer.alloc(0)

  /** The entries that end in the chunk. */
  split(chunk: Buffer): readonly EntryList[] {
    const found: EntryList[] = []
    // Where what is not told yet begins, and where the last whole entry before it ends.
    let from = 0
    let end = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]
      if (this.#isText) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === backslash) this.#isEscaped = true
        else if (byte === quote) this.#isText = false
      } else if (byte === quote) this.#isText = true
      else if (byte === open || byte === openObject) {
        this.#depth++
        // A list of entries begins: what stands before it names it.
        if (this.#depth === entryDepth) {
          this.rest += chunk.toString('utf8', from, at + 1)
          from = at + 1
          end = from
        }
      } else if (byte === close || byte === closeObject) {
        this.#depth--
        if (this.#depth === entryDepth) end = at + 1
        else if (this.#depth === entryDepth - 1) {
          found.push(...this.#entries(chunk.subarray(from, end)))
          from = at
        }
      }
    }
    if (this.#depth < entryDepth) this.rest += chunk.toString('utf8', from)
    else {
      found.push(...this.#entries(chunk.subarray(from, end)))
      this.#begun = Buffer.concat([this.#begun, chunk.subarray(end)])
    }
    return found
  }

  #entries(piece: Buffer): readonly EntryList[] {
    if (piece.length === 0) return []
    const text = Buffer.concat([this.#begun, piece]).toString()
    this.#begun = Buffer.alloc(0)
    const [, member = ''] = /"(\w+)":\[$/.exec(this.rest) ?? []
    return [{ member, entries: JSON.parse(`[${text.startsWith(',') ? text.slice(1) : text}]`) }]
  }
}
