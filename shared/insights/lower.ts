import type { Diagnostic } from '../diagnostics/diagnostic.js'
import { field } from '../plan/expr.js'
import type { Column, Project, ScanField } from '../plan/node.js'
import type { Query } from './ast.js'
import { checkOrder } from './check-order.js'
import { lowerCommand } from './lower-commands.js'
import { groupsOf } from './lower-source.js'
import { createFail, defaultLimit, type Lowering, type LowerOptions, maxLimit, shownColumns } from './lowering.js'
import { openScope, resolve } from './scope.js'

export type Lowered =
  | { readonly plan: Project; readonly columns: readonly string[] }
  | { readonly diagnostics: readonly Diagnostic[] }

/**
 * A query as a plan. Finds what is grammatical and yet wrong, all of it at once: functions and arguments, fields that
 * stats has not kept, commands in the wrong order. What CloudWatch can and Tailrace cannot is an error of the code
 * `insights/unsupported`; nothing is left out silently.
 *
 * @param text the query, for the names of columns that have no alias
 */
export function lowerQuery(query: Query, text: string, options: LowerOptions): Lowered {
  const diagnostics: Diagnostic[] = []
  let hidden = 0
  const lowering = lowerCommands(query, text, options, diagnostics, () => `#${++hidden}`, false)
  if (diagnostics.length > 0) return { diagnostics }
  const columns = outputOf(lowering)
  const hasLimit = query.commands.some(({ kind }) => kind === 'limit')
  if (!hasLimit || options.limit !== undefined) {
    const count = Math.min(options.limit ?? defaultLimit, maxLimit)
    lowering.plan = { kind: 'limit', input: lowering.plan, count, any: false }
  }
  return {
    plan: { kind: 'project', input: lowering.plan, columns },
    columns: columns.map(({ name }) => name),
  }
}

function lowerCommands(
  query: Query,
  text: string,
  options: LowerOptions,
  diagnostics: Diagnostic[],
  nextHidden: () => string,
  isNested: boolean,
): Lowering {
  const [first] = query.commands
  const fields: ScanField[] = []
  const { fail, report } = createFail(diagnostics)
  const groups = groupsOf(first, options, fail)
  const lowering: Lowering = {
    options,
    diagnostics,
    isNested,
    plan: { kind: 'scan', groups, from: options.from, to: options.to, fields },
    scope: openScope(fields),
    masked: null,
    aggregates: null,
    output: {
      display: null,
      aggregated: null,
      fields: [],
      extracted: [],
      added: [],
      selected: null,
      isReplaceable: false,
      labels: new Map(),
      hasEvents: true,
    },
    nextHidden,
    textOf: ({ start, end }) => text.slice(start, end),
    fail,
    report,
    lowerEarlier: () => lowering,
    lowerNested: nested => {
      const inner = lowerCommands(nested, text, options, diagnostics, nextHidden, true)
      return { lowering: inner, columns: () => outputOf(inner) }
    },
  }
  // The order of rows goes by the event's time even where the query does not name it.
  resolve(lowering.scope, ['@timestamp'])
  if (isNested && first?.kind !== 'source')
    fail('missing-source', first?.span ?? query.span, 'a query within a query begins with SOURCE', "SOURCE 'log group'")
  checkOrder(query, isNested, fail)
  query.commands.forEach((command, index) => {
    lowering.lowerEarlier = shiftMs => {
      const earlier = { ...query, commands: query.commands.slice(0, index) }
      // What is wrong with these commands has been reported.
      return lowerCommands(earlier, text, shifted(options, shiftMs), [], nextHidden, isNested)
    }
    lowerCommand(lowering, command)
  })
  return lowering
}

function shifted(options: LowerOptions, ms: number): LowerOptions {
  const { from, to } = options
  return { ...options, from: from === null ? null : from - ms, to: to === null ? null : to - ms }
}

/** The columns of the answer under the names that the query wrote. */
function outputOf(lowering: Lowering): readonly Column[] {
  const { options, scope, output } = lowering
  const shown = shownColumns(lowering).map(({ name, value }) => ({ name: output.labels.get(name) ?? name, value }))
  if (!output.hasEvents || options.hasPointers === false) return shown
  return [...shown, { name: '@ptr', value: resolve(scope, ['@ptr']) ?? field('@ptr') }]
}
