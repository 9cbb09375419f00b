/**
 * Columns and fields that no step above reads.
 *
 *     %1 = SCAN [@message, status, host]                    %1 = SCAN [status]
 *     %2 = EXTEND %1 [h = toupper(host), s = status]   →    %2 = EXTEND %1 [s = status]
 *     %3 = AGGREGATE %2 [n = count()] by [s]                %3 = AGGREGATE %2 [n = count()] by [s]
 */
import { type Expr, field } from '../expr.js'
import type { Extend, Plan, ScanField } from '../node.js'
import { fieldsIn } from '../walk.js'

/** Names that are read, each as text, as JSON or both; null for all. */
type Needed = ReadonlyMap<string, ReadonlySet<ScanField['as']>> | null

export function pruneColumns(plan: Plan): Plan {
  return plan.kind === 'project' ? prune(plan, new Map()) : plan
}

function prune<Step extends Plan>(plan: Step, needed: Needed): Plan {
  const step: Plan = plan
  switch (step.kind) {
    case 'scan': {
      const fields = step.fields.filter(field => isFieldNeeded(field, step.fields, needed))
      return fields.length === step.fields.length ? step : { ...step, fields }
    }
    case 'values':
      return step
    case 'project':
      return onInput(step, reads(needed, valuesOf(step.columns)))
    case 'filter':
      return onInput(step, reads(needed, [step.condition]))
    case 'extend':
      return pruneExtend(step, needed)
    case 'parse': {
      const groups = step.groups.filter(({ name }) => isNeeded(name, needed))
      if (groups.length === 0 && !step.everyMatch) return prune(step.input, needed)
      const kept = groups.length === 0 ? step.groups.slice(0, 1) : groups
      const changed = kept.length === step.groups.length ? step : { ...step, groups: kept }
      return onInput(changed, reads(without(needed, kept), [step.text]))
    }
    case 'aggregate': {
      const aggregates = step.aggregates.filter(({ name }) => isNeeded(name, needed))
      const isWhole =
        aggregates.length === step.aggregates.length || (aggregates.length === 0 && step.keys.length === 0)
      const changed = isWhole ? step : { ...step, aggregates }
      const values = [...valuesOf(step.keys), ...changed.aggregates.flatMap(({ args }) => args)]
      return onInput(changed, reads(new Map(), values))
    }
    case 'sort':
      return onInput(step, reads(needed, valuesOf(step.keys)))
    case 'limit':
      return onInput(step, needed)
    case 'dedup':
      return onInput(step, reads(needed, step.keys))
    case 'unnest':
      return onInput(step, reads(without(needed, [step]), [step.list]))
    case 'window': {
      const columns = step.columns.filter(({ name }) => isNeeded(name, needed))
      if (columns.length === 0) return prune(step.input, needed)
      const values = columns.flatMap(({ of, by, partition }) => [
        of,
        ...(by === undefined ? [] : [by]),
        ...(partition ?? []),
      ])
      const changed = columns.length === step.columns.length ? step : { ...step, columns }
      return onInput(changed, reads(without(needed, columns), values))
    }
    case 'cluster': {
      const own = [field(step.text), field(step.weight), step.apart]
      return onInput(step, reads(without(needed, [step]), own))
    }
    case 'fill-gaps':
      return onInput(step, null)
    case 'join': {
      const [left, right] = [prune(step.left, null), prune(step.right, null)]
      return left === step.left && right === step.right ? step : { ...step, left, right }
    }
    case 'append': {
      const [input, last] = [prune(step.input, needed), prune(step.last, needed)]
      return input === step.input && last === step.last ? step : { ...step, input, last }
    }
  }
}

function onInput<Step extends Extract<Plan, { input: Plan }>>(step: Step, needed: Needed): Step {
  const input = prune(step.input, needed)
  return input === step.input ? step : { ...step, input }
}

/** From the last column to the first, since each may use those before it. */
function pruneExtend(step: Extend, above: Needed): Plan {
  let needed = above
  const kept = step.columns.toReversed().filter(column => {
    if (!isNeeded(column.name, needed)) return false
    needed = reads(without(needed, [column]), [column.value])
    return true
  })
  if (kept.length === 0) return prune(step.input, needed)
  const changed = kept.length === step.columns.length ? step : { ...step, columns: kept.toReversed() }
  return onInput(changed, needed)
}

function valuesOf(columns: readonly { readonly value: Expr }[]): readonly Expr[] {
  return columns.map(({ value }) => value)
}

function isNeeded(name: string, needed: Needed): boolean {
  return needed === null || needed.has(name)
}

/** A field is read as it is wanted, or in the other way where the scan has it in no other. */
function isFieldNeeded({ name, as }: ScanField, fields: readonly ScanField[], needed: Needed): boolean {
  const wanted = needed?.get(name)
  if (needed === null || wanted?.has(as) === true) return true
  return wanted !== undefined && !fields.some(other => other.name === name && other.as !== as)
}

function reads(needed: Needed, exprs: readonly Expr[]): Needed {
  if (needed === null) return null
  const all = new Map(needed)
  for (const { name, as = 'text' } of exprs.flatMap(fieldsIn)) all.set(name, new Set([...(all.get(name) ?? []), as]))
  return all
}

function without(needed: Needed, made: readonly { readonly name: string }[]): Needed {
  if (needed === null) return null
  const all = new Map(needed)
  for (const { name } of made) all.delete(name)
  return all
}
