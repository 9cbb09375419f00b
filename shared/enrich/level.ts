import type { Level } from './format.js'

/** Every spelling of a severity that the supported producers use, in small letters and in capitals. */
const spellings: ReadonlyMap<string, Level> = new Map(
  Object.entries({
    trace: 'TRACE',
    trce: 'TRACE',
    vrb: 'TRACE',
    verbose: 'TRACE',
    silly: 'TRACE',
    finest: 'TRACE',
    finer: 'TRACE',
    debug: 'DEBUG',
    dbug: 'DEBUG',
    dbg: 'DEBUG',
    debug1: 'DEBUG',
    debug2: 'DEBUG',
    debug3: 'DEBUG',
    debug4: 'DEBUG',
    debug5: 'DEBUG',
    fine: 'DEBUG',
    info: 'INFO',
    inf: 'INFO',
    information: 'INFO',
    informational: 'INFO',
    notice: 'INFO',
    note: 'INFO',
    log: 'INFO',
    system: 'INFO',
    config: 'INFO',
    statement: 'INFO',
    warn: 'WARN',
    wrn: 'WARN',
    warning: 'WARN',
    error: 'ERROR',
    err: 'ERROR',
    fail: 'ERROR',
    severe: 'ERROR',
    failure: 'ERROR',
    fatal: 'FATAL',
    ftl: 'FATAL',
    critical: 'FATAL',
    crit: 'FATAL',
    alert: 'FATAL',
    emerg: 'FATAL',
    emergency: 'FATAL',
    panic: 'FATAL',
  } satisfies Record<string, Level>).flatMap(([spelling, level]) => [
    [spelling, level],
    [spelling.toUpperCase(), level],
  ]),
)

/**
 * Maps a producer's severity onto the six levels. Numbers are read as pino and bunyan write them (10 to 60); syslog
 * severities, which run the other way, go through `levelOfSyslogSeverity`. Null when it is no severity.
 */
export function levelOf(value: unknown): Level | null {
  if (typeof value === 'string') {
    if (value.length > 13) return null
    return spellings.get(value) ?? spellings.get(value.toLowerCase()) ?? null
  }
  if (typeof value !== 'number' || !(value >= 10 && value < 70)) return null
  return (['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const)[Math.floor(value / 10) - 1]!
}

/** RFC 5424 severity 0 (emergency) to 7 (debug). */
export function levelOfSyslogSeverity(severity: number): Level | null {
  return (['FATAL', 'FATAL', 'FATAL', 'ERROR', 'WARN', 'INFO', 'INFO', 'DEBUG'] as const)[severity] ?? null
}

/** The status of an HTTP answer as a severity: 5xx ERROR, 4xx WARN, others INFO; null when it is no status (`-`, `000`). */
export function levelOfHttpStatus(status: string): Level | null {
  if (status.length !== 3 || !(Number(status) >= 100)) return null
  switch (status.charCodeAt(0)) {
    case 49:
    case 50:
    case 51:
      return 'INFO'
    case 52:
      return 'WARN'
    case 53:
      return 'ERROR'
    default:
      return null
  }
}
