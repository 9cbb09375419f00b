/** What the access logs of the three kinds of load balancer have in common. */

/**
 * Puts the two parts of `address:port` behind each other: the last colon separates, as an IPv6 address has more of them.
 * Both are null for `-`.
 */
export function pushAddress(values: (string | null)[], address: string): void {
  const colon = address.lastIndexOf(':')
  if (colon === -1) values.push(orNull(address), null)
  else values.push(address.slice(0, colon), orNull(address.slice(colon + 1)))
}

/**
 * Puts method, URL and protocol of a request line behind each other. The URL may hold blanks, which separate nothing.
 * A line that is no HTTP request is `- http://host:port- -`, or `- - -` on a classic load balancer; `-` is null.
 */
export function pushRequest(values: (string | null)[], request: string): void {
  const first = request.indexOf(' ')
  const last = request.trimEnd().lastIndexOf(' ')
  if (first === -1 || last <= first) values.push(null, orNull(request), null)
  else
    values.push(
      orNull(request.slice(0, first)),
      orNull(request.slice(first + 1, last)),
      orNull(request.slice(last + 1).trimEnd()),
    )
}

/** Load balancers write `-` for a value there is none of. */
export function orNull(value: string | undefined): string | null {
  return value === undefined || value === '-' || value === '' ? null : value
}

/** True for the ISO 8601 time that access logs carry: a digit, then `T` at its eleventh place. */
export function isIsoTime(value: string | undefined): boolean {
  return value !== undefined && value.length >= 19 && value.charCodeAt(4) === 45 && value.charCodeAt(10) === 84
}
