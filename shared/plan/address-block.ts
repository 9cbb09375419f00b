/** A block of addresses that is known when the query is compiled, so that rows are compared with constants. */
export type AddressBlock =
  | { readonly version: 4; readonly base: number; readonly size: number }
  /** `digits` in hex, 32 of them. */
  | { readonly version: 6; readonly digits: string; readonly bits: number }

/** Null for what is no block. Bits of the base beyond the prefix do not matter. */
export function readBlock(text: string): AddressBlock | null {
  const found = /^([0-9a-fA-F:.]{2,45})\/(\d{1,3})$/.exec(text)
  if (found === null) return null
  const [, address = '', length = ''] = found
  const bits = Number(length)
  const base = readV4(address)
  if (base !== null) return bits <= 32 ? { version: 4, base, size: 2 ** (32 - bits) } : null
  const digits = readV6(address)
  return digits !== null && bits <= 128 ? { version: 6, digits, bits } : null
}

function readV4(address: string): number | null {
  const parts = address.split('.')
  if (parts.length !== 4 || !parts.every(part => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return null
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}

function readV6(address: string): string | null {
  const dot = address.lastIndexOf(':') + 1
  const tail = address.includes('.') ? readV4(address.slice(dot)) : null
  if (address.includes('.') && tail === null) return null
  const groups =
    tail === null
      ? address
      : `${address.slice(0, dot)}${Math.floor(tail / 65536).toString(16)}:${(tail % 65536).toString(16)}`
  const sides = groups.split('::')
  if (sides.length > 2) return null
  const [left = [], right = []] = sides.map(side => (side === '' ? [] : side.split(':')))
  if (![...left, ...right].every(group => /^[0-9a-fA-F]{1,4}$/.test(group))) return null
  const missing = 8 - left.length - right.length
  if (sides.length === 1 ? missing !== 0 : missing < 1) return null
  return [...left, ...Array<string>(missing).fill('0'), ...right]
    .map(group => group.padStart(4, '0').toLowerCase())
    .join('')
}
