import type { FilterPattern } from '../../shared/filter-pattern/index.js'
import { markMatches } from '../../shared/filter-pattern/mark.js'
import { highlight } from '../terminal.js'
import { type EventPlaces, eventLine, type ShownEvent } from './print-events.js'

/** A matching event as `eventLine` has it, with the parts that the pattern asks about marked; without one, no marks. */
export function markedLine(event: ShownEvent, places: EventPlaces, ast: FilterPattern | null): string {
  if (ast === null) return eventLine(event, places)
  const { message } = event
  const spans = markMatches(ast, message)
  let from = 0
  const lines = message.split('\n').map(line => {
    const [start, end] = [from, from + line.length]
    from = end + 1
    const within = spans.filter(span => span.start < end && span.end > start)
    const moved = within.map(span => ({
      start: Math.max(span.start, start) - start,
      end: Math.min(span.end, end) - start,
    }))
    return highlight(line.replace(/\r$/, ''), moved, true)
  })
  while (lines.length > 1 && lines.at(-1)!.trim() === '') lines.pop()
  const place = eventLine({ ...event, message: '' }, places).trimEnd()
  return `${place} ${lines.join('\n  ')}\n`
}
