import type { Span } from '../diagnostics/diagnostic.js'
import { call, type Expr, field, literal } from '../plan/expr.js'
import type { ParseGroup } from '../plan/node.js'
import type { Command, Name, Parse } from './ast.js'
import { lowerExpr, lowerPath } from './lower-expr.js'
import { addOutput, define, extend, type Lowering } from './lowering.js'
import { checkRegex, globRegex, type RegexGroup } from './regex.js'
import { resolve } from './scope.js'

type Method<Kind extends Parse['method']['kind']> = Extract<Parse['method'], { kind: Kind }>

export function lowerParse(lowering: Lowering, { operand, method, span }: Parse): void {
  const text = operand === null ? messageOf(lowering, span) : lowerExpr(lowering, operand)
  for (const [index, { name, span: at }] of method.names.entries())
    if (method.names.findIndex(other => other.name === name) < index)
      lowering.fail('redefined-field', at, `"${name}" stands twice in one parse command`, 'take another name')
  if (method.kind === 'glob') lowerGlob(lowering, text, method)
  else if (method.kind === 'regex') lowerRegex(lowering, text, method)
  else lowerFormat(lowering, text, method)
}

function lowerGlob(lowering: Lowering, text: Expr, { glob, names, span }: Method<'glob'>): void {
  const { regex, stars } = globRegex(glob)
  if (stars !== names.length) {
    const message = `expected as many names as wildcards, found ${names.length} and ${stars}`
    lowering.fail('bad-glob', span, message, 'each * of the pattern gets one name: "a=* b=*" as a, b')
  } else {
    const groups = names.map(({ name }, index) => ({ index: index + 1, name, isOptional: false }))
    addParse(lowering, text, regex, groups, false)
  }
}

function lowerRegex(lowering: Lowering, text: Expr, { source, names, multi, span }: Method<'regex'>): void {
  const checked = checkRegex(source, span)
  if ('code' in checked) lowering.report(checked)
  else addParse(lowering, text, checked.regex, groupsOf(lowering, checked.groups, names, span), multi)
}

function lowerFormat(lowering: Lowering, text: Expr, { kind, names }: Method<'logfmt' | 'csv'>): void {
  const columns = names.map(({ name }, index) =>
    kind === 'logfmt'
      ? { name, value: call('logfmt', text), kind: 'structure' as const }
      : { name, value: call('csvField', text, literal(index + 1)), kind: 'value' as const },
  )
  extend(lowering, columns)
  showExtracted(lowering, names)
}

function messageOf(lowering: Lowering, span: Span): Expr {
  const found = resolve(lowering.scope, ['@message'])
  return found ?? lowering.fail('no-message', span, '@message is gone after stats', 'name the field to parse')
}

/**
 * Names of the groups: their own, or those after `as`, which go to all groups in order or, where there are fewer, to the
 * unnamed ones.
 */
function groupsOf(
  lowering: Lowering,
  groups: readonly RegexGroup[],
  names: readonly Name[],
  span: Parse['span'],
): readonly ParseGroup[] {
  const numbered = groups.map((group, index) => ({ ...group, index: index + 1 }))
  const unnamed = numbered.filter(({ name }) => name === null)
  if (names.length === 0) {
    const named = numbered.flatMap(({ name, ...rest }) => (name === null ? [] : [{ ...rest, name }]))
    if (named.length === 0)
      lowering.fail('no-group', span, 'expected a group to extract, found none that has a name', 'write (?<name>…)')
    return named
  }
  const targets = names.length === groups.length ? numbered : names.length === unnamed.length ? unnamed : null
  if (targets === null) {
    const message = `expected as many names as groups, found ${names.length} and ${groups.length}`
    lowering.fail('bad-groups', span, message, 'a group that extracts nothing is written (?:…)')
    return []
  }
  const kept = targets === unnamed ? numbered.filter(({ name }) => name !== null) : []
  const renamed = targets.map(({ index, isOptional }, at) => ({ index, isOptional, name: names[at]!.name }))
  return [...kept.map(({ index, isOptional, name }) => ({ index, isOptional, name: name! })), ...renamed]
}

function addParse(
  lowering: Lowering,
  text: Expr,
  regex: string,
  groups: readonly ParseGroup[],
  everyMatch: boolean,
): void {
  lowering.plan = { kind: 'parse', input: lowering.plan, text, regex, groups, everyMatch }
  for (const { name } of groups) define(lowering, name)
  showExtracted(lowering, groups)
}

/** Extracted columns are shown after those of fields, and alone where there are none. */
function showExtracted({ output }: Lowering, names: readonly { readonly name: string }[]): void {
  for (const { name } of names) addOutput(output.aggregated ?? output.extracted, { name, value: field(name) })
}

export function lowerJson(
  lowering: Lowering,
  { field: path, path: keys, alias }: Extract<Command, { kind: 'json' }>,
): void {
  const of = call('jsonParse', lowerPath(lowering, path, 'json'))
  const steps = keys.value
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter(step => step !== '')
  extend(lowering, [{ name: alias.name, value: { kind: 'path', of, steps }, kind: 'json' }])
  showExtracted(lowering, [alias])
}
