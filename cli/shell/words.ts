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
 * @param typed the words after `tailrace`, the last one being written
 */
export async function shellWords(
  program: Command,
  typed: readonly string[],
  dynamic: DynamicWords,
): Promise<ShellWords> {
  const before = typed.slice(0, -1)
  const current = typed.at(-1) ?? ''
  const { command, value, operands } = walk(program, before)
  const lake = lakeOf(before)
  const fitting = (words: readonly ShellWord[]) => words.filter(({ word }) => word.startsWith(current))
  if (value !== null) {
    if (value.long === '--group') return { words: fitting(plain(await dynamic.groups(lake))), takesFiles: false }
    return { words: [], takesFiles: value.long === '--lookup' || value.long === '--lake' }
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
      const option = command.options.find(({ long, short }) => long === word || short === word)
      value = option?.required === true || option?.optional === true ? option : null
    } else {
      const next = command.commands.find(one => one.name() === word)
      operands = next === undefined ? operands + 1 : 0
      command = next ?? command
    }
  }
  return { command, value, operands }
}

function lakeOf(words: readonly string[]): string | undefined {
  const at = words.lastIndexOf('--lake')
  return at === -1 ? undefined : words[at + 1]
}
