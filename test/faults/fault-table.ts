/** The table of faults and their tests, `docs/faults.md`, made from the names of the tests. */

/** What goes wrong, by number. */
export const faults: Readonly<Record<number, string>> = {
  1: 'A control message, which has no group and an event with an empty id',
  2: 'A message type that nobody knows',
  3: 'No list of events, or an empty one',
  4: 'Bad base64, and invocations that are not of the two kinds',
  5: 'Gzip that is cut off or has a wrong checksum',
  6: 'Gzip of several members',
  7: 'A gzip bomb',
  8: 'Invalid JSON or UTF-8; lone surrogates; NUL',
  9: 'Members that nobody knows, `extractedFields` among them',
  10: 'A foreign or impossible owner; two filters on one group',
  11: 'A bad record in a Kinesis batch',
  12: 'Messages that a program could take for none: `0`, `false`, `null`, nothing, blanks',
  13: 'Events of 1 MB and above every limit',
  14: 'Very many very small events',
  15: 'Times long ago, ahead, zero, negative, too large, and where days and clocks change',
  16: 'A batch that spans several days, and a crash between its objects',
  17: 'The same id or the same text twice',
  18: 'Odd, repeated, very many and very deep JSON members; `=` and `/` in names',
  19: 'A field whose type differs between files',
  20: 'Numbers beyond what a double holds',
  21: 'One delivery twice at the same time (412 and 409)',
  22: 'A retry of what had succeeded',
  23: 'Killed at any of its requests',
  24: 'No time left; no memory left',
  25: 'S3 throttles, fails, cuts connections, loses answers, answers 200 with an error, refuses the clock',
  26: 'A KMS key that may not be used',
  27: 'All retries of an asynchronous invocation fail',
  28: 'A replay twice, and twice at the same time',
  29: 'More failed deliveries than one listing holds, of which some fail again',
  30: 'The store for what fails is itself down',
  33: 'Some of a batch fails, the rest does not',
  34: "Tailrace's own groups, and what else would feed back, under filters and account policies",
  35: 'Filters of others, and no room for ours (two or five places)',
  36: 'Groups that come and go meanwhile; throttling',
  37: 'Retention: explicit values, opt-out, numbers that CloudWatch does not take, protection, the class DELIVERY, throttling, lowered too early',
  38: 'Export tasks of others, failures after a start, several lines, stream names, and marks that move too early',
  39: 'A crash between what a merge writes and what it replaces',
  40: 'Two compactions at the same time',
  41: 'An event that comes days late',
  42: 'A query whose files are replaced and deleted meanwhile',
  43: 'Empty, cut off, damaged and foreign files in the prefix',
  44: 'Files of different schemas',
  45: 'Very many tiny files',
  46: 'A backfill over live data',
  47: 'A part of a query that is not supported',
  48: 'Quotes and statements in a query; regular expressions that others try for ever',
  49: 'Other rows on Athena than on DuckDB',
  50: 'Athena fails, is cancelled, or reaches the scan cap',
  51: 'A parser that throws',
  52: 'A secret in the configuration',
  53: 'A redeploy that renames the function or its filters',
}

export interface FaultTest {
  readonly numbers: readonly number[]
  /** What its name says after the numbers. */
  readonly claim: string
  readonly file: string
}

/** The tests of a source file whose names begin with `fault 11:` or `faults 21, 22:`. */
export function faultTests(file: string, source: string): readonly FaultTest[] {
  return [...source.matchAll(/^ +it\('faults? ([\d, ]+): (.+)', (?:async )?\(\) => \{$/gm)].map(match => ({
    numbers: match[1]!.split(', ').map(Number),
    claim: match[2]!,
    file,
  }))
}

/** Markdown; the files' names are links from `docs/`. */
export function faultTable(tests: readonly FaultTest[]): string {
  const rows = Object.entries(faults).map(([number, what]) => {
    const held = tests.filter(({ numbers }) => numbers.includes(Number(number)))
    const claims = held.map(({ claim, file }) => `${claim} ([${file}](../test/faults/${file}))`)
    return `| ${number} | ${what} | ${claims.join('<br>')} |`
  })
  return `${[...introduction, '', '| | What goes wrong | What is tested |', '|---|---|---|', ...rows].join('\n')}\n`
}

const introduction = [
  '# Faults',
  '',
  'Generated from the names of the tests in `test/faults` by `npm run test:update`; do not edit.',
  '',
  'Every test of faults 1 to 30 runs the built function, from its package, in a process of its own against the local S3.',
  'After it, each event of an acknowledged delivery is in exactly one of what a reader sees (once), the quarantine, and a',
  'counted drop; the reports add up to that; and nothing that was delivered stands in a log. Kills are SIGKILLs. The random streams run',
  "in the test's own process too, to get through many more steps; `FAULT_RUNS=20` makes them twenty times as many.",
  '',
  'Commits and compactions are killed in processes of their own, too, and so are commands on a lake in a directory:',
  '`LAKE_KILLS=all` kills functions at every request, `LAKE_KILL_ROUNDS=300 LAKE_SEED=7` kills at so many random times. Random',
  'histories of a lake, with crashes, races, lost answers, replays, imports, commits of another engine and readers, are in',
  '`test/lake/schedules.test.ts`; `LAKE_SCHEDULES=1000 LAKE_SEED=7` plays so many. Each run prints the seed and what it played.',
  '',
  'That DuckDB and Athena give the same rows (49) is shown on Trino, which is Athena’s engine: all cases by',
  '`npm run conformance -- insights … --engine trino`, whose results the test below compares, and where Trino is present a part',
  'of them, and filter patterns, by `test/trino/trino.test.ts`.',
  '',
  'Landing writes each object with one PUT, never in parts, so "200 with an error", which S3 documents for completing an',
  'upload and for copies, is tested on that PUT.',
  '',
  'Nothing is done yet about what CloudWatch Logs never delivers (31: throttled for 25 hours; 32: its permission taken away);',
  'times before a filter was there, and while it was away, are noted (36).',
]
