/**
 * Drain (He, Zhu, Zheng, Lyu: "Drain: An Online Log Parsing Approach with Fixed Depth Tree", ICWS 2017) over masked texts.
 * Marks in texts: a mask is its type between two `mark`s, a word that differs between the lines of one template is a type
 * between two `gap`s.
 *
 * Comparing each line with each template word by word would be most of the work. So a line has a code, one character for each
 * word: engines count quickly in how many characters two codes differ. Equal words have equal characters, so that codes
 * differ in no more places than lines do: only lines that may be alike, by their codes, are compared word by word. A template
 * is written as the code of its first line, with signs where words are masked or differ, and that line's place at its end.
 */
import type { Dialect } from './dialect.js'
import { numeral, quoted, type Sql, sql } from './fragment.js'

export const mark = '\x01'
export const gap = '\x02'

/** What a place that differs becomes: an id where every value holds a mask, a token elsewhere. */
const gapTypes = { masked: 'ID', plain: 'Token' } as const
const blanksAtEnd = '[ \\t\\r\\n]*$'

/** Drain's authors use 0.5; above that, lines of two words of which one differs stay apart. */
const similarity = 0.6

/** In codes, where words of a line have other characters. What is `masked` in lines is `open` in templates: never equal by code. */
const [masked, open, token, id] = ['\x01', '\x02', '\x03', '\x04'].map(quoted) as [Sql, Sql, Sql, Sql]
const [gaps, allSigns] = [quoted('\x03\x04'), quoted('\x02\x03\x04')]
/** The character of line 0; its, and those of 1,790 lines, are two bytes each, as distances need. */
const firstPlace = numeral(256)

/** Words of a masked text and their code. */
export function lineOf(text: Sql, { patterns, bind }: Dialect): Sql {
  return bind('t', patterns.words(text), words => {
    const code = patterns.map(words, 'w', word => {
      return sql`CASE WHEN ${patterns.holds(word, quoted(mark))} THEN ${masked} ELSE ${patterns.sign(word)} END`
    })
    return patterns.record([
      { name: 'words', type: 'texts', value: words },
      { name: 'code', type: 'text', value: patterns.join(code) },
    ])
  })
}

/** How many words a line has. */
export function lengthOf(line: Sql, { patterns }: Dialect): Sql {
  return patterns.size(sql`${line}.words`)
}

/** The first word that holds no mask; null where all do. */
export function firstPlain(line: Sql, { patterns }: Dialect): Sql {
  const plain = patterns.filter(sql`${line}.words`, 'w', word => sql`NOT ${patterns.holds(word, quoted(mark))}`)
  return patterns.at(plain, numeral(1))
}

/**
 * The templates of a list of lines that are equally long, those with the fewest gaps first. Line by line, as many as `most`:
 * the template that is most alike, the first of equals, takes the line in where that is at least `similarity`; otherwise the
 * line becomes a template; those that took none in are left out. Alike is the share of equal words among all but the masked
 * ones that are equal.
 */
export function templatesOf(lines: Sql, most: number, dialect: Dialect): Sql {
  const { patterns, bind } = dialect
  const first = patterns.head(lines, numeral(most))
  // Each as a template, and as what is compared with templates: the first, with which the fold begins, is just a template.
  const codes = bind(
    'd',
    patterns.map(first, 'l', line => sql`${line}.code`),
    plain =>
      patterns.map(patterns.places(plain), 'i', place => {
        const [code, end] = [patterns.at(plain, place), patterns.character(sql`${firstPlace} + ${place}`)]
        const template = sql`replace(${code}, ${masked}, ${open}) || ${end}`
        const both = patterns.list([template, sql`${code} || ${patterns.character(firstPlace)}`])
        return sql`CASE WHEN ${place} = 1 THEN ${patterns.list([template])} ELSE ${both} END`
      }),
  )
  const folded = patterns.fold(codes, ['t', 'n'], (templates, line) => {
    const own = patterns.at(line, numeral(1))
    return bind('b', bestOf(templates, line, lines, dialect), best => {
      const place = sql`coalesce(-${best}.place, ${patterns.size(templates)} + 1)`
      return patterns.replaced(templates, place, sql`coalesce(${best}.code, ${own})`)
    })
  })
  const taken = patterns.filter(folded, 'c', code => sql`${gapsIn(code)} > 0`)
  const ordered = bind('t', taken, templates =>
    patterns.map(patterns.places(templates), 'j', place =>
      bind('c', patterns.at(templates, place), code =>
        patterns.record([
          { name: 'gaps', type: 'integer', value: gapsIn(code) },
          { name: 'place', type: 'integer', value: place },
          { name: 'code', type: 'text', value: code },
        ]),
      ),
    ),
  )
  return patterns.map(patterns.sorted(ordered), 'x', template => written(sql`${template}.code`, lines, dialect))
}

/** The template that is most alike and its place, below zero, with the line taken in; null where none is alike. */
function bestOf(templates: Sql, line: Sql, lines: Sql, dialect: Dialect): Sql {
  const { patterns, bind } = dialect
  const [own, code] = [patterns.at(line, numeral(1)), patterns.at(line, numeral(2))]
  // Two for the bytes of the places at the ends: less than one too many, so that rounding never leaves one out.
  const far = sql`length(${code}) + 2 - ${numeral(similarity)} * (length(replace(${code}, ${masked}, '')) - 1)`
  const compared = patterns.record([
    { name: 'code', type: 'text', value: code },
    { name: 'far', type: 'double', value: far },
  ])
  const near = bind('x', compared, x =>
    patterns.filter(templates, 'c', template => sql`${patterns.distance(template, sql`${x}.code`)} <= ${x}.far`),
  )
  const merged = patterns.map(near, 'c', template =>
    bind('m', mergedCode(template, own, lines, dialect), code => {
      const plain = sql`length(translate(${code}, ${allSigns}, '')) - 1`
      const share = sql`CASE WHEN ${gapsIn(code)} = 0 THEN 1e0 ELSE CAST(${plain} AS DOUBLE) / (length(replace(${code}, ${open}, '')) - 1) END`
      return patterns.record([
        { name: 'share', type: 'double', value: share },
        { name: 'place', type: 'integer', value: sql`-${patterns.placeOf(templates, template)}` },
        { name: 'code', type: 'text', value: code },
      ])
    }),
  )
  return patterns.largest(patterns.filter(merged, 'b', best => sql`${best}.share >= ${numeral(similarity)}`))
}

/** A template with a line taken in. */
function mergedCode(template: Sql, line: Sql, lines: Sql, dialect: Dialect): Sql {
  const { patterns, bind } = dialect
  const signs = bind('s', patterns.characters(template), s =>
    bind('w', wordsOf(template, lines, dialect), w =>
      bind('o', wordsOf(line, lines, dialect), o =>
        patterns.map(patterns.places(w), 'i', place => {
          const [sign, word, other] = [s, w, o].map(list => patterns.at(list, place)) as [Sql, Sql, Sql]
          const isKept = sql`${sign} = ${token} OR (${sign} <> ${id} AND ${word} = ${other})`
          const areMasked = sql`${sign} IN (${open}, ${id}) AND ${patterns.holds(other, quoted(mark))}`
          return sql`CASE WHEN ${isKept} THEN ${sign} WHEN ${areMasked} THEN ${id} ELSE ${token} END`
        }),
      ),
    ),
  )
  return sql`${patterns.join(signs)} || substr(${template}, length(${template}))`
}

/** The words of a template's first line. */
function wordsOf(template: Sql, lines: Sql, { patterns }: Dialect): Sql {
  return sql`${patterns.at(lines, sql`${patterns.codeAtEnd(template)} - ${firstPlace}`)}.words`
}

/** What tells whether a line fits a template, and the template's text. */
function written(code: Sql, lines: Sql, dialect: Dialect): Sql {
  const { patterns, bind } = dialect
  return bind('w', wordsOf(code, lines, dialect), words =>
    bind('s', patterns.characters(code), signs => {
      const placesOf = (test: (sign: Sql) => Sql) =>
        patterns.filter(patterns.places(words), 'i', place => test(patterns.at(signs, place)))
      const fixed = placesOf(sign => sql`${sign} NOT IN (${token}, ${id})`)
      const texts = patterns.map(patterns.places(words), 'i', place => {
        const word = patterns.at(words, place)
        const gapOf = (type: string) =>
          sql`${quoted(gap + type + gap)} || regexp_extract(${word}, ${quoted(blanksAtEnd)})`
        return sql`CASE ${patterns.at(signs, place)} WHEN ${token} THEN ${gapOf(gapTypes.plain)} WHEN ${id} THEN ${gapOf(gapTypes.masked)} ELSE ${word} END`
      })
      const bare = sql`translate(substr(${code}, 1, length(${code}) - 1), ${gaps}, ${quoted('\x02\x02')})`
      return patterns.record([
        { name: 'code', type: 'text', value: bare },
        {
          name: 'differing',
          type: 'integer',
          value: sql`length(${code}) - length(translate(${code}, ${allSigns}, ''))`,
        },
        { name: 'fixed', type: 'integers', value: fixed },
        { name: 'words', type: 'texts', value: patterns.select(words, fixed) },
        { name: 'ids', type: 'integers', value: placesOf(sign => sql`${sign} = ${id}`) },
        { name: 'text', type: 'text', value: patterns.numbered(patterns.join(texts)) },
      ])
    }),
  )
}

/** For each line the text of the template that it fits, of several the one with the most words in common, or its own. */
export function textsOf(lines: Sql, templates: Sql, { patterns }: Dialect): Sql {
  return patterns.map(lines, 'l', line => {
    const near = patterns.filter(templates, 'c', template => {
      return sql`${patterns.distance(sql`${template}.code`, sql`${line}.code`)} = ${template}.differing`
    })
    const unmasked = (template: Sql) =>
      patterns.filter(sql`${template}.ids`, 'i', place => {
        return sql`NOT ${patterns.holds(patterns.at(sql`${line}.words`, place), quoted(mark))}`
      })
    const fits = (template: Sql) =>
      sql`${patterns.select(sql`${line}.words`, sql`${template}.fixed`)} = ${template}.words AND ${patterns.size(unmasked(template))} = 0`
    const texts = patterns.map(near, 'c', template => sql`CASE WHEN ${fits(template)} THEN ${template}.text END`)
    const found = patterns.at(
      patterns.filter(texts, 'c', text => sql`${text} IS NOT NULL`),
      numeral(1),
    )
    return sql`coalesce(${found}, ${patterns.numbered(patterns.join(sql`${line}.words`))})`
  })
}

function gapsIn(code: Sql): Sql {
  return sql`length(${code}) - length(translate(${code}, ${gaps}, ''))`
}
