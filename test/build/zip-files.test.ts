import { createHash } from 'node:crypto'
import { unzipSync } from 'fflate'
import { afterEach, describe, expect, it } from 'vitest'
import { zipFiles } from '../../scripts/build/zip-files.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const timeZone = process.env.TZ

afterEach(() => {
  if (timeZone === undefined) delete process.env.TZ
  else process.env.TZ = timeZone
})

describe('zipFiles', () => {
  it('gives the same bytes whatever the order of the files and the time zone', () => {
    const digests = ['UTC', 'Asia/Tokyo', 'America/New_York'].flatMap(zone => {
      process.env.TZ = zone
      return [
        { a: bytes('1'), b: bytes('2') },
        { b: bytes('2'), a: bytes('1') },
      ].map(files => createHash('sha256').update(zipFiles(files)).digest('hex'))
    })
    expect(new Set(digests).size).toBe(1)
  })

  it('keeps names and contents', () => {
    const files = { 'index.mjs': bytes('export {}\n'), 'data/empty': bytes('') }
    expect(unzipSync(zipFiles(files))).toEqual(files)
  })

  it('lets every user read the files', () => {
    const zip = Buffer.from(zipFiles({ 'index.mjs': bytes('export {}\n') }))
    const centralHeader = zip.indexOf(Buffer.from('PK\x01\x02', 'latin1'))
    const unix = 3
    expect(zip.readUInt8(centralHeader + 5)).toBe(unix)
    expect(zip.readUInt32LE(centralHeader + 38) >>> 16).toBe(0o100644)
  })
})
