/** Where a class of characters ends: the index of its `]`, from that of its `[`, in a regex that compiles. */
export function endOfClass(regex: string, start: number): number {
  let at = start + 1
  if (regex[at] === '^') at++
  if (regex[at] === ']') at++
  for (; at < regex.length && regex[at] !== ']'; at++) {
    if (regex[at] === '\\') at++
    else if (regex.startsWith('[:', at)) at = Math.max(at, regex.indexOf(':]', at) + 1)
  }
  return at
}
