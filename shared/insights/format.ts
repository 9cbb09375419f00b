import { unreachable } from '../diagnostics/unreachable.js'
import type { Command, Item, Parse, Query, Source } from './ast.js'
import { formatExpr, formatName, formatPath, formatRegex, formatText } from './format-expr.js'

/**
 * Canonical text of a query: a command a line, double quotes, no needless parentheses. Reading it gives the same tree, and
 * formatting twice changes nothing. An expression that names its own column stays as it was written, since other
 * white space would be another name; comments are lost.
 */
export function formatQuery(query: Query): string {
  return query.commands.map(formatCommand).join('\n| ')
}

function formatCommand(command: Command): string {
  switch (command.kind) {
    case 'fields':
    case 'display':
      return `${command.kind} ${command.items.map(formatItem).join(', ')}`
    case 'filter':
    case 'where':
    case 'filterIndex':
      return `${command.kind} ${formatExpr(command.condition)}`
    case 'stats': {
      const by = command.by.length === 0 ? '' : ` by ${command.by.map(formatItem).join(', ')}`
      const offset = command.offset === null ? '' : ` offset ${command.offset.text}`
      return `stats ${command.items.map(formatItem).join(', ')}${by}${offset}`
    }
    case 'sort':
      return `sort ${command.keys.map(key => `${key.text}${key.direction === null ? '' : ` ${key.direction}`}`).join(', ')}`
    case 'limit':
      return `limit ${command.any ? 'any ' : ''}${command.count}`
    case 'dedup':
    case 'countFrequent':
      return `${command.kind} ${formatPaths(command.paths)}`
    case 'source':
      return formatSource(command)
    case 'anomaly':
    case 'estimate':
      return command.kind
    case 'pattern':
      return `pattern ${formatExpr(command.operand)}`
    case 'diff':
      return command.period === null ? 'diff' : `diff ${command.period}`
    case 'logcompare':
      return `logcompare timeshift ${command.shift.text}`
    case 'relevantfields':
      return words('relevantfields', formatPaths(command.paths), 'where', formatExpr(command.condition))
    case 'parse':
      return words('parse', command.operand && formatExpr(command.operand), formatMethod(command.method))
    case 'json':
      return `json field=${formatPath(command.field.steps)} ${formatText(command.path.value)} as ${formatName(command.alias)}`
    case 'unnest':
      return `unnest ${formatPath(command.list.steps)} into ${formatName(command.alias)}`
    case 'expand':
      return `expand ${formatPath(command.list.steps)}`
    case 'join':
    case 'lookup':
    case 'cidrlookup':
    case 'appendcols':
      return formatCombining(command)
    default:
      return formatRowCommand(command)
  }
}

/** Joined by blanks; what is null or empty is left out. */
function words(...parts: readonly (string | null)[]): string {
  return parts.filter(part => part !== null && part !== '').join(' ')
}

function formatItem({ expr, alias, text }: Item): string {
  return alias === null ? (text ?? formatExpr(expr)) : `${formatExpr(expr)} as ${formatName(alias)}`
}

function formatPaths(paths: readonly { readonly steps: readonly (string | number)[] }[]): string {
  return paths.map(({ steps }) => formatPath(steps)).join(', ')
}

function formatNames(names: Parse['method']['names']): string {
  return names.map(formatName).join(', ')
}

function formatMethod(method: Parse['method']): string {
  switch (method.kind) {
    case 'glob':
      return `${formatText(method.glob)} as ${formatNames(method.names)}`
    case 'regex': {
      const names = method.names.length === 0 ? null : `as ${formatNames(method.names)}`
      return words(formatRegex(method), names, method.multi ? 'multi' : null)
    }
    case 'logfmt':
    case 'csv':
      return `${method.kind} as ${formatNames(method.names)}`
    default:
      return unreachable(method)
  }
}

function formatCombining(command: Extract<Command, { kind: 'join' | 'lookup' | 'cidrlookup' | 'appendcols' }>): string {
  switch (command.kind) {
    case 'join': {
      const type = command.type === null ? null : `type=${command.type}`
      const sides = `left=${formatName(command.left)} right=${formatName(command.right)}`
      const on = command.on.map(({ steps }) => formatPath(steps)).join(' = ')
      return words('join', type, sides, 'where', on, `(${formatQuery(command.query)})`)
    }
    case 'lookup': {
      const matches = command.matches.map(({ column, field }) =>
        words(formatName(column), field && `as ${formatPath(field.steps)}`),
      )
      return words('lookup', formatName(command.table), matches.join(', '), command.mode, formatNames(command.outputs))
    }
    case 'cidrlookup': {
      const outputs = command.outputs.map(({ column, alias }) =>
        words(formatName(column), alias && `as ${formatName(alias)}`),
      )
      const column = command.column && `as ${formatName(command.column)}`
      const field = formatPath(command.field.steps)
      return words('cidrlookup', formatName(command.table), field, column, command.mode, outputs.join(', '))
    }
    case 'appendcols': {
      const override = command.override === null ? null : `override=${command.override}`
      const max = command.max === null ? null : `max=${command.max}`
      return words('appendcols', override, max, `(${formatQuery(command.query)})`)
    }
    default:
      return unreachable(command)
  }
}

type RowCommand = Extract<
  Command,
  { kind: 'addtotals' | 'accum' | 'autoregress' | 'filldown' | 'fillmissing' | 'sessionize' | 'outlier' }
>

function formatRowCommand(command: RowCommand): string {
  switch (command.kind) {
    case 'addtotals': {
      const name = command.fieldName && `fieldname=${formatName(command.fieldName)}`
      return words(
        'addtotals',
        name,
        option('row', command.row),
        option('col', command.col),
        formatPaths(command.paths),
      )
    }
    case 'accum':
      return words('accum', formatPath(command.path.steps), command.alias && `as ${formatName(command.alias)}`)
    case 'autoregress': {
      const { lags, alias } = command
      const p = lags && (lags.from === lags.to ? `p=${lags.from}` : `p=${lags.from}-${lags.to}`)
      return words('autoregress', formatPath(command.path.steps), alias && `as ${formatName(alias)}`, p)
    }
    case 'filldown':
      return words('filldown', ...command.names.map(({ text }) => formatPattern(text)))
    case 'fillmissing': {
      const fills = command.fills.map(({ value, name }) => `${formatExpr(value)} for ${formatPath(name.steps)}`)
      return fills.length === 0 ? 'fillmissing' : `fillmissing with ${fills.join(', ')}`
    }
    case 'sessionize': {
      const span = command.maxSpan && `maxspan ${command.maxSpan.text}`
      return words('sessionize', formatPaths(command.paths), span, command.alias && `as ${formatName(command.alias)}`)
    }
    case 'outlier': {
      const options = [
        option('action', command.action),
        command.param && `param=${command.param.text}`,
        option('uselower', command.useLower),
        option('mark', command.mark),
      ]
      return words('outlier', ...options, formatPaths(command.paths))
    }
    default:
      return unreachable(command)
  }
}

function option(name: string, value: string | boolean | null): string | null {
  return value === null ? null : `${name}=${value}`
}

/** Quotes what is between the stars where a word could not be written bare. */
function formatPattern(text: string): string {
  return text
    .split('*')
    .map(piece => (piece === '' ? '' : formatName({ name: piece })))
    .join('*')
}

function formatSource({ group, clauses }: Source): string {
  if (group !== null) return `source ${formatText(group.value)}`
  const list = (values: readonly string[]) => `[${values.map(formatText).join(', ')}]`
  const formatted = clauses.map(clause => {
    if (clause.kind === 'logGroups')
      return `logGroups(${clause.options.map(({ name, values }) => `${name}: ${list(values)}`).join(', ')})`
    if (clause.kind === 'dataSource') return `dataSource(${list(clause.values)})`
    const filters = clause.filters.map(({ key, values }) => `{"key": ${formatText(key)}, "values": ${list(values)}}`)
    return `logGroupTags([${filters.join(', ')}])`
  })
  return `source ${formatted.join(' ')}`
}
