/** Dollars for each TB that a query reads, and the least that a query counts. Source: Amazon Athena pricing, SQL queries. */
const dollarsPerTb = 5
const leastBytes = 10_000_000

/** Of a query that reads so many bytes, at list price, a TB being 10^12 bytes; never less than the bill. */
export function athenaDollars(bytes: number): number {
  const megabytes = Math.ceil(Math.max(bytes, leastBytes) / 1_000_000)
  return (megabytes / 1_000_000) * dollarsPerTb
}
