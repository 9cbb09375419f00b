/**
 * Eleven questions to two million events, each as a query and as the DuckDB SQL that somebody who knows the data would write
 * by hand: `FILES` is the list of data files. Answers have as many rows.
 */
export interface BenchQuery {
  readonly what: string
  readonly query: string
  readonly byHand: string
  /** The same over gzipped lines, where the shell can do it: `LINES` is the file. */
  readonly shell?: string
}

/** Stands in two messages. */
const needle = 'req-000000007777'
/** Stands in some forty. */
const user = 'u-7777'

const json = (path: string) => `json_extract_string(message, '$.${path}')`
/** Of several paths at once: cheaper than one by one. */
const several = (...paths: readonly string[]) =>
  `json_extract_string(message, [${paths.map(path => `'$.${path}'`).join(', ')}])`
const isJson = "format = 'json'"

export const benchQueries: readonly BenchQuery[] = [
  {
    what: 'count by bin and level',
    query: 'stats count(*) as n by bin(5m) as t, level',
    byHand: `SELECT epoch_ms(timestamp) // 300000 AS t, ${json('level')} AS l, count(*) FROM FILES GROUP BY 1, 2 ORDER BY 1, 2`,
    shell: `zcat LINES | jq -r '[.timestamp[0:15], .level] | @tsv' | sort | uniq -c`,
  },
  {
    what: 'p95 by service',
    query: 'stats pct(latency, 95) as p by service',
    byHand: `SELECT f[1] AS s, quantile_cont(CAST(f[2] AS DOUBLE), 0.95) FROM (SELECT ${several('service', 'latency')} AS f FROM FILES) GROUP BY 1`,
    shell: `zcat LINES | jq -r '[.service, .latency] | @tsv' | sort | uniq | wc -l`,
  },
  {
    what: 'regex',
    query: 'filter @message like /timeout after [0-9]+ ms/ | stats count(*) as n',
    byHand: "SELECT count(*) FROM FILES WHERE regexp_matches(message, 'timeout after [0-9]+ ms')",
    shell: "zgrep -cE 'timeout after [0-9]+ ms' LINES",
  },
  {
    what: 'substring',
    query: 'filter @message like "connection refused" | stats count(*) as n',
    byHand: "SELECT count(*) FROM FILES WHERE contains(message, 'connection refused')",
    shell: "zgrep -cF 'connection refused' LINES",
  },
  {
    what: 'needle by request id',
    query: `filter @request_id = "${needle}" | fields @timestamp, @message`,
    byHand: `SELECT timestamp, message FROM FILES WHERE request_id = '${needle}'`,
    shell: `zgrep -F '${needle}' LINES`,
  },
  {
    what: 'needle in a field',
    query: `filter userId = "${user}" | fields @timestamp, @message`,
    byHand: `SELECT timestamp, message FROM FILES WHERE contains(message, '${user}') AND ${json('userId')} = '${user}'`,
    shell: `zgrep -F '"userId":"${user}"' LINES`,
  },
  {
    what: 'parse and group',
    query: 'parse @message "took * ms in *\\"" as took, zone | stats avg(took) as a by zone',
    byHand: `SELECT m.g2, avg(TRY_CAST(m.g1 AS DOUBLE)) FROM (SELECT regexp_extract(message, '(?s)took (.*?) ms in (.*?)"', ['g1', 'g2']) AS m FROM FILES) GROUP BY 1`,
  },
  {
    what: 'top ten',
    query: 'stats count(*) as n by path | sort n desc | limit 10',
    byHand: `SELECT ${json('path')} AS p, count(*) AS n FROM FILES GROUP BY 1 ORDER BY n DESC LIMIT 10`,
    shell: `zcat LINES | jq -r .path | sort | uniq -c | sort -rn | head`,
  },
  {
    what: 'dedup',
    query: 'fields @timestamp, service, status | dedup service, status',
    byHand: `SELECT arg_max(timestamp, timestamp), f[1] AS s, f[2] AS t FROM (SELECT timestamp, ${several('service', 'status')} AS f FROM FILES WHERE ${isJson}) GROUP BY 2, 3`,
  },
  {
    what: 'last 100 errors',
    query: 'filter level = "error" | sort @timestamp desc | limit 100 | fields @timestamp, @message',
    byHand: `SELECT timestamp, message FROM FILES WHERE ${json('level')} = 'error' ORDER BY timestamp DESC LIMIT 100`,
  },
  {
    what: 'join',
    query:
      'filter status >= 503 | join type=inner left=a right=b where a.@request_id=b.@request_id (SOURCE "/ecs/payments" | filter latency > 1990) | stats count(*) as n',
    byHand: `SELECT count(*) FROM (SELECT request_id AS r FROM FILES WHERE CAST(${json('status')} AS DOUBLE) >= 503) JOIN (SELECT request_id AS r FROM FILES WHERE log_group = '/ecs/payments' AND CAST(${json('latency')} AS DOUBLE) > 1990) USING (r)`,
  },
]
