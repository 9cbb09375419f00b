/** Decides which byte ranges of an object to ask for, so that few requests bring little more than what is needed. */

export interface Span {
  readonly start: number
  readonly bytes: number
}

export interface FetchRange<Piece extends Span> {
  readonly start: number
  /** Of the last byte. */
  readonly end: number
  /** What lies in it, in order. */
  readonly pieces: readonly Piece[]
}

/** A request costs about as much time as these many bytes: reading on is cheaper than asking again. */
const nearBytes = 64 * 1024

/** Longer stretches are fetched in several requests at once; a piece is never cut. */
const longBytes = 8 * 1024 * 1024

export function fetchRanges<Piece extends Span>(pieces: readonly Piece[]): readonly FetchRange<Piece>[] {
  const ranges: { start: number; end: number; pieces: Piece[] }[] = []
  for (const piece of pieces.toSorted((a, b) => a.start - b.start)) {
    const last = ranges.at(-1)
    const end = piece.start + piece.bytes - 1
    if (last !== undefined && piece.start - last.end - 1 <= nearBytes && end - last.start < longBytes) {
      last.end = Math.max(last.end, end)
      last.pieces.push(piece)
    } else ranges.push({ start: piece.start, end, pieces: [piece] })
  }
  return ranges
}
