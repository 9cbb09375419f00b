import { InvalidKey } from './errors.js'

const maxKeyBytes = 1024

/** @throws InvalidKey for a key that S3 would refuse or silently change, `prefix` put before it */
export function checkKey(key: string, prefix = ''): void {
  if (key === '') throw new InvalidKey('object key: is empty', key)
  const bytes = Buffer.byteLength(prefix + key)
  if (bytes > maxKeyBytes) throw new InvalidKey(`object key: ${bytes} bytes, the limit is ${maxKeyBytes}`, key)
  if (/\p{Surrogate}/u.test(key)) throw new InvalidKey('object key: holds half a surrogate pair', key)
}

/**
 * Order of the UTF-8 bytes of two keys, which is how S3 lists. It differs from JavaScript's order of strings where a
 * character beyond U+FFFF meets one from U+E000 up.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** Moves the surrogates behind the rest of the basic plane. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}
