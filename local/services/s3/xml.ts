import { S3Error } from './errors.js'

/** Elements by name, in order: an array repeats its element, and what is undefined is left out. */
export type Xml = { readonly [name: string]: XmlValue }
type XmlValue = string | number | boolean | Date | undefined | Xml | readonly (string | Xml)[]

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

export function xmlDocument(root: string, content: Xml): string {
  return `${declaration}<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${print(content)}</${root}>`
}

/** Error documents have no namespace. */
export function xmlError(content: Xml): string {
  return `${declaration}<Error>${print(content)}</Error>`
}

function print(content: Xml): string {
  return Object.entries(content)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map(item => printElement(name, item)))
    .join('')
}

function printElement(name: string, value: XmlValue): string {
  if (value === undefined) return ''
  if (value instanceof Date) return `<${name}>${value.toISOString()}</${name}>`
  if (typeof value === 'object') return `<${name}>${print(value as Xml)}</${name}>`
  return `<${name}>${escapeText(String(value))}</${name}>`
}

function escapeText(text: string): string {
  const named: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(
    /[&<>"\u0000-\u001f]/g,
    character => named[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  )
}

export interface XmlElement {
  readonly name: string
  readonly children: readonly XmlElement[]
  /** The text directly in it, references resolved. */
  readonly text: string
}

interface OpenElement extends XmlElement {
  children: XmlElement[]
  text: string
}

/**
 * Reads the small documents that S3's requests carry; attributes and namespaces are passed over.
 * @throws S3Error MalformedXML
 */
export function parseXml(source: string): XmlElement {
  const document: OpenElement = { name: '', children: [], text: '' }
  const open = [document]
  for (let at = 0; at < source.length; ) {
    const current = open.at(-1)!
    const next = source.indexOf('<', at)
    current.text += unescapeText(source.slice(at, next < 0 ? source.length : next))
    if (next < 0) break
    at = readMarkup(source, next, open)
  }
  const [root] = document.children
  if (open.length !== 1 || root === undefined || document.children.length !== 1) throw malformed()
  return root
}

/** Reads what begins with `<` and returns where it ends. */
function readMarkup(source: string, start: number, open: OpenElement[]): number {
  const end = (mark: string) => {
    const found = source.indexOf(mark, start)
    if (found < 0) throw malformed()
    return found
  }
  if (source.startsWith('<?', start)) return end('?>') + 2
  if (source.startsWith('<!--', start)) return end('-->') + 3
  if (source.startsWith('<![CDATA[', start)) {
    open.at(-1)!.text += source.slice(start + 9, end(']]>'))
    return end(']]>') + 3
  }
  const close = end('>')
  const tag = source.slice(start + 1, close)
  if (tag.startsWith('/')) {
    const closed = open.pop()
    if (closed === undefined || open.length === 0 || closed.name !== localName(tag.slice(1))) throw malformed()
    return close + 1
  }
  const name = localName(tag)
  if (name === '') throw malformed()
  const element: OpenElement = { name, children: [], text: '' }
  open.at(-1)!.children.push(element)
  if (!tag.endsWith('/')) open.push(element)
  return close + 1
}

function localName(tag: string): string {
  const name = /^[^\s/>]*/.exec(tag)![0]
  return name.slice(name.indexOf(':') + 1)
}

function unescapeText(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|([a-z]{2,4}));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return named[name] ?? whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    if (code > 0x10ffff) throw malformed()
    return String.fromCodePoint(code)
  })
}

export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find(child => child.name === name)?.text
}

function malformed(): S3Error {
  return new S3Error(400, 'MalformedXML', 'The XML you provided was not well-formed.')
}
