import { Argument, Command } from 'commander'
import { sampleQueries } from '../../shared/insights/index.js'
import { knownGroups } from '../known-groups.js'
import { openLake } from '../lake.js'
import { listSaved } from '../saved-queries.js'
import { shellScripts } from '../shell/scripts.js'
import { type DynamicWords, shellWords } from '../shell/words.js'

const help = `
Prints a script for the shell, which completes commands, options, log groups of the lake and names of queries:

  eval "$(tailrace completion bash)"       in ~/.bashrc
  eval "$(tailrace completion zsh)"        in ~/.zshrc, after compinit
  tailrace completion fish | source        in ~/.config/fish/config.fish

Exit status: 0 done; 2 an argument is wrong.`

/** `tailrace completion`: scripts for the completion of the shell. */
export function completionCommand({ setExitCode }: { readonly setExitCode: (code: number) => void }): Command {
  const command = new Command('completion').description("the shell's completion of tailrace commands")
  for (const [shell, script] of Object.entries(shellScripts)) {
    command
      .command(shell)
      .description(`print the script for ${shell}`)
      .action(() => {
        process.stdout.write(script)
        setExitCode(0)
      })
  }
  command
    .command('words', { hidden: true })
    .description('what can stand for the last of the words; asked by the scripts')
    .addArgument(new Argument('[words...]'))
    .action(async (words: readonly string[], _: unknown, { parent }: Command) => {
      const { words: found, takesFiles } = await shellWords(parent?.parent ?? command, words, dynamicWords)
      const lines = found.map(({ word, description }) => `${word}\t${description}`)
      process.stdout.write(takesFiles ? ':files\n' : lines.map(line => `${line}\n`).join(''))
      setExitCode(0)
    })
  return command.addHelpText('after', help)
}

/** Landing objects: enough to know the groups of the last hours, and few enough for a key press. */
const maxLooked = 200

/** Without a lake there is nothing to complete with, which a shell need not be told. */
const dynamicWords: DynamicWords = {
  groups: lake => quietly(() => knownGroups(openLake(lake), { most: maxLooked })),
  async queries(lake) {
    const saved = await quietly(async () => (await listSaved(openLake(lake))).map(({ name }) => name))
    return [...saved, ...sampleQueries.map(({ name }) => name)]
  },
}

async function quietly(words: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await words()
  } catch {
    return []
  }
}
