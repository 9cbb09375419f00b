/** One line of `npm run bench`: a median against a baseline measured in the same run. */
export interface BenchResult {
  readonly what: string
  readonly unit: string
  readonly median: number
  /** Half the distance between the first and the third quartile, over the median. */
  readonly spread: number
  readonly baseline: number
  readonly ratio: number
}

export interface Sample {
  readonly median: number
  readonly spread: number
}

/**
 * Medians in ms of several contenders, measured in turns so that a noisy neighbour hits all of them alike. A contender
 * that returns nothing is a broken bench, and fails.
 *
 * @param clock ms; of the wall where nothing else is given
 */
export async function measureInTurns<Name extends string>(
  contenders: Readonly<Record<Name, () => unknown>>,
  rounds: number,
  clock: () => number = () => performance.now(),
): Promise<Record<Name, Sample>> {
  const names = Object.keys(contenders) as Name[]
  const times = new Map<Name, number[]>(names.map(name => [name, []]))
  for (let round = -Math.ceil(rounds / 4); round < rounds; round++) {
    for (const name of names) {
      const began = clock()
      const result = await contenders[name]()
      const took = clock() - began
      if (result === undefined || result === null) throw new Error(`bench: ${name} returned nothing`)
      if (round >= 0) times.get(name)!.push(took)
    }
  }
  return Object.fromEntries(names.map(name => [name, summarise(times.get(name)!)])) as Record<Name, Sample>
}

/** CPU time of this process in ms: what other processes do on the machine changes it least. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

export function summarise(values: readonly number[]): Sample {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
  const median = at(0.5)
  return { median, spread: (at(0.75) - at(0.25)) / 2 / median }
}

export function compare(what: string, unit: string, measured: Sample, baseline: Sample): BenchResult {
  return {
    what,
    unit,
    median: round(measured.median),
    spread: round(measured.spread),
    baseline: round(baseline.median),
    ratio: round(measured.median / baseline.median),
  }
}

export function round(value: number): number {
  return Number(value.toPrecision(3))
}
