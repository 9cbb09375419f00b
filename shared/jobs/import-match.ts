/**
 * Which of the events that an export holds of one stream and millisecond the lake does not hold yet.
 *
 * The lake's events have ids and may have been redacted by other rules; the export's have no ids and no redaction. Each
 * row of the lake is one event of the export, so this is a matching: an exported event can be a row when its message,
 * under any redaction that was ever in force, is what the row says. A row that is redacted and fits none was redacted by
 * rules nobody recorded: it still is one of the events, and counts as one.
 */

/** Texts that a message may have become, the likeliest first: the first is what it becomes today. */
export type Readings = (message: string) => readonly string[]

export interface Missing {
  readonly message: string
  /** Events that the lake does not hold. */
  readonly count: number
  /**
   * How many rows to land: those that are missing and, of the same text, those that the lake holds, since readers take
   * the largest number of copies that any source has.
   */
  readonly copies: number
}

/** @param held messages of the lake's rows, each event once */
export function missingEvents(
  exported: readonly string[],
  held: readonly string[],
  readings: Readings,
): readonly Missing[] {
  if (held.length === 0) return [...counts(exported)].map(([message, count]) => ({ message, count, copies: count }))
  const wanted = counts(exported)
  const rows = counts(held)
  const free = new Map(rows)
  const matching = new Matching(wanted, free, readings)
  matching.run()
  let unexplained = [...free].reduce((sum, [text, left]) => sum + (text.includes('[REDACTED:') ? left : 0), 0)
  const missing = new Map<string, { readonly message: string; count: number }>()
  for (const [message, left] of matching.unmatched) {
    const taken = Math.min(left, unexplained)
    unexplained -= taken
    if (left === taken) continue
    const text = readings(message)[0]!
    const entry = missing.get(text) ?? { message, count: 0 }
    entry.count += left - taken
    missing.set(text, entry)
  }
  return [...missing].map(([text, { message, count }]) => ({ message, count, copies: count + (rows.get(text) ?? 0) }))
}

/**
 * For each message the text of the row without an id that stands for it, or null where none does.
 *
 * Two messages that a redaction made alike may have changed places: the delivered one became the row with an id, and the
 * import, which could not tell, landed a row that says what the delivered one said. So rows with ids take part: an event
 * that fits one of them is the row without an id that could have been that event.
 *
 * @param imported texts of the rows without ids, each event once
 * @param identified texts of the rows with ids
 */
export function importedTextsOf(
  messages: readonly string[],
  imported: readonly string[],
  identified: readonly string[],
  readings: Readings,
): readonly (string | null)[] {
  const byReading = new Map<string, string[]>()
  for (const text of new Set(imported)) {
    for (const reading of new Set(readings(text))) {
      const texts = byReading.get(reading)
      if (texts === undefined) byReading.set(reading, [text])
      else texts.push(text)
    }
  }
  const couldBe = (text: string) => readings(text).flatMap(reading => byReading.get(reading) ?? [])
  // No message begins like that. They come first, so that each is its own row while nothing speaks against it.
  const own = new Map(identified.map(text => [`\0row ${text}`, text]))
  const matching = new Matching(
    counts([...identified.map(text => `\0row ${text}`), ...messages]),
    counts([...identified, ...imported]),
    message => {
      const text = own.get(message)
      return text === undefined ? readings(message) : [text, ...couldBe(text)]
    },
  )
  matching.run()
  const matched = matching.texts()
  const left = counts(imported)
  const take = (text: string) => {
    const count = left.get(text) ?? 0
    if (count > 0) left.set(text, count - 1)
    return count > 0
  }
  const moved = [...own].flatMap(([key, text]) => matched.get(key)!.filter(other => other !== text))
  const texts = messages.map(message => matched.get(message)?.pop() ?? null)
  const isDirect = texts.map(text => text !== null && take(text))
  return texts.map((text, index) => (text === null || isDirect[index] ? text : (moved.find(take) ?? null)))
}

function counts(texts: readonly string[]): Map<string, number> {
  const found = new Map<string, number>()
  for (const text of texts) found.set(text, (found.get(text) ?? 0) + 1)
  return found
}

/** A largest matching of messages with rows, both counted: likeliest readings first, then along augmenting paths. */
class Matching {
  readonly unmatched: Map<string, number>
  readonly #free: Map<string, number>
  readonly #readings: Map<string, readonly string[]>
  /** By row text, how many of it each message has. */
  readonly #held = new Map<string, Map<string, number>>()

  constructor(wanted: ReadonlyMap<string, number>, free: Map<string, number>, readings: Readings) {
    this.unmatched = new Map(wanted)
    this.#free = free
    this.#readings = new Map([...wanted.keys()].map(message => [message, [...new Set(readings(message))]]))
  }

  run(): void {
    const depth = Math.max(0, ...[...this.#readings.values()].map(texts => texts.length))
    for (let level = 0; level < depth; level++) {
      for (const [message, left] of this.unmatched) {
        const text = this.#readings.get(message)![level]
        if (text === undefined) continue
        const taken = Math.min(left, this.#free.get(text) ?? 0)
        if (taken > 0) this.#give(message, text, taken)
      }
    }
    for (const message of [...this.unmatched.keys()]) {
      while (this.unmatched.has(message) && this.#augment(message, new Set())) this.#take(message)
    }
  }

  /** By message, the texts of its rows. */
  texts(): Map<string, string[]> {
    const found = new Map<string, string[]>()
    for (const [text, holders] of this.#held) {
      for (const [message, count] of holders) {
        const texts = found.get(message) ?? []
        found.set(message, texts)
        for (let copy = 0; copy < count; copy++) texts.push(text)
      }
    }
    return found
  }

  #give(message: string, text: string, count: number): void {
    this.#free.set(text, this.#free.get(text)! - count)
    this.#hold(message, text, count)
    this.#take(message, count)
  }

  #hold(message: string, text: string, count: number): void {
    const holders = this.#held.get(text) ?? new Map<string, number>()
    this.#held.set(text, holders)
    const now = (holders.get(message) ?? 0) + count
    if (now === 0) holders.delete(message)
    else holders.set(message, now)
  }

  #take(message: string, count = 1): void {
    const left = this.unmatched.get(message)! - count
    if (left === 0) this.unmatched.delete(message)
    else this.unmatched.set(message, left)
  }

  /** Makes room for one more of the message, moving others to texts that fit them too. */
  #augment(message: string, seen: Set<string>): boolean {
    for (const text of this.#readings.get(message)!) {
      if (seen.has(text)) continue
      seen.add(text)
      const free = this.#free.get(text) ?? 0
      if (free > 0) {
        this.#free.set(text, free - 1)
        this.#hold(message, text, 1)
        return true
      }
      for (const other of [...(this.#held.get(text)?.keys() ?? [])]) {
        if (other === message || !this.#augment(other, seen)) continue
        this.#hold(other, text, -1)
        this.#hold(message, text, 1)
        return true
      }
    }
    return false
  }
}
