import { columnNames } from './column-names.js'
import { type Frame, type Item, isMarkItem, isWord } from './frames.js'

/** The names that the commands before the cursor leave to use. */
export interface NamesInScope {
  /** Fields of the events can be named: no `stats` or the like has gone before. */
  readonly hasEvents: boolean
  /** Made by the query, in the order of their making. */
  readonly defined: readonly string[]
  /** Aliases of the sides of a join, whose fields are `alias.field`. */
  readonly sides: readonly string[]
  /** The condition of a join is being written, where each field needs its side. */
  readonly isJoining: boolean
}

/** @param textOf the query's text between two offsets, for columns that are named by their expression */
export function namesInScope({ commands, items }: Frame, textOf: (from: number, to: number) => string): NamesInScope {
  let hasEvents = true
  let defined: string[] = []
  let sides: readonly string[] = []
  for (const command of commands) {
    const word = command[0]?.kind === 'word' ? command[0].text.toLowerCase() : ''
    if (word === 'join') sides = sidesOf(command)
    const hasTime = hasEvents || defined.includes('@timestamp')
    if (word === 'stats' || replacing.includes(word)) {
      hasEvents = false
      sides = []
      defined = []
    }
    if (word === 'stats') defined.push(...columnsOf(command, textOf))
    else if (word === 'countfrequent' || word === 'count_frequent') defined.push(...namesAfterComma(command))
    else defined.push(...newNames(command))
    defined.push(...ownColumns(word, command))
    // That of the newest event of each pattern.
    if (word === 'pattern' && hasTime) defined.push('@timestamp')
  }
  // Within stats, expressions may name what was called before in the same command; so may later items of fields.
  defined.push(
    ...newNames(
      items.slice(
        0,
        Math.max(
          0,
          items.findLastIndex(item => isMarkItem(item, ',')),
        ),
      ),
    ),
  )
  // The sides of a join are there for its own condition.
  const isJoining = isWord(items[0], 'join')
  return { hasEvents, defined: [...new Set(defined)], sides: isJoining ? sidesOf(items) : sides, isJoining }
}

const replacing = ['pattern', 'diff', 'relevantfields', 'countfrequent', 'count_frequent', 'logcompare']

function ownColumns(word: string, command: readonly Item[]): readonly string[] {
  switch (word) {
    case 'logcompare':
    case 'diff':
      return ['@pattern', '@sampleCount', ...Object.keys(columnNames.diff), '@severityLabel']
    case 'count_frequent':
      return Object.keys(columnNames.countfrequent)
    case 'sessionize':
    case 'addtotals':
      return command.some(item => isWord(item, 'as') || isWord(item, 'fieldname')) ? [] : Object.keys(columnNames[word])
    case 'pattern':
    case 'anomaly':
    case 'relevantfields':
    case 'countfrequent':
      return Object.keys(columnNames[word])
    default:
      return []
  }
}

/** Names after `as`, `into` and `fieldname=`, and the groups of a regular expression. */
function newNames(command: readonly Item[]): readonly string[] {
  const names: string[] = []
  const isParse = isWord(command[0], 'parse')
  let isNext = false
  for (const [at, item] of command.entries()) {
    if (item.kind === 'regex') names.push(...groupsOf(item.source))
    else if (isNext && item.kind === 'word') {
      names.push(item.text)
      // After the "as" of parse there is a list of names.
      isNext = false
    } else if (isParse && isMarkItem(item, ',')) isNext = command.slice(0, at).some(one => isWord(one, 'as'))
    else {
      const isOption = isMarkItem(item, '=') && isWord(command[at - 1], 'fieldname')
      isNext = isWord(item, 'as') || isWord(item, 'into') || isOption
    }
  }
  return names
}

function groupsOf(source: string): readonly string[] {
  return [...source.matchAll(/\(\?P?<([A-Za-z_@][\w@.]{0,100})>/g)].map(([, name]) => name!)
}

/** Each item of `stats … by …`: its alias, or else its text. */
function columnsOf(command: readonly Item[], textOf: (from: number, to: number) => string): readonly string[] {
  const names: string[] = []
  let item: Item[] = []
  const end = () => {
    const named = item.findIndex(one => isWord(one, 'as'))
    const alias = named === -1 ? undefined : item[named + 1]
    if (alias?.kind === 'word') names.push(alias.text)
    else if (named === -1 && item.length > 0) names.push(textOfItem(item, textOf))
    item = []
  }
  for (const one of command.slice(1)) {
    if (isMarkItem(one, ',') || isWord(one, 'by')) end()
    else if (isWord(one, 'offset')) break
    else item.push(one)
  }
  end()
  return names.filter(name => name !== '')
}

function textOfItem(item: readonly Item[], textOf: (from: number, to: number) => string): string {
  const first = item[0]!
  const last = item.at(-1)!
  if (first.kind === 'nested') return ''
  return textOf(first.span.start, last.kind === 'nested' ? last.end : last.span.end)
}

function namesAfterComma(command: readonly Item[]): readonly string[] {
  return command.slice(1).flatMap(item => (item.kind === 'word' ? [item.text] : []))
}

function sidesOf(command: readonly Item[]): readonly string[] {
  return ['left', 'right'].flatMap(side => {
    const at = command.findIndex((item, index) => isWord(item, side) && isMarkItem(command[index + 1], '='))
    const alias = at === -1 ? undefined : command[at + 2]
    return alias?.kind === 'word' ? [alias.text] : []
  })
}
