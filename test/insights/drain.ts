import { createHash } from 'node:crypto'
import { groupBy } from '../../shared/iceberg/group-by.js'
import { patternMasks } from '../../shared/sql/pattern-masks.js'

/** A word of a template: of its first line, or what differs there. */
interface Word {
  readonly text: string
  readonly gap: 'ID' | 'Token' | null
}

const isMasked = (text: string) => text.includes('\x01')

/**
 * The patterns of messages and how many hold each, by the four steps of docs/insights.md ("Patterns"), word by word as the
 * paper has it.
 */
export function drain(messages: readonly string[], most: number): ReadonlyMap<string, number> {
  const weights = countOf(messages.map(mask))
  const leaves = groupBy([...weights.keys()], leafOf)
  const found = [...leaves.values()].flatMap(leaf => {
    const md5 = (line: string) => createHash('md5').update(line).digest('hex')
    const lines = leaf.toSorted((a, b) => weights.get(b)! - weights.get(a)! || (md5(a) < md5(b) ? -1 : 1))
    const templates = templatesOf(lines.slice(0, most).map(wordsOf))
    return lines.flatMap(line => Array<string>(weights.get(line)!).fill(patternOf(line, templates)))
  })
  return countOf(found)
}

function countOf(texts: readonly string[]): Map<string, number> {
  return new Map([...groupBy(texts, text => text)].map(([text, { length }]) => [text, length]))
}

function mask(message: string): string {
  return patternMasks.reduce(
    (text, { regex, type }) => text.replaceAll(new RegExp(regex, 'g'), `\x01${type}\x01`),
    message,
  )
}

function wordsOf(line: string): readonly string[] {
  return line.match(/[^ \t\r\n]+[ \t\r\n]*|[ \t\r\n]+/g) ?? []
}

function leafOf(line: string): string {
  const severity = /error/i.test(line) ? 'ERROR' : /warn/i.test(line) ? 'WARN' : 'INFO'
  const words = wordsOf(line)
  return JSON.stringify([words.length, severity, words.find(word => !isMasked(word)) ?? ''])
}

function templatesOf(lines: readonly (readonly string[])[]): readonly (readonly Word[])[] {
  const templates: (readonly Word[])[] = []
  for (const line of lines) {
    const shares = templates.map(template => {
      const equal = template.filter(({ text, gap }, at) => gap === null && text === line[at])
      const plain = equal.filter(({ text }) => !isMasked(text)).length
      return equal.length === line.length ? 1 : plain / (line.length - (equal.length - plain))
    })
    const best = shares.indexOf(Math.max(...shares))
    if (best >= 0 && shares[best]! >= 0.6) templates[best] = merged(templates[best]!, line)
    else templates.push(line.map(text => ({ text, gap: null })))
  }
  return templates.filter(template => template.some(({ gap }) => gap !== null))
}

function merged(template: readonly Word[], line: readonly string[]): readonly Word[] {
  return template.map((word, at) => {
    const other = line[at]!
    if (word.gap === 'Token' || (word.gap === null && word.text === other)) return word
    return { text: word.text, gap: isMasked(word.text) && isMasked(other) ? 'ID' : 'Token' }
  })
}

function patternOf(line: string, templates: readonly (readonly Word[])[]): string {
  const words = wordsOf(line)
  const fitting = templates.filter(template =>
    template.every(({ text, gap }, at) => (gap === 'ID' ? isMasked(words[at]!) : gap !== null || text === words[at])),
  )
  const fixed = (template: readonly Word[]) => template.filter(({ gap }) => gap === null).length
  const [best] = fitting.toSorted((a, b) => fixed(b) - fixed(a))
  const text = best === undefined ? line : best.map(shown).join('')
  return text.split('\x01').reduce((made, piece, at) => made + (at % 2 === 1 ? `<${piece}-${(at + 1) / 2}>` : piece))
}

function shown({ text, gap }: Word): string {
  return gap === null ? text : `\x01${gap}\x01${/\s*$/.exec(text)![0]}`
}
