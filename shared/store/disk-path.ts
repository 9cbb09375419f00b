/**
 * Names of files for keys: reversible, two keys never share a name, and a key made of ordinary names with an extension
 * (`landing/2026-01-01/1-2-ab.parquet`) is its own path. Each segment of the key is a file or a directory:
 *
 * - `%` and control characters are percent-encoded, as are the dots of `.` and `..`; an empty segment is `%_`.
 * - A key and a longer one below it (`a` and `a/b`) need a file and a directory of one name. So a file without a dot in
 *   its name ends in a bare `%`, and so does a directory with one: `a%` and `a/b%`, `x.json` and `x.json%/b%`.
 * - What is longer than a file system's 255 bytes is cut, and all but the last piece are directories ending in `%+`.
 */
export function pathOfKey(key: string): string {
  const segments = key.split('/')
  return segments.map((segment, index) => nameOfSegment(segment, index === segments.length - 1)).join('/')
}

export const continuationMark = '%+'

/** The segment of a key behind a name, of which the pieces of a cut one have been put together. */
export function segmentOfName(name: string): string {
  const encoded = name.endsWith('%') ? name.slice(0, -1) : name
  return encoded === emptyMark
    ? ''
    : encoded.replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
}

const emptyMark = '%_'

/** Leaves room for what is appended to the names of metadata files. */
const maxNameBytes = 200

/** The name, or for a long segment the path, of the file or directory that stands for a segment of a key. */
export function nameOfSegment(segment: string, isFile: boolean): string {
  const encoded = encodeSegment(segment)
  const marked = encoded.includes('.') === isFile ? encoded : `${encoded}%`
  return Buffer.byteLength(marked) <= maxNameBytes ? marked : cut(marked).join(`${continuationMark}/`)
}

function encodeSegment(segment: string): string {
  if (segment === '') return emptyMark
  if (segment === '.' || segment === '..' || segment === metaDirectory) return segment.replaceAll('.', '%2E')
  return segment.replace(
    /[%\u0000-\u001f\u007f]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** The directory beside the objects for all that is not an object. */
export const metaDirectory = '.meta'

function cut(name: string): string[] {
  const pieces: string[] = []
  let piece = ''
  let size = 0
  for (const character of name) {
    const added = Buffer.byteLength(character)
    if (size + added > maxNameBytes) {
      pieces.push(piece)
      piece = ''
      size = 0
    }
    piece += character
    size += added
  }
  const last = piece === '.' || piece === '..' ? piece.replaceAll('.', '%2E') : piece
  return [...pieces, last]
}
