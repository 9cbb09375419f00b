/** The candidate that is written most like the word, for "did you mean"; undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = simplified(word)
  let best: string | undefined
  // Two changes make any word of three letters of any other.
  let least = Math.max(wanted.length > 3 ? 2 : 1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(wanted, simplified(candidate), least)
    if (distance < least) {
      best = candidate
      least = distance
    }
  }
  return (
    best ?? candidates.find(candidate => commonStart(wanted, simplified(candidate)) >= Math.max(3, wanted.length / 2))
  )
}

function commonStart(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}

function simplified(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '')
}

/** Insertions, deletions and replacements from one word to the other (Levenshtein); `limit` when that many or more. */
function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let down = 1; down <= from.length; down++) {
    const next = [down]
    for (let across = 1; across <= to.length; across++) {
      const replaced = row[across - 1]! + (from[down - 1] === to[across - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[across]! + 1, next[across - 1]! + 1))
    }
    row = next
  }
  return Math.min(row[to.length]!, limit)
}
