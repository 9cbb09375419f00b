import { type Zippable, zipSync } from 'fflate'

/** A zip that depends on names and contents alone: sorted, one fixed date, one compressor on every Node version. */
export function zipFiles(files: Readonly<Record<string, Uint8Array>>, level: 6 | 9 = 9): Uint8Array {
  const entries: Zippable = {}
  for (const name of Object.keys(files).sort()) {
    // Local fields, since zip dates have no time zone: the bytes are the same wherever the build runs.
    const mtime = new Date(1980, 0, 1)
    entries[name] = [files[name]!, { level, mtime, os: unix, attrs: readableByAll }]
  }
  return zipSync(entries)
}

const unix = 3
/** `-rw-r--r--`: Lambda runs the code as another user than the one that unpacked it. */
const readableByAll = 0o100644 << 16
