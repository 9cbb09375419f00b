/**
 * Addresses without an extension of the engine. An IPv4 address is compared as a number, an IPv6 address as its 32 hex
 * digits.
 */

import { readBlock } from '../../plan/address-block.js'
import type { Dialect } from '../dialect.js'
import { joinSql, numeral, quoted, raw, type Sql, sql } from '../fragment.js'
import { type FunctionContext, type FunctionTable, rule } from './function-table.js'

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
const v4 = `^${octet}\\.${octet}\\.${octet}\\.${octet}$`
/** Groups of one to four digits, `::` at most once and for at least one group, checked by count beside this. */
const v6 =
  '^(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|(([0-9a-fA-F]{1,4}:){0,6}[0-9a-fA-F]{1,4})?::(([0-9a-fA-F]{1,4}:){0,6}[0-9a-fA-F]{1,4})?)$'

const privateBlocks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']
/** IANA's special-purpose blocks that are not private: this network, shared, loopback, link-local, documentation, … */
const reservedBlocks = [
  '0.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]
/** Prefixes of hex digits: unspecified and loopback, unique-local, link-local, multicast, documentation. */
const reservedV6 = ['0000000000000000000000000000000', 'fc', 'fd', 'fe8', 'fe9', 'fea', 'feb', 'ff', '20010db8']

export const addressFunctions: FunctionTable = {
  isValidIp: rule(['text'], 'boolean', ([a], { dialect }) => sql`(${isV4(a!, dialect)} OR ${isV6(a!, dialect)})`),
  isValidIpV4: rule(['text'], 'boolean', ([a], { dialect }) => isV4(a!, dialect)),
  isValidIpV6: rule(['text'], 'boolean', ([a], { dialect }) => isV6(a!, dialect)),
  ipv4ToNumber: rule(['text'], 'number', ([a], { dialect }) => v4Number(a!, dialect)),
  isIpv4InSubnet: rule(['text'], 'boolean', (args, context) => inSubnet(args, context, [4])),
  isIpv6InSubnet: rule(['text'], 'boolean', (args, context) => inSubnet(args, context, [6])),
  isIpInSubnet: rule(['text'], 'boolean', (args, context) => inSubnet(args, context, [4, 6])),
  isPrivateIP: rule(['text'], 'boolean', ([a], { dialect }) => inBlocks(a!, privateBlocks, dialect)),
  isReservedIP: rule(['text'], 'boolean', ([a], { dialect }) => isReserved(a!, dialect)),
  isPublicIP: rule(['text'], 'boolean', ([a], { dialect }) => {
    const isElse = sql`coalesce(${inBlocks(a!, privateBlocks, dialect)} OR ${isReserved(a!, dialect)}, FALSE)`
    return sql`((${isV4(a!, dialect)} OR ${isV6(a!, dialect)}) AND NOT ${isElse})`
  }),
}

function inSubnet(args: readonly Sql[], { typed, dialect }: FunctionContext, versions: readonly (4 | 6)[]): Sql {
  const [address, block] = args
  const literal = typed[1]?.literal
  if (typeof literal !== 'string') {
    const tests = versions.map(version => (version === 4 ? inV4Block : inV6Block)(address!, block!, dialect))
    return sql`(${joinSql(
      tests.map(test => sql`coalesce(${test}, FALSE)`),
      ' OR ',
    )})`
  }
  const known = readBlock(literal)
  if (known === null || !versions.includes(known.version)) return raw('FALSE')
  if (known.version === 4) {
    const place = Math.floor(known.base / known.size)
    return sql`(floor(${v4Number(address!, dialect)} / ${numeral(known.size)}) = ${numeral(place)})`
  }
  const { digits, bits } = known
  const whole = Math.floor(bits / 4)
  return dialect.bind('a', v6Digits(address!, dialect), a => {
    const start = dialect.startsWith(a, quoted(digits.slice(0, whole)))
    if (bits % 4 === 0) return sql`(${start})`
    const step = 2 ** (4 - (bits % 4))
    const place = Math.floor(Number.parseInt(digits[whole]!, 16) / step)
    return sql`(${start} AND floor(${digitAt(a, numeral(whole + 1))} / ${numeral(step)}) = ${numeral(place)})`
  })
}

/** Whether an address lies in a block that each row has its own of, both of either version. */
export function inBlock(address: Sql, block: Sql, dialect: Dialect): Sql {
  return sql`(coalesce(${inV4Block(address, block, dialect)}, FALSE) OR coalesce(${inV6Block(address, block, dialect)}, FALSE))`
}

function isV4(text: Sql, dialect: Dialect): Sql {
  return dialect.matches(text, v4)
}

function isV6(text: Sql, dialect: Dialect): Sql {
  return dialect.bind('h', withoutV4Tail(text, dialect), address => isV6Groups(address, dialect))
}

function isV6Groups(address: Sql, dialect: Dialect): Sql {
  const colons = sql`(length(${address}) - length(replace(${address}, ':', '')))`
  // At either end, :: may stand for a single group.
  const isAtEnd = sql`(${dialect.startsWith(address, raw("'::'"))} OR ${dialect.endsWith(address, raw("'::'"))})`
  const most = sql`CASE WHEN ${isAtEnd} THEN 8 ELSE 7 END`
  return sql`(${dialect.matches(address, v6)} AND ${colons} <= ${most})`
}

/** `::ffff:10.0.0.1` with its last part in hex. */
function withoutV4Tail(text: Sql, dialect: Dialect): Sql {
  const tail = dialect.group(dialect.firstMatch(text, `:(${v4.slice(1, -1)})$`, 5), 1)
  const rewritten = dialect.bind('t', tail, t =>
    dialect.bind('n', v4Number(t, dialect), n => {
      const hex = (number: Sql) => dialect.hex(sql`CAST(${number} AS BIGINT)`)
      const groups = sql`${hex(sql`floor(${n} / 65536)`)} || ':' || ${hex(sql`mod(${n}, 65536)`)}`
      return sql`substr(${text}, 1, length(${text}) - length(${t})) || ${groups}`
    }),
  )
  return sql`CASE WHEN ${dialect.contains(text, raw("'.'"))} THEN ${rewritten} ELSE ${text} END`
}

function v4Number(text: Sql, dialect: Dialect): Sql {
  const parts = [1, 2, 3, 4].map(
    index => sql`CAST(split_part(${text}, '.', ${numeral(index)}) AS DOUBLE) * ${numeral(256 ** (4 - index))}`,
  )
  return sql`CASE WHEN ${isV4(text, dialect)} THEN ${joinSql(parts, ' + ')} END`
}

function prefixLength(block: Sql, most: number, dialect: Dialect): Sql {
  return dialect.bind('b', dialect.toNumber(sql`split_part(${block}, '/', 2)`), bits => {
    return sql`CASE WHEN ${bits} BETWEEN 0 AND ${numeral(most)} THEN ${bits} END`
  })
}

/** What is beyond the prefix is shifted away on both sides, so that the base address may have host bits. */
function inV4Block(address: Sql, block: Sql, dialect: Dialect): Sql {
  const base = v4Number(sql`split_part(${block}, '/', 1)`, dialect)
  return dialect.bind('s', sql`power(2, 32 - ${prefixLength(block, 32, dialect)})`, size => {
    return sql`(floor(${v4Number(address, dialect)} / ${size}) = floor(${base} / ${size}))`
  })
}

function inBlocks(address: Sql, blocks: readonly string[], dialect: Dialect): Sql {
  return dialect.bind('n', v4Number(address, dialect), number => {
    const tests = blocks.flatMap(text => {
      const block = readBlock(text)
      if (block?.version !== 4) return []
      return [sql`${number} BETWEEN ${numeral(block.base)} AND ${numeral(block.base + block.size - 1)}`]
    })
    return sql`(${joinSql(tests, ' OR ')})`
  })
}

function isReserved(address: Sql, dialect: Dialect): Sql {
  const isReservedV6 = dialect.bind('d', v6Digits(address, dialect), digits => {
    return joinSql(
      reservedV6.map(prefix => dialect.startsWith(digits, quoted(prefix))),
      ' OR ',
    )
  })
  return sql`(coalesce(${inBlocks(address, reservedBlocks, dialect)}, FALSE) OR coalesce(${isReservedV6}, FALSE))`
}

/** The 32 hex digits of an address. */
function v6Digits(text: Sql, dialect: Dialect): Sql {
  return dialect.bind('g', sql`lower(${withoutV4Tail(text, dialect)})`, address => {
    // Of what has no :: the second part is null in Trino.
    const part = (index: 1 | 2) => sql`coalesce(split_part(${address}, '::', ${numeral(index)}), '')`
    const side = (index: 1 | 2) => dialect.hexGroups(part(index))
    const padded = dialect.bind('l', side(1), left =>
      dialect.bind('r', side(2), right => {
        const zeros = dialect.padLeft(raw("''"), sql`32 - length(${left}) - length(${right})`)
        return sql`${left} || ${zeros} || ${right}`
      }),
    )
    return sql`CASE WHEN ${isV6Groups(address, dialect)} THEN ${padded} END`
  })
}

/** The value of one hex digit, from 1. */
function digitAt(digits: Sql, place: Sql): Sql {
  return sql`(strpos('0123456789abcdef', substr(${digits}, ${place}, 1)) - 1)`
}

function inV6Block(address: Sql, block: Sql, dialect: Dialect): Sql {
  const base = v6Digits(sql`split_part(${block}, '/', 1)`, dialect)
  return dialect.bind('p', prefixLength(block, 128, dialect), bits =>
    dialect.bind('x', v6Digits(address, dialect), one =>
      dialect.bind('y', base, other => {
        const whole = sql`CAST(floor(${bits} / 4) AS BIGINT)`
        const part = (digits: Sql) => sql`floor(${digitAt(digits, sql`${whole} + 1`)} / power(2, 4 - mod(${bits}, 4)))`
        const rest = sql`(mod(${bits}, 4) = 0 OR ${part(one)} = ${part(other)})`
        return sql`(substr(${one}, 1, ${whole}) = substr(${other}, 1, ${whole}) AND ${rest})`
      }),
    ),
  )
}
