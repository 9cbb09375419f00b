import { isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair, parseDocument, visit } from 'yaml'
import { type Diagnostic, positionAt, type Span } from '../diagnostics/diagnostic.js'
import { spanInScalar } from './scalar-span.js'

/** A YAML text as a plain value, with the place of everything in it. */
export interface YamlSource {
  /** Undefined when the text holds no value that can be read. */
  readonly value: unknown
  /** Where the value at a path stands; where it is missing, its nearest parent's key or the parent itself. */
  spanOf(path: readonly PropertyKey[]): Span
  /** Where a part of the text at a path stands; the whole of it where its notation does not tell. */
  spanWithin(path: readonly PropertyKey[], part: Span): Span
  /** Where the key of a member stands. */
  spanOfKey(path: readonly PropertyKey[], key: string): Span
  readonly problems: readonly Diagnostic[]
}

export function readYaml(text: string): YamlSource {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true, stringKeys: true, logLevel: 'error' })
  const problems: Diagnostic[] = firstOfLine(text, [...document.errors, ...document.warnings]).map(error => ({
    code: error.code === 'DUPLICATE_KEY' ? 'config/duplicate-key' : 'config/yaml-syntax',
    severity: 'error',
    span: { start: error.pos[0], end: Math.max(error.pos[1], error.pos[0] + 1) },
    message: decapitalised(error.message),
    hint: hints[error.code] ?? 'the text is not YAML 1.2 from here on',
  }))
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return
      problems.push({
        code: 'config/yaml-syntax',
        severity: 'error',
        span: { start: alias.range![0], end: alias.range![1] },
        message: `*${alias.source} refers to nothing that is marked &${alias.source}`,
        hint: hints.BAD_ALIAS!,
      })
    },
  })
  let value: unknown
  try {
    value = problems.some(problem => problem.hint === hints.BAD_ALIAS) ? undefined : document.toJS()
  } catch (error) {
    // Aliases of aliases of aliases: the library stops before they fill the memory.
    problems.push({
      code: 'config/yaml-syntax',
      severity: 'error',
      span: { start: 0, end: 1 },
      message: decapitalised((error as Error).message),
      hint: 'write the values out instead of using aliases',
    })
  }
  const pairAt = (path: readonly PropertyKey[], key: PropertyKey): Pair | undefined =>
    pairOf(nodeAt(document.contents, path), key)
  return {
    value,
    problems,
    spanOf(path) {
      for (let length = path.length; length > 0; length--) {
        const start = path.slice(0, length)
        const node = length === path.length ? nodeAt(document.contents, start, false) : undefined
        if (node?.range && node.range[1] > node.range[0]) return { start: node.range[0], end: node.range[1] }
        const key = pairAt(start.slice(0, -1), start.at(-1)!)?.key
        if (isNode(key) && key.range) return { start: key.range[0], end: key.range[1] }
        const parent = nodeAt(document.contents, start)
        if (parent?.range) return { start: parent.range[0], end: parent.range[1] }
      }
      return { start: document.contents?.range?.[0] ?? 0, end: document.contents?.range?.[1] ?? 0 }
    },
    spanWithin(path, part) {
      const node = nodeAt(document.contents, path)
      const found = isScalar(node) && node.range ? spanInScalar(text, node, part) : undefined
      return found ?? this.spanOf(path)
    },
    spanOfKey(path, key) {
      const node = pairAt(path, key)?.key
      return isNode(node) && node.range ? { start: node.range[0], end: node.range[1] } : this.spanOf(path)
    },
  }

  function nodeAt(root: Node | null, path: readonly PropertyKey[], resolveLast = true): Node | undefined {
    let node: unknown = root
    for (const [at, step] of path.entries()) {
      node = isSeq(node) ? node.items[Number(step)] : pairOf(node, step)?.value
      const isLast = at === path.length - 1
      if (isAlias(node) && (resolveLast || !isLast)) node = node.resolve(document)
    }
    return isNode(node) ? node : undefined
  }
}

function pairOf(node: unknown, key: PropertyKey): Pair | undefined {
  if (!isMap(node)) return undefined
  return node.items.find(pair => isScalar(pair.key) && String(pair.key.value) === String(key))
}

const hints: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'keep one of the two',
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'members of one mapping or list begin in the same column',
  MISSING_CHAR: 'close the quote or bracket',
  BAD_ALIAS: 'a value that begins with * is written in quotes: "*"',
  BLOCK_AS_IMPLICIT_KEY: 'a value that holds ": " is written in quotes',
  MULTIPLE_DOCS: 'the file holds one document, without ---',
  TAG_RESOLVE_FAILED: 'a value that begins with ! is written in quotes',
}

/** What follows an error on its line is mostly said because of it. */
function firstOfLine<Found extends { readonly pos: readonly [number, number] }>(text: string, found: readonly Found[]) {
  const lines = new Set<number>()
  return found.filter(({ pos }) => {
    const { line } = positionAt(text, pos[0])
    const isFirst = !lines.has(line)
    lines.add(line)
    return isFirst
  })
}

function decapitalised(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, '')
}
