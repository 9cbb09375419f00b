/**
 * Cuts an event into the fields of a space-delimited pattern. Spaces and tabs separate; a field that begins with a
 * quote or a bracket reaches to the closing one, without the two; white space around the event does not count. A
 * backslash keeps the next quote from closing. A quote or bracket that is never closed, or stands inside a field, is
 * ordinary text. Cutting can stop and go on; its time is linear in the event: a missing closing mark is looked for once.
 */
export interface Fields {
  message: string
  /** Start and end of the value of every field that is kept, one after the other; longer than they are. */
  readonly spans: number[]
  kept: number
  /** How many fields have been cut. */
  count: number
  /** Where the text that has not been cut begins, white space skipped. */
  rest: number
  /** Where the event ends, without trailing white space. */
  end: number
  quoteMayClose: boolean
  bracketMayClose: boolean
}

export function createFields(): Fields {
  return { message: '', spans: [], kept: 0, count: 0, rest: 0, end: 0, quoteMayClose: true, bracketMayClose: true }
}

/** A longer list is given back to the memory before the next event. */
const maxReusedSpans = 1024

/** Begins with another event. */
export function startCutting(fields: Fields, message: string): void {
  let rest = 0
  let end = message.length
  while (end > 0 && isOuterBlank(message.charCodeAt(end - 1))) end--
  while (rest < end && isOuterBlank(message.charCodeAt(rest))) rest++
  fields.message = message
  if (fields.spans.length > maxReusedSpans) fields.spans.length = 0
  fields.kept = 0
  fields.count = 0
  fields.rest = rest
  fields.end = end
  fields.quoteMayClose = true
  fields.bracketMayClose = true
}

/** Goes on until `count` fields are cut; false where the event has fewer. */
export function cutUpTo(fields: Fields, count: number): boolean {
  const { message, end, spans } = fields
  let { rest, count: cut } = fields
  let at = 2 * fields.kept
  for (; cut < count && rest < end; cut++) {
    const close = groupEnd(fields, rest)
    const start = close === -1 ? rest : rest + 1
    if (close !== -1) rest = close + 1
    else while (rest < end && !isBlank(message.charCodeAt(rest))) rest++
    spans[at++] = start
    spans[at++] = close === -1 ? rest : close
    while (rest < end && isBlank(message.charCodeAt(rest))) rest++
  }
  fields.rest = rest
  fields.count = cut
  fields.kept = at / 2
  return cut >= count
}

/** Cuts all that is left, but of the fields from `first` on keeps only the last ones. */
export function cutAll(fields: Fields, first: number, last: number): void {
  // Never fewer are dropped at a time than are kept at the end, so that a number tells which of the two a field is.
  while (cutUpTo(fields, fields.count + 2 * last + 32)) {
    fields.spans.copyWithin(2 * first, 2 * (fields.kept - last), 2 * fields.kept)
    fields.kept = first + last
  }
}

/**
 * Cuts the last fields alone, from the end, where nothing that is left can open a group: false elsewhere, and where there
 * are fewer. The fields between are not counted.
 */
export function cutLast(fields: Fields, last: number): boolean {
  const { message, rest, spans, kept } = fields
  if (message.includes('"', rest) || message.includes('[', rest)) return false
  while (spans.length < 2 * (kept + last)) spans.push(0)
  let end = fields.end
  for (let at = 2 * (kept + last); at > 2 * kept; ) {
    let start = end
    while (start > rest && !isBlank(message.charCodeAt(start - 1))) start--
    if (start === end) return false
    spans[--at] = end
    spans[--at] = start
    end = start
    while (end > rest && isBlank(message.charCodeAt(end - 1))) end--
  }
  fields.rest = fields.end
  fields.count += last
  fields.kept = kept + last
  return true
}

/** Where the group that a field begins with is closed; -1 for a field that is a word. */
function groupEnd(fields: Fields, start: number): number {
  const opening = fields.message.charCodeAt(start)
  let close = -1
  if (opening === quote && fields.quoteMayClose) {
    close = closingQuote(fields.message, start + 1, fields.end)
    fields.quoteMayClose = close !== -1
  } else if (opening === bracket && fields.bracketMayClose) {
    close = fields.message.indexOf(']', start + 1)
    fields.bracketMayClose = close !== -1
  }
  return close
}

/** Where the start of a field stands in `spans`, its end behind it; a field by its number from 0 that was kept. */
export function spanIndex({ kept, count }: Fields, field: number): number {
  return 2 * (field < kept ? field : field - count + kept)
}

/**
 * Adds the last field of a pattern without an ellipsis, which takes all that is left, verbatim, unless that is one
 * quoted or bracketed group. False where nothing is left.
 */
export function takeRest(fields: Fields): boolean {
  const { message, rest, end, spans } = fields
  if (rest >= end) return false
  const first = message.charCodeAt(rest)
  const isGroup =
    (first === quote && closingQuote(message, rest + 1, end) === end - 1) ||
    (first === bracket && message.indexOf(']', rest + 1) === end - 1)
  spans[2 * fields.kept] = isGroup ? rest + 1 : rest
  spans[2 * fields.kept + 1] = isGroup ? end - 1 : end
  fields.kept++
  fields.count++
  fields.rest = end
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

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

function isOuterBlank(code: number): boolean {
  return isBlank(code) || code === 10 || code === 13
}
