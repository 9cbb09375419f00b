import { StringDecoder } from 'node:string_decoder'

/**
 * The lines of a UTF-8 stream without their line ends, which are LF or CRLF; nothing else ends a line. An empty last
 * line is none.
 */
export async function* readLines(input: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  let pending: string[] = []
  for await (const chunk of input) {
    const lines = (typeof chunk === 'string' ? chunk : decoder.write(chunk)).split('\n')
    for (const line of lines.slice(0, -1)) {
      yield withoutReturn(pending.join('') + line)
      pending = []
    }
    pending.push(lines.at(-1)!)
  }
  const last = pending.join('') + decoder.end()
  if (last !== '') yield withoutReturn(last)
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
