import { unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { joinZips } from '../../scripts/build/join-zips.js'
import { zipFiles } from '../../scripts/build/zip-files.js'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('joining zips', () => {
  it('gives one zip with the files of both', () => {
    const code = { 'index.mjs': bytes('export {}'.repeat(100)), 'chunk.mjs': bytes('x') }
    const library = { 'node_modules/a/long.so': bytes('ab'.repeat(50_000)), 'node_modules/a/empty': bytes('') }
    const joined = joinZips(zipFiles(code), joinZips(zipFiles(library), zipFiles({ last: bytes('é') })))
    expect(unzipSync(joined)).toEqual({ ...code, ...library, last: bytes('é') })
  })
})
