import { readFileSync } from 'node:fs'
import { type CaseResult, runFilterPatternCases } from './conformance/filter-pattern.js'

/**
 * `npm run conformance -- SUITE CASES.json [--doubtful]`: runs a file of cases and prints what differs. Every case
 * counts, except one whose expectation is null, which is only reported. Exit status 1 if a case failed; with
 * `--doubtful`, where the expectations are readings and not facts, differences are only reported.
 */
const suites: Readonly<Record<string, (files: readonly string[]) => readonly CaseResult[]>> = {
  'filter-pattern': ([file = '']) => runFilterPatternCases(JSON.parse(readFileSync(file, 'utf8'))),
}

function main(args: readonly string[]): number {
  const isDoubtful = args.includes('--doubtful')
  const [name = '', ...files] = args.filter(argument => argument !== '--doubtful')
  const suite = suites[name]
  if (suite === undefined || files.length === 0) {
    console.error(`usage: npm run conformance -- ${Object.keys(suites).join('|')} CASES.json [--doubtful]`)
    return 2
  }
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  console.log(`tailrace ${version}, ${name}, node ${process.versions.node}`)
  const results = suite(files)
  for (const { id, outcome, detail } of results)
    if (outcome !== 'passed')
      console.log(`${outcome === 'failed' && isDoubtful ? 'differs' : outcome} ${id}: ${detail}`)
  const count = (outcome: CaseResult['outcome']) => results.filter(result => result.outcome === outcome).length
  console.log(`${count('passed')} passed, ${count('failed')} failed`)
  return count('failed') > 0 && !isDoubtful ? 1 : 0
}

process.exitCode = main(process.argv.slice(2))
