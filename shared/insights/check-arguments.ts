/** Formats, expressions and the like that the engine has to know before it sees a row. */
import type { Span } from '../diagnostics/diagnostic.js'
import { readBlock } from '../plan/address-block.js'
import { call, type Expr, literal } from '../plan/expr.js'
import { readDatePattern } from '../plan/java-date.js'
import { readStrftime } from '../plan/strftime.js'
import type { AstExpr, FunctionCall, Text } from './ast.js'
import type { Lowering } from './lowering.js'
import { checkRegex } from './regex.js'
import { zoneOf } from './zones.js'

export function checkConstantArguments(lowering: Lowering, { args }: FunctionCall, name: string): void {
  switch (name) {
    case 'parseDate':
    case 'formatDate': {
      const [format, zone] = [textOf(lowering, args[1], name), textOf(lowering, args[2], name)]
      if (zone !== null && zoneOf(zone.value) === null)
        lowering.fail('unknown-zone', zone.span, `"${zone.value}" is not a time zone`, 'such as UTC or Europe/Berlin')
      if (format === null) return
      if (name === 'parseDate') checkPattern(lowering, format)
      else checkFormat(lowering, format, zone === null ? 'UTC' : zoneOf(zone.value))
      return
    }
    case 'isIpInSubnet':
    case 'isIpv4InSubnet':
    case 'isIpv6InSubnet':
      checkBlock(lowering, args[1]!, name)
      return
    default:
  }
}

/**
 * The last two arguments of `regexReplace` as every RE2 reads them. In the replacement `\1` is a group and `\0` the whole
 * match; any other backslash is itself.
 * @param lowered the same arguments before
 */
export function replacing(
  lowering: Lowering,
  [, pattern, by]: FunctionCall['args'],
  [, ...lowered]: readonly Expr[],
): readonly Expr[] {
  const text = textOf(lowering, pattern, 'regexReplace')
  const checked = text && checkRegex(text.value, text.span, 'replace')
  if (checked === null) return lowered
  if ('code' in checked) {
    lowering.report(checked)
    return lowered
  }
  const { regex, groups } = checked
  if (by?.kind !== 'text') return [literal(regex), call('replacement', lowered[1]!, literal(groups.length))]
  const replacement = by.value.replace(/\\([\d\\]?)/g, (found, next) => {
    if (Number(next) > groups.length) {
      const hint = 'a group is a part in parentheses; \\0 is the whole match'
      lowering.fail('bad-arguments', by.span, `the regular expression has no group ${next}`, hint)
    }
    return next === '' ? '\\\\' : found
  })
  return [literal(regex), literal(replacement)]
}

/** A text that is known when the query is compiled; reports anything else. */
function textOf(lowering: Lowering, arg: AstExpr | undefined, name: string): Text | null {
  if (arg !== undefined && arg.kind !== 'text')
    lowering.fail('expected-text', arg.span, `${name}() takes a quoted text here`)
  return arg?.kind === 'text' ? arg : null
}

function checkPattern(lowering: Lowering, pattern: Text): void {
  const read = readDatePattern(pattern.value)
  if ('regex' in read) return
  const message = pattern.value === '' ? 'expected a pattern' : `"${read.unknown}" is no pattern of a time`
  lowering.fail('bad-format', within(pattern, read), message, read.hint)
}

function checkFormat(lowering: Lowering, format: Text, zone: string | null): void {
  const read = readStrftime(format.value)
  if (!('pieces' in read)) {
    const isCode = read.unknown.startsWith('%')
    const message = isCode
      ? `"${read.unknown}" is not a code of strftime that is supported`
      : 'expected codes of strftime'
    lowering.fail('bad-format', within(format, read), message, read.hint)
  } else if (zone !== 'UTC' && read.pieces.some(piece => 'code' in piece && piece.code === 'Z')) {
    const place = { unknown: '%Z', at: format.value.indexOf('%Z') }
    const message = 'the name of a zone is printed for UTC only'
    lowering.fail('bad-format', within(format, place), message, 'the offset is %z; a name can be written out')
  }
}

/** Where a part of a text stands in the query; the whole text where escapes have moved it. */
function within({ value, span }: Text, { unknown, at }: { readonly unknown: string; readonly at: number }): Span {
  if (span.end - span.start !== value.length + 2 || unknown.length === 0) return span
  return { start: span.start + 1 + at, end: span.start + 1 + at + unknown.length }
}

function checkBlock(lowering: Lowering, block: AstExpr, name: string): void {
  if (block.kind !== 'text' && block.kind !== 'number') return
  const found = block.kind === 'text' ? readBlock(block.value) : null
  if (found === null) {
    const own = block.kind === 'text' ? ['32', '128'].map(bits => `${block.value}/${bits}`) : []
    const single = own.findLast(one => readBlock(one) !== null)
    const hint =
      single === undefined ? 'such as "10.0.0.0/8" or "2001:db8::/32"' : `one address is a block too: ${single}`
    lowering.fail('bad-subnet', block.span, 'expected a block of addresses', hint)
  } else if (!name.includes(`v${found.version}`) && name !== 'isIpInSubnet') {
    const hint = `isIpv${found.version}InSubnet() or isIpInSubnet()`
    lowering.fail(
      'bad-subnet',
      block.span,
      `this block is of IPv${found.version}, which ${name}() is never true for`,
      hint,
    )
  }
}
