/**
 * Cuts an event into the fields of a space-delimited pattern. Spaces and tabs separate; a field that begins with a
 * quote or a bracket reaches to the closing one, without the two; white space around the event does not count. A
 * backslash keeps the next quote from closing. A quote or bracket that is never closed, or stands inside a field, is
 * ordinary text. Time is linear in the event: a missing closing mark is looked for once.
 */
export interface FieldSpans {
  /** Start and end of the value of every field that is kept, one after the other. */
  readonly spans: number[]
  /** How many fields were cut. */
  count: number
  /** Where the text that was not cut begins, white space skipped. */
  rest: number
  /** Where the event ends, without trailing white space. */
  end: number
}

export function createFieldSpans(): FieldSpans {
  return { spans: [], count: 0, rest: 0, end: 0 }
}

/** Which fields a caller wants: the first ones, and the last ones of the whole event where `last` is not 0. */
export interface WantedFields {
  readonly first: number
  readonly last: number
}

/** Cuts the event and fills `into`: no further than the first fields if no last ones are wanted. */
export function splitFields(message: string, { first, last }: WantedFields, into: FieldSpans): void {
  const { spans } = into
  spans.length = 0
  into.count = 0
  let at = 0
  let end = message.length
  while (end > 0 && isOuterBlank(message.charCodeAt(end - 1))) end--
  while (at < end && isOuterBlank(message.charCodeAt(at))) at++
  let quoteMayClose = true
  let bracketMayClose = true
  while (at < end && (last > 0 || into.count < first)) {
    const opening = message.charCodeAt(at)
    let close = -1
    if (opening === quote && quoteMayClose) {
      close = closingQuote(message, at + 1, end)
      quoteMayClose = close !== -1
    } else if (opening === bracket && bracketMayClose) {
      close = message.indexOf(']', at + 1)
      bracketMayClose = close !== -1
    }
    if (close !== -1) spans.push(at + 1, close)
    const after = close === -1 ? wordEnd(message, at, end) : close + 1
    if (close === -1) spans.push(at, after)
    into.count++
    if (spans.length > 2 * (first + 2 * last) + 64) dropMiddle(spans, first, last)
    at = after
    while (at < end && isBlank(message.charCodeAt(at))) at++
  }
  into.rest = at
  into.end = end
}

/** Where the start of a field stands in `spans`, its end behind it; a field by its number from 0 that was wanted. */
export function spanIndex({ spans, count }: FieldSpans, field: number): number {
  const kept = spans.length / 2
  return 2 * (field < kept ? field : field - count + kept)
}

function dropMiddle(spans: number[], first: number, last: number): void {
  spans.splice(2 * first, spans.length - 2 * (first + last))
}

/**
 * Adds the last field of a pattern without an ellipsis, which takes all that is left, verbatim, unless that is one
 * quoted or bracketed group. False where nothing is left.
 */
export function takeRest(message: string, into: FieldSpans): boolean {
  const { rest, end, spans } = into
  if (rest >= end) return false
  const first = message.charCodeAt(rest)
  const isGroup =
    (first === quote && closingQuote(message, rest + 1, end) === end - 1) ||
    (first === bracket && message.indexOf(']', rest + 1) === end - 1)
  into.count++
  if (isGroup) spans.push(rest + 1, end - 1)
  else spans.push(rest, end)
  return true
}

const quote = 34
const bracket = 91
const backslash = 92

function closingQuote(message: string, from: number, end: number): number {
  for (let at = message.indexOf('"', from); at !== -1 && at < end; at = message.indexOf('"', at + 1)) {
    let slashes = at
    while (slashes > from && message.charCodeAt(slashes - 1) === backslash) slashes--
    if ((at - slashes) % 2 === 0) return at
  }
  return -1
}

function wordEnd(message: string, from: number, end: number): number {
  let at = from
  while (at < end && !isBlank(message.charCodeAt(at))) at++
  return at
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

function isOuterBlank(code: number): boolean {
  return isBlank(code) || code === 10 || code === 13
}
