import { isHex } from './formats/quoted.js'

/**
 * The trace id in a value, or null. Only two shapes count, so that the column can be joined with traces:
 * X-Ray (`1-5e61292c-cc1229a4dfbeae1043928548`, bare or as `Root=` of an `X-Amzn-Trace-Id` header) and W3C (32 lower-case
 * hex digits, bare or as the second part of a `traceparent`). An all-zero W3C id means "no trace" and counts as none.
 */
export function traceIdOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length < 32 || value.length > 1024) return null
  if (value.length === 35 && isXrayTraceId(value, 0)) return value
  if (value.length === 32) return isW3cTraceId(value) ? value : null
  if (value.charCodeAt(2) === 45 && value.charCodeAt(35) === 45 && isHex(value, 0, 2)) {
    const id = value.slice(3, 35)
    if (isW3cTraceId(id)) return id
  }
  return traceIdAfterRoot(value)
}

/** The X-Ray id after the first `Root=` of a text, or null; for headers and messages that quote one. */
export function traceIdAfterRoot(text: string): string | null {
  const at = text.indexOf('Root=1-')
  return at !== -1 && isXrayTraceId(text, at + 5) ? text.slice(at + 5, at + 40) : null
}

/** True when `1-<8 hex>-<24 hex>` starts at the offset and no hex digit follows. */
export function isXrayTraceId(text: string, at: number): boolean {
  return (
    text.charCodeAt(at) === 49 &&
    text.charCodeAt(at + 1) === 45 &&
    text.charCodeAt(at + 10) === 45 &&
    isHex(text, at + 2, at + 10) &&
    isHex(text, at + 11, at + 35) &&
    !isHex(text, at + 35, at + 36)
  )
}

/** True when the 36 characters at the offset are a UUID, upper or lower case. */
export function isUuid(text: string, at: number): boolean {
  return (
    text.charCodeAt(at + 8) === 45 &&
    text.charCodeAt(at + 13) === 45 &&
    text.charCodeAt(at + 18) === 45 &&
    text.charCodeAt(at + 23) === 45 &&
    isHex(text, at, at + 8) &&
    isHex(text, at + 9, at + 13) &&
    isHex(text, at + 14, at + 18) &&
    isHex(text, at + 19, at + 23) &&
    isHex(text, at + 24, at + 36)
  )
}

function isW3cTraceId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text) && text !== '00000000000000000000000000000000'
}
