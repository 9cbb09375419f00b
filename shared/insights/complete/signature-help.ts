import type { Span } from '../../diagnostics/diagnostic.js'
import { type FunctionEntry, findFunction } from '../functions.js'
import { lexLoosely } from '../lex.js'
import { maxQueryLength } from '../parse.js'
import { openFrames } from './frames.js'

export interface SignatureHelp {
  readonly name: string
  readonly signature: string
  readonly description: string
  /** Where each parameter stands in `signature`. */
  readonly parameters: readonly Span[]
  /** Which parameter the cursor is at; null when the function takes no more. */
  readonly active: number | null
  /** The name of the function in the query. */
  readonly span: Span
}

/** The function whose parentheses the cursor is in, the innermost that is known; null outside of any. Never throws. */
export function signatureHelp(text: string, cursor: number): SignatureHelp | null {
  const at = Math.max(0, Math.min(Math.trunc(cursor) || 0, text.length))
  if (text.length > maxQueryLength) return null
  // What is cut off by the cursor, such as an open text, is an argument that is being written.
  const frames = openFrames(lexLoosely(text.slice(0, at)).tokens)
  for (const { kind, name, argument } of [...frames].reverse()) {
    if (kind === 'query') return null
    const entry = name === null ? undefined : findFunction(name.text)
    if (entry !== undefined && name !== null) return helpOn(entry, name.span, argument)
  }
  return null
}

function helpOn(entry: FunctionEntry, span: Span, argument: number): SignatureHelp {
  const { name, signature, description } = entry
  const parameters = parametersOf(signature)
  const rest = parameters.findIndex(one => signature.slice(one.start, one.end) === '...')
  const last = rest === -1 ? parameters.length - 1 : rest
  const active = argument <= last ? argument : rest === -1 ? null : rest
  return { name, signature, description, parameters, active: parameters.length === 0 ? null : active, span }
}

function parametersOf(signature: string): readonly Span[] {
  const open = signature.indexOf('(')
  return [...signature.matchAll(/\.\.\.|[A-Za-z]\w*/g)]
    .filter(({ index }) => index > open)
    .map(found => ({ start: found.index, end: found.index + found[0].length }))
}
