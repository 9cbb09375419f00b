import { spawnSync } from 'node:child_process'

/** Whether python3 has the module; where it has not, says on the console what is therefore not checked. */
export function hasPythonModule(module: string, unchecked: string): boolean {
  const present = spawnSync('python3', ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0
  if (!present) console.log(`${module} is not installed for python3: ${unchecked}`)
  return present
}

/** What the script prints on standard output, as JSON. */
export function runPython(script: string, args: readonly string[] = [], input: Uint8Array | string = ''): unknown {
  const { stdout, stderr, status } = spawnSync('python3', ['-W', 'ignore', '-c', script, ...args], {
    input,
    maxBuffer: 100_000_000,
  })
  if (status !== 0) throw new Error(`python3: ${stderr}`)
  return JSON.parse(String(stdout))
}
