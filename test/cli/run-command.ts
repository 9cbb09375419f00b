import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { afterAll, vi } from 'vitest'

/** What queries fetch is cached below the user's cache folder, which tests leave alone. */
const cache = mkdtempSync(join(tmpdir(), 'tailrace-cache-'))
vi.stubEnv('XDG_CACHE_HOME', cache)
afterAll(() => rm(cache, { recursive: true, force: true }))

type CreateCommand = (context: { readonly setExitCode: (code: number) => void }) => Command

/** Runs a command in this process, as `cli/bin.ts` does; what it writes is caught. */
export async function runCommand(
  create: CreateCommand,
  args: readonly string[],
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let code = 0
  let out = ''
  let err = ''
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(text => {
      out += text
      return true
    }),
    vi.spyOn(process.stderr, 'write').mockImplementation(text => {
      err += text
      return true
    }),
  ]
  try {
    const program = new Command('tailrace').exitOverride()
    const command = create({
      setExitCode: status => {
        code = status
      },
    })
    for (const each of [command, ...command.commands]) each.copyInheritedSettings(program)
    await program.addCommand(command).parseAsync([command.name(), ...args], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) code = error.exitCode === 0 ? 0 : 2
    else {
      err += `tailrace: ${error instanceof Error ? error.message : error}\n`
      code = 2
    }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  return { code, out, err }
}
