/** What may follow what: rules of the User Guide about the order of commands, which no single command shows. */
import type { Command, Query } from './ast.js'
import type { Lowering } from './lowering.js'

const maxStats = 10

export function checkOrder({ commands }: Query, isNested: boolean, fail: Lowering['fail']): void {
  const lastStats = commands.findLastIndex(({ kind }) => kind === 'stats')
  const stats = commands.filter(({ kind }) => kind === 'stats')
  if (stats.length > maxStats)
    fail('too-many-stats', stats[maxStats]!.span, `a query can have ${maxStats} stats commands, this is one more`)
  const joins = commands.filter(({ kind }) => kind === 'join')
  if (joins.length > 1) fail('second-join', joins[1]!.span, 'a query can have one join')
  const dedup = commands.findIndex(({ kind }) => kind === 'dedup')
  commands.forEach((command, index) => {
    const { kind, span } = command
    if ((kind === 'sort' || kind === 'limit') && index < lastStats)
      fail('order', span, `${kind} stands after the last stats command`, 'stats gives its rows in no order of its own')
    if (dedup !== -1 && index > dedup && kind !== 'limit')
      fail('order', span, `only limit can follow dedup, found ${kind}`, 'put it before dedup')
    if (kind === 'pattern' && commands.slice(0, index).some(isSort))
      fail('order', span, 'pattern cannot follow sort', 'put sort after pattern')
    const isApart = commands[index - 1]?.kind !== 'pattern'
    if (kind === 'anomaly' && isApart) fail('order', span, 'anomaly stands right after pattern', 'pattern @message')
    if ((kind === 'diff' || kind === 'logcompare') && isApart && commands.slice(0, index).some(isPattern))
      fail('order', span, `${kind} stands right after pattern`, `put what is between them after ${kind}`)
    if (kind === 'source' && index > 0) fail('order', span, 'SOURCE is the first command of a query')
    if (kind === 'estimate' && (index < commands.length - 1 || isNested))
      fail('order', span, 'estimate is the last command of a query')
  })
}

function isPattern({ kind }: Command): boolean {
  return kind === 'pattern'
}

function isSort({ kind }: Command): boolean {
  return kind === 'sort'
}
