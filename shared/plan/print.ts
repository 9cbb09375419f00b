import { unreachable } from '../diagnostics/unreachable.js'
import type { Column, GroupSelection, Join, Plan } from './node.js'
import { printExpr } from './print-expr.js'
import { inputsOf } from './walk.js'

/** The plan as numbered lines, inputs first: `%2 = FILTER %1 status >= 500`. For people and golden files. */
export function printPlan(plan: Plan): string {
  const lines: string[] = []
  print(plan, lines)
  return lines.join('\n')
}

function print(plan: Plan, lines: string[]): string {
  const inputs = inputsOf(plan).map(input => print(input, lines))
  const name = `%${lines.length + 1}`
  const rest = details(plan)
  lines.push(`${name} = ${[plan.kind.toUpperCase(), ...inputs, rest].filter(part => part !== '').join(' ')}`)
  return name
}

function details(plan: Plan): string {
  switch (plan.kind) {
    case 'scan': {
      const bound = (sign: string, ms: number | null) => (ms === null ? [] : [`time ${sign} ${ms}`])
      const fields = plan.fields.map(({ name, as }) => (as === 'json' ? `${name}:json` : name)).join(', ')
      const groups = plan.groups === null ? [] : [printGroups(plan.groups)]
      const streams = plan.streams === undefined ? [] : [`streams ${plan.streams.join(', ')}`]
      return [...groups, ...streams, ...bound('>=', plan.from), ...bound('<=', plan.to), `[${fields}]`].join(' ')
    }
    case 'values':
      return `${plan.rows.length} rows [${plan.columns.join(', ')}]`
    case 'filter':
      return printExpr(plan.condition)
    case 'extend':
    case 'project':
      return printColumns(plan.columns)
    case 'parse': {
      const groups = plan.groups.map(({ index, name, isOptional }) => `${name} = ${index}${isOptional ? '?' : ''}`)
      return `${printExpr(plan.text)} /${plan.regex}/ [${groups.join(', ')}]${plan.everyMatch ? ' every match' : ''}`
    }
    case 'aggregate': {
      const made = plan.aggregates.map(one => `${one.name} = ${one.function}(${one.args.map(printExpr).join(', ')})`)
      return `[${made.join(', ')}]${plan.keys.length === 0 ? '' : ` by ${printColumns(plan.keys)}`}`
    }
    case 'sort': {
      const keys = plan.keys.map(({ value, descending }) => `${printExpr(value)} ${descending ? 'desc' : 'asc'}`)
      return `${keys.join(', ')}${plan.reversesTies === true ? ', ties reversed' : ''}`
    }
    case 'limit':
      return `${plan.count}${plan.any ? ' any' : ''}`
    case 'dedup':
      return plan.keys.map(printExpr).join(', ')
    case 'unnest':
      return `${plan.name} in ${printExpr(plan.list)}`
    case 'window':
      return `[${plan.columns.map(one => `${one.name} = ${one.function}(${printExpr(one.of)})`).join(', ')}]`
    case 'join':
      return printJoin(plan)
    case 'append':
      return ''
    case 'fill-gaps': {
      const every = plan.period.map(printExpr).join(', ')
      return `${plan.time} every ${every} for each [${plan.keys.join(', ')}] ${printColumns(plan.fills)}`
    }
    case 'cluster':
      return `${plan.name} = pattern of ${plan.text} by ${plan.weight}, ${printExpr(plan.apart)} apart`
    default:
      return unreachable(plan)
  }
}

function printColumns(columns: readonly Column[]): string {
  const printed = columns.map(({ name, value }) => {
    const text = printExpr(value)
    return text === name || text === `\`${name}\`` ? name : `${name} = ${text}`
  })
  return `[${printed.join(', ')}]`
}

function printGroups({ names, prefixes, accounts }: GroupSelection): string {
  const groups = [...names, ...prefixes.map(prefix => `${prefix}*`)].join(', ')
  return `{${groups}${accounts.length === 0 ? '' : ` of ${accounts.join(', ')}`}}`
}

function printJoin({ how, on, prefix, mark }: Join): string {
  const tests = on.map(
    one => `${printExpr(one.left)} ${one.test === 'cidr' ? 'in block' : '='} ${printExpr(one.right)}`,
  )
  return [how, tests.join(' and '), prefix === '' ? '' : `as ${prefix}`, mark ?? '']
    .filter(part => part !== '')
    .join(' ')
}
