import type { Query } from '../../shared/insights/index.js'

/** Columns that the last `stats` of a query groups by: what they hold are categories, also where it is numbers. */
export function groupingKeys({ commands }: Query): readonly string[] {
  const last = commands.findLast(command => command.kind === 'stats')
  return (last?.by ?? []).map(
    ({ alias, expr, text }) => alias?.name ?? (expr.kind === 'path' ? expr.steps.join('.') : (text ?? '')),
  )
}
