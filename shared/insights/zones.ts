/**
 * The zone that a text names, spelled as every engine knows it: `UTC`, an offset such as `+09:00`, or the name of the IANA
 * database that its other names stand for. Null for what is none.
 */
export function zoneOf(name: string): string | null {
  const [, sign, hours, minutes = '00'] = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?$/i.exec(name) ?? []
  if (hours !== undefined) return Number(hours) > 18 ? null : named(`${sign}${hours.padStart(2, '0')}:${minutes}`)
  if (/^(?:Z|Zulu|(?:Etc\/)?(?:UTC|GMT|UCT))$/i.test(name)) return 'UTC'
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return null
  }
}

function named(offset: string): string {
  return offset.endsWith('00:00') ? 'UTC' : offset
}
