import { type Xml, xmlDocument } from './xml.js'

/** What an operation answers; the service adds what every answer has and writes it, whole or broken by a fault. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: Uint8Array | string
}

export function xmlAnswer(root: string, content: Xml, headers: Answer['headers'] = {}): Answer {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body: xmlDocument(root, content) }
}
