/**
 * Addresses without an extension of the engine. An IPv4 address is compared as a number, an IPv6 address as its 32 hex
 * digits.
 */
import type { Dialect } from '../dialect.js'
import { joinSql, numeral, raw, type Sql, sql } from '../fragment.js'
import { type FunctionTable, rule } from './function-table.js'

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
  isIpv4InSubnet: rule(['text'], 'boolean', ([a, block], { dialect }) => inV4Block(a!, block!, dialect)),
  isIpv6InSubnet: rule(['text'], 'boolean', ([a, block], { dialect }) => inV6Block(a!, block!, dialect)),
  isIpInSubnet: rule(['text'], 'boolean', ([a, block], { dialect }) => inBlock(a!, block!, dialect)),
  isPrivateIP: rule(['text'], 'boolean', ([a], { dialect }) => inBlocks(a!, privateBlocks, dialect)),
  isReservedIP: rule(['text'], 'boolean', ([a], { dialect }) => isReserved(a!, dialect)),
  isPublicIP: rule(['text'], 'boolean', ([a], { dialect }) => {
    const isElse = sql`coalesce(${inBlocks(a!, privateBlocks, dialect)} OR ${isReserved(a!, dialect)}, FALSE)`
    return sql`((${isV4(a!, dialect)} OR ${isV6(a!, dialect)}) AND NOT ${isElse})`
  }),
}

/** Whether an address lies in a block, both of either version. */
export function inBlock(address: Sql, block: Sql, dialect: Dialect): Sql {
  return sql`(coalesce(${inV4Block(address, block, dialect)}, FALSE) OR coalesce(${inV6Block(address, block, dialect)}, FALSE))`
}

function isV4(text: Sql, dialect: Dialect): Sql {
  return dialect.matches(text, v4)
}

function isV6(text: Sql, dialect: Dialect): Sql {
  const address = withoutV4Tail(text, dialect)
  const colons = sql`(length(${address}) - length(replace(${address}, ':', '')))`
  return sql`(${dialect.matches(address, v6)} AND ${colons} <= 7)`
}

/** `::ffff:10.0.0.1` with its last part in hex. */
function withoutV4Tail(text: Sql, dialect: Dialect): Sql {
  const tail = dialect.group(dialect.firstMatch(text, `:(${v4.slice(1, -1)})$`, 5), 1)
  const hex = (number: Sql) => dialect.hex(sql`CAST(${number} AS BIGINT)`)
  const number = v4Number(tail, dialect)
  const groups = sql`${hex(sql`floor(${number} / 65536)`)} || ':' || ${hex(sql`mod(${number}, 65536)`)}`
  return sql`CASE WHEN ${dialect.contains(text, raw("'.'"))} THEN substr(${text}, 1, length(${text}) - length(${tail})) || ${groups} ELSE ${text} END`
}

function v4Number(text: Sql, dialect: Dialect): Sql {
  const parts = [1, 2, 3, 4].map(
    index => sql`CAST(split_part(${text}, '.', ${numeral(index)}) AS DOUBLE) * ${numeral(256 ** (4 - index))}`,
  )
  return sql`CASE WHEN ${isV4(text, dialect)} THEN ${joinSql(parts, ' + ')} END`
}

function prefixLength(block: Sql, most: number, dialect: Dialect): Sql {
  const bits = dialect.toNumber(sql`split_part(${block}, '/', 2)`)
  return sql`CASE WHEN ${bits} BETWEEN 0 AND ${numeral(most)} THEN ${bits} END`
}

/** What is beyond the prefix is shifted away on both sides, so that the base address may have host bits. */
function inV4Block(address: Sql, block: Sql, dialect: Dialect): Sql {
  const size = sql`power(2, 32 - ${prefixLength(block, 32, dialect)})`
  const base = v4Number(sql`split_part(${block}, '/', 1)`, dialect)
  return sql`(floor(${v4Number(address, dialect)} / ${size}) = floor(${base} / ${size}))`
}

function inBlocks(address: Sql, blocks: readonly string[], dialect: Dialect): Sql {
  const number = v4Number(address, dialect)
  const tests = blocks.map(block => {
    const [base = '', bits = ''] = block.split('/')
    const from = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
    return sql`${number} BETWEEN ${numeral(from)} AND ${numeral(from + 2 ** (32 - Number(bits)) - 1)}`
  })
  return sql`(${joinSql(tests, ' OR ')})`
}

function isReserved(address: Sql, dialect: Dialect): Sql {
  const digits = v6Digits(address, dialect)
  const tests = reservedV6.map(prefix => dialect.startsWith(digits, raw(`'${prefix}'`)))
  return sql`(coalesce(${inBlocks(address, reservedBlocks, dialect)}, FALSE) OR coalesce(${joinSql(tests, ' OR ')}, FALSE))`
}

/** The 32 hex digits of an address. */
function v6Digits(text: Sql, dialect: Dialect): Sql {
  const address = sql`lower(${withoutV4Tail(text, dialect)})`
  const left = dialect.hexGroups(sql`split_part(${address}, '::', 1)`)
  const right = dialect.hexGroups(sql`split_part(${address}, '::', 2)`)
  const zeros = dialect.padLeft(raw("''"), sql`32 - length(${left}) - length(${right})`)
  return sql`CASE WHEN ${isV6(text, dialect)} THEN ${left} || ${zeros} || ${right} END`
}

function inV6Block(address: Sql, block: Sql, dialect: Dialect): Sql {
  const bits = prefixLength(block, 128, dialect)
  const whole = sql`CAST(floor(${bits} / 4) AS BIGINT)`
  const one = v6Digits(address, dialect)
  const other = v6Digits(sql`split_part(${block}, '/', 1)`, dialect)
  const nibble = (digits: Sql) =>
    sql`floor((strpos('0123456789abcdef', substr(${digits}, ${whole} + 1, 1)) - 1) / power(2, 4 - mod(${bits}, 4)))`
  const rest = sql`(mod(${bits}, 4) = 0 OR ${nibble(one)} = ${nibble(other)})`
  return sql`(substr(${one}, 1, ${whole}) = substr(${other}, 1, ${whole}) AND ${rest})`
}
