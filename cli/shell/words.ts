import type { Command, Option } from 'commander'

/** What the shell can complete a command line with: words, or files of its own finding. */
export interface ShellWords {
  readonly words: readonly ShellWord[]
  readonly takesFiles: boolean
}

export interface ShellWord {
  readonly word: string
  readonly description: string
}

export interface DynamicWords {
  /** Names of log groups of the lake. */
  groups(lake: string | undefined): Promise<readonly string[]>
  /** Names of saved and sample queries. */
  queries(lake: string | undefined): Promise<readonly string[]>
}

/**
 * What can stand for the last of these words, which may be empty: commands, options, log groups after `--group` and where a
 * command takes their names, queries after `queries run`.
 *
 * @param typed the words after `tailrace` as they are written, quotes and all, the last one being written
 */
export async function shellWords(
  program: Command,
  typed: readonly string[],
  dynamic: DynamicWords,
): Promise<ShellWords> {
  const before = typed.slice(0, -1).map(unquoted)
  const { start, current } = written(typed.at(-1) ?? '')
  const { command, value: awaited, operands } = walk(program, before)
  const lake = lakeOf(before)
  const fitting = (words: readonly ShellWord[]) => words.filter(({ word }) => word.startsWith(current))
  const value = awaited ?? (start === '' ? null : optionOf(command, start.slice(0, -1)))
  if (value !== null) {
    const names = value.long === '--group' ? await dynamic.groups(lake) : (value.argChoices ?? [])
    const words = fitting(plain(names)).map(one => ({ ...one, word: `${start}${one.word}` }))
    return { words, takesFiles: value.long === '--lookup' || value.long === '--lake' }
  }
  const options = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ long, description }) => ({ word: long ?? '', description }))
  if (current.startsWith('-'))
    return { words: fitting([...options, { word: '--help', description: 'show the help' }]), takesFiles: false }
  if (command.commands.length > 0) {
    const visible = command.createHelp().visibleCommands(command)
    return {
      words: fitting(visible.map(one => ({ word: one.name(), description: one.description() }))),
      takesFiles: false,
    }
  }
  const isQueryName = command.parent?.name() === 'queries' && command.registeredArguments[0]?.name() === 'name'
  if (isQueryName) return { words: fitting(plain(await dynamic.queries(lake))), takesFiles: false }
  const operand = command.registeredArguments[operands] ?? command.registeredArguments.findLast(one => one.variadic)
  if (/^(?:groups?|globs)$/.test(operand?.name() ?? ''))
    return { words: fitting(plain(await dynamic.groups(lake))), takesFiles: false }
  return { words: [], takesFiles: command.registeredArguments.some(({ variadic }) => variadic) }
}

/** What the shell makes of a word; a quote may still be open. */
function unquoted(word: string): string {
  const quote = word[0]
  if (quote !== '"' && quote !== "'") return word.replace(/\\(.)/g, '$1')
  return word.slice(1, word.length > 1 && word.endsWith(quote) ? -1 : undefined)
}

/** `start`: of `--group=/ecs` the name and the sign, which are no part of the value. */
function written(word: string): { readonly start: string; readonly current: string } {
  const start = /^--[a-z-]+=/.exec(word)?.[0] ?? ''
  return { start, current: unquoted(word.slice(start.length)) }
}

function plain(words: readonly string[]): readonly ShellWord[] {
  return words.map(word => ({ word, description: '' }))
}

/** The command that the words lead to, the option whose value comes next, and how many operands the command has so far. */
function walk(
  program: Command,
  words: readonly string[],
): { readonly command: Command; readonly value: Option | null; readonly operands: number } {
  let command = program
  let value: Option | null = null
  let operands = 0
  for (const word of words) {
    if (value !== null) {
      value = null
      continue
    }
    if (word.startsWith('-')) {
      value = optionOf(command, word)
    } else {
      const next = command.commands.find(one => one.name() === word)
      operands = next === undefined ? operands + 1 : 0
      command = next ?? command
    }
  }
  return { command, value, operands }
}

/** The option of this name, where it takes a value. */
function optionOf(command: Command, name: string): Option | null {
  const option = command.options.find(({ long, short }) => long === name || short === name)
  return option?.required === true || option?.optional === true ? option : null
}

function lakeOf(words: readonly string[]): string | undefined {
  const at = words.findLastIndex(word => word === '--lake' || word.startsWith('--lake='))
  if (at === -1) return undefined
  return words[at] === '--lake' ? words[at + 1] : unquoted(words[at]!.slice('--lake='.length))
}
