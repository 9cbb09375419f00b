import { text } from 'node:stream/consumers'

/** The query that a command was given; `-` stands for the standard input. */
export async function readQuery(given: string): Promise<string> {
  return given === '-' ? (await text(process.stdin)).trimEnd() : given
}
