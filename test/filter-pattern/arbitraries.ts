import fc from 'fast-check'

/** Filter patterns of every kind, right and wrong, and messages that they may be about. */

const word = fc.constantFrom('a', 'b', 'ab', 'ERROR', '404', '5', '_x', '4.0', 'x-y')
const phrase = fc.oneof(
  word,
  fc.constantFrom(
    '',
    ' ',
    'a b',
    '"',
    '\\',
    '*',
    '*a',
    'a*',
    '*a*',
    'a*b',
    '400',
    'é',
    '😀',
    '\ud83d',
    '\n',
    '%',
    '4*',
  ),
)
const quoted = phrase.map(text => `"${text.replace(/["\\]/g, '\\$&')}"`)
const regexPiece = fc.constantFrom(
  'a',
  'b',
  '.',
  '^',
  '$',
  '[ab]',
  '[^a]',
  '\\d',
  '\\W',
  'a*',
  '.*',
  'b{1,3}',
  '|',
  '\\x22',
)
const regex = fc.array(regexPiece, { minLength: 1, maxLength: 6 }).map(pieces => `%${pieces.join('')}%`)
const bare = fc.constantFrom(
  'a',
  'b',
  '5',
  '404',
  '-5',
  '1e2',
  '4*',
  '*',
  '*b',
  '10.0.*',
  '4.0',
  'a/b',
  '9007199254740993',
)
const equality = fc.tuple(fc.constantFrom('=', '!='), fc.oneof(quoted, regex, bare, bare)).map(pair => pair.join(' '))
const order = fc
  .tuple(fc.constantFrom('<', '<=', '>', '>='), fc.constantFrom('5', '-1', '4.5', '1e2'))
  .map(pair => pair.join(''))

export const terms = fc
  .array(
    fc.tuple(fc.constantFrom('', '', '-', '?'), fc.oneof(word, quoted, regex)).map(pair => pair.join('')),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map(list => list.join(' '))

const selector = fc
  .array(fc.constantFrom('.a', '.b', '[0]', "['a.b']", '.*', '[*]', '.__proto__', '.length'), {
    minLength: 1,
    maxLength: 3,
  })
  .map(steps => `$${steps.join('')}`)
const jsonCondition = fc
  .tuple(selector, fc.oneof(equality, order, fc.constantFrom('IS NULL', 'IS TRUE', 'IS FALSE', 'NOT EXISTS')))
  .map(pair => pair.join(' '))
const { condition } = fc.letrec<{ condition: string }>(tie => ({
  condition: fc.oneof(
    { maxDepth: 3 },
    jsonCondition,
    fc.tuple(tie('condition'), fc.constantFrom(' && ', '||'), tie('condition')).map(parts => parts.join('')),
    tie('condition').map(inner => `(${inner})`),
  ),
}))
export const jsonPattern = condition.map(text => `{ ${text} }`)

const name = fc.constantFrom('a', 'b', 'c', 'd-e')
const entry = fc.oneof(
  name,
  fc.constantFrom('', '...'),
  fc.tuple(name, fc.oneof(equality, order)).map(pair => pair.join(' ')),
  fc
    .tuple(name, equality, fc.constantFrom('&&', ' || '), order)
    .map(([n, one, mark, two]) => `(${n}${one}${mark}${n}${two})`),
)
export const fieldsPattern = fc.array(entry, { maxLength: 5 }).map(entries => `[${entries.join(', ')}]`)

const scraps = fc
  .array(fc.constantFrom(...'{}[]()$.*%"\\-?=!<>&|, \n_aé😀5', 'IS NULL', 'NOT EXISTS', '...', '$.a', '&&'), {
    maxLength: 30,
  })
  .map(pieces => pieces.join(''))
export const anyPattern = fc.oneof(
  terms,
  jsonPattern,
  fieldsPattern,
  scraps,
  fc.string({ unit: 'binary', maxLength: 60 }),
)

const json = fc.jsonValue({ maxDepth: 3, depthSize: 'small' })
const member = fc.constantFrom('a', 'b', 'a.b', '__proto__', 'length', 'c')
const leaf = fc.constantFrom(
  '"a"',
  '"ab"',
  '"404"',
  '404',
  '4.0',
  '5',
  '-1',
  '9007199254740993',
  'null',
  'true',
  'false',
  '""',
  '"é"',
  '"\\u0061"',
)
export const { document } = fc.letrec<{ document: string; value: string }>(tie => ({
  value: fc.oneof({ maxDepth: 3 }, leaf, tie('document')),
  document: fc.oneof(
    fc.array(tie('value'), { maxLength: 3 }).map(items => `[${items.join(' ,')}]`),
    fc
      .array(fc.tuple(member, tie('value')), { maxLength: 4 })
      .map(members => `{${members.map(([key, value]) => `"${key}": ${value}`).join(',')}}`),
  ),
}))
const line = fc
  .array(
    fc.constantFrom(
      'a',
      'b',
      '404',
      '4.0',
      '5',
      '"',
      '[',
      ']',
      ' ',
      '\t',
      '\n',
      '\\',
      '-',
      '"a b"',
      '[a]',
      'é',
      '😀',
      '\ud83d',
    ),
    {
      maxLength: 14,
    },
  )
  .map(pieces => pieces.join(''))
export const anyMessage = fc.oneof(
  line,
  document,
  json.map(value => JSON.stringify(value)),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
