import { invalid, violation } from './api-error.js'

export function checkGroupName(name: unknown, member = 'logGroupName'): string {
  const text = String(name)
  if (text.length > 512)
    throw invalid('Invalid LogGroup or LogStream, both must have length less than or equal to 512.')
  if (!/^[-._/#A-Za-z0-9]+$/.test(text)) {
    throw violation(text, member, 'satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+')
  }
  return text
}

export function checkLength(value: unknown, member: string, most: number): string {
  const text = String(value)
  if (text.length > most) throw violation(text, member, `have length less than or equal to ${most}`)
  return text
}

/** A page of a sorted list: what comes behind the token, which is a position in code. */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { nextToken, limit }: { readonly nextToken?: unknown; readonly limit?: unknown },
): { readonly items: readonly T[]; readonly nextToken: string | undefined } {
  const size = limit === undefined ? 50 : Number(limit)
  if (size > 50) throw violation(size, 'limit', 'have value less than or equal to 50')
  if (size < 1) throw violation(size, 'limit', 'have value greater than or equal to 1')
  const after = nextToken === undefined ? undefined : decodeToken(String(nextToken))
  const from = after === undefined ? 0 : firstBehind(items, keyOf, after)
  const page = items.slice(from, from + size)
  const last = page.at(-1)
  const isMore = last !== undefined && from + size < items.length
  return { items: page, nextToken: isMore ? encodeToken(keyOf(last)) : undefined }
}

function firstBehind<T>(items: readonly T[], keyOf: (item: T) => string, key: string): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (keyOf(items[middle]!) <= key) low = middle + 1
    else high = middle
  }
  return low
}

function encodeToken(key: string): string {
  return `t/${Buffer.from(key).toString('base64url')}`
}

function decodeToken(token: string): string {
  if (!token.startsWith('t/')) throw invalid('The specified nextToken is invalid.')
  return Buffer.from(token.slice(2), 'base64url').toString()
}
