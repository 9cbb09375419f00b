import { quoteText } from '../../shared/sql/quote.js'

/** What the samples are asked: where the errors are. */
export const samplesSql = `SELECT log_group, format, count(*) AS events,
       count(*) FILTER (level IN ('ERROR', 'FATAL')) AS errors, max(timestamp) AS latest
FROM logs
GROUP BY ALL
ORDER BY errors DESC, events DESC
LIMIT 8`

/** What a group of the user's is asked: what it holds, and of when. */
export function groupSql(logGroup: string): string {
  return `SELECT format, level, count(*) AS events, min(timestamp) AS earliest, max(timestamp) AS latest
FROM logs
WHERE log_group = ${quoteText(logGroup)}
GROUP BY ALL
ORDER BY events DESC, format, level
LIMIT 12`
}
