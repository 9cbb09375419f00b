import type { Diagnostic } from '../diagnostics/diagnostic.js'
import type { Selector, Step } from './ast.js'

/** Reads `$.a.b[0]`, `$.['a.b']`, `$.list[*]`, `$.*` at an offset that holds the dollar sign. */
export function lexSelector(text: string, start: number): Selector | Diagnostic {
  const steps: Step[] = []
  let at = start + 1
  while (at < text.length) {
    const read = lexStep(text, at)
    if (read === null) break
    if ('code' in read) return read
    steps.push(read.step)
    at = read.end
  }
  if (steps.length > 0) return { steps, span: { start, end: at } }
  return wrong(start, at, 'expected a property after "$"', "a selector looks like $.name, $.list[0] or $.['a.b']")
}

type Read = { readonly step: Step; readonly end: number }

function lexStep(text: string, at: number): Read | Diagnostic | null {
  if (text[at] === '[') return lexBracket(text, at)
  if (text[at] !== '.') return null
  if (text[at + 1] === '*') return { step: { kind: 'any-field' }, end: at + 2 }
  if (text[at + 1] === '[') return lexQuotedName(text, at + 1)
  namePattern.lastIndex = at + 1
  const name = namePattern.exec(text)?.[0]
  if (name !== undefined) return { step: { kind: 'name', name }, end: at + 1 + name.length }
  return wrong(
    at,
    at + 1,
    'expected a property name after "."',
    "a name with other characters than ASCII letters, digits, _ and - is written ['name']",
  )
}

const namePattern = /[A-Za-z0-9_-]+/y
const indexPattern = /\[(\d+|\*)\]/y

/** No JSON array that fits into an event is longer. */
const maxIndexDigits = 9

function lexBracket(text: string, at: number): Read | Diagnostic {
  if (text[at + 1] === "'") return lexQuotedName(text, at)
  indexPattern.lastIndex = at
  const found = indexPattern.exec(text)
  if (found === null)
    return wrong(
      at,
      at + 1,
      'expected an array index, "*" or a quoted name in the brackets',
      "as in [0], [*] or ['name']",
    )
  const end = at + found[0].length
  if (found[1] === '*') return { step: { kind: 'any-element' }, end }
  if (found[1]!.length > maxIndexDigits) return wrong(at, end, `the array index ${found[1]} is too large`)
  return { step: { kind: 'index', index: Number(found[1]) }, end }
}

function lexQuotedName(text: string, at: number): Read | Diagnostic {
  const close = text[at + 1] === "'" ? text.indexOf("'", at + 2) : -1
  if (close !== -1 && text[close + 1] === ']')
    return { step: { kind: 'name', name: text.slice(at + 2, close) }, end: close + 2 }
  return wrong(at, at + 1, "expected a name in single quotes between the brackets, as in ['a.b']")
}

function wrong(start: number, end: number, message: string, hint?: string): Diagnostic {
  const found: Diagnostic = { code: 'filter-pattern/bad-selector', severity: 'error', span: { start, end }, message }
  return hint === undefined ? found : { ...found, hint }
}
