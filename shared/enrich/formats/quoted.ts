/** Strings in double quotes with backslash escapes, as logfmt, klog, syslog and httpd write them. */

/** Index of the quote that closes the one at `open`, or -1. Linear: the runs of backslashes looked at do not overlap. */
export function closingQuote(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = at
    while (slashes - 1 > open && text.charCodeAt(slashes - 1) === 92) slashes--
    if (((at - slashes) & 1) === 0) return at
  }
  return -1
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

/** Resolves `\"`, `\\`, `\n`, `\t`, `\r`, `\b`, `\f` and `\uXXXX`; a backslash before anything else stays. */
export function unescapeQuoted(text: string): string {
  let slash = text.indexOf('\\')
  if (slash === -1) return text
  let out = ''
  let from = 0
  for (; slash !== -1 && slash + 1 < text.length; slash = text.indexOf('\\', from)) {
    const escaped = text[slash + 1]!
    out += text.slice(from, slash)
    from = slash + 2
    if (escaped === '"' || escaped === '\\') out += escaped
    else if (escaped in escapes) out += escapes[escaped]
    else if (escaped === 'u' && isHex(text, from, from + 4)) {
      out += String.fromCharCode(Number.parseInt(text.slice(from, from + 4), 16))
      from += 4
    } else out += `\\${escaped}`
  }
  return out + text.slice(from)
}

/** True when `text[from, to)` exists and is all hexadecimal digits of either case. */
export function isHex(text: string, from: number, to: number): boolean {
  if (to > text.length) return false
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    const lower = code | 32
    if (!((code >= 48 && code <= 57) || (lower >= 97 && lower <= 102))) return false
  }
  return true
}
