import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { lowerQuery } from '../../shared/insights/lower.js'
import { parseQuery } from '../../shared/insights/parse.js'
import { readLookupTable } from '../../shared/insights/read-lookup-table.js'
import { type CompiledQuery, compilePlan } from '../../shared/sql/compile.js'
import { pathsOf } from '../../shared/sql/compile-scan.js'
import type { Dialect } from '../../shared/sql/dialect.js'
import { duckDb } from '../../shared/sql/dialects/duckdb.js'
import { trino } from '../../shared/sql/dialects/trino.js'
import { readBlock } from '../../shared/sql/functions/address-block.js'

const owners = readLookupTable('server,owner\r\nweb-1,"O""Neil, Ana"\r\n')

function compile(query: string, dialect: Dialect): CompiledQuery | null {
  const parsed = parseQuery(query)
  if ('diagnostics' in parsed) return null
  const lookupTables = new Map([['owners', owners]])
  const lowered = lowerQuery(parsed.ast, query, { from: 1000, to: 2000, now: null, logGroups: ["it's"], lookupTables })
  return 'plan' in lowered ? compilePlan(lowered.plan, dialect) : null
}

function linesOf(query: string, dialect: Dialect) {
  const { sql, params } = compile(query, dialect)!
  return { lines: sql.split('\n'), params }
}

describe('compiled SQL', () => {
  it('reads what the query names, filters by literals where files can be left out, and takes values as parameters', () => {
    expect(linesOf("filter status >= 500 and path like 'a%' | stats count(*) by `x y`", duckDb)).toMatchInlineSnapshot(`
      {
        "lines": [
          "WITH events_15 AS NOT MATERIALIZED (SELECT timestamp AS timestamp_1, log_group AS log_group_2, log_stream AS log_stream_3, message AS message_4, arrival AS arrival_5, id_random AS id_random_6, id_index AS id_index_7, id_raw AS id_raw_8, account_id AS account_id_9, region AS region_10, format AS format_11, request_id AS request_id_12, fields AS fields_13, CASE WHEN (fields IS NULL AND starts_with(ltrim(message), '{')) THEN TRY(json_extract(message, ['/status', '/path', '/x y'])) END AS found_14 FROM logs WHERE timestamp >= make_timestamptz(1000000) AND timestamp <= make_timestamptz(2000000) AND (log_group IN ('it''s'))),",
          "fields_19 AS NOT MATERIALIZED (SELECT *, coalesce(fields_13['status'], CASE left(CAST(found_14[1] AS VARCHAR), 1) WHEN '"' THEN json_extract_string(found_14[1], '$') WHEN '{' THEN NULL WHEN '[' THEN NULL WHEN 't' THEN '1' WHEN 'f' THEN '0' WHEN 'n' THEN NULL ELSE CASE WHEN ends_with(CAST(found_14[1] AS VARCHAR), '.0') THEN left(CAST(found_14[1] AS VARCHAR), -2) ELSE CAST(found_14[1] AS VARCHAR) END END) AS status_16, coalesce(fields_13['path'], CASE left(CAST(found_14[2] AS VARCHAR), 1) WHEN '"' THEN json_extract_string(found_14[2], '$') WHEN '{' THEN NULL WHEN '[' THEN NULL WHEN 't' THEN '1' WHEN 'f' THEN '0' WHEN 'n' THEN NULL ELSE CASE WHEN ends_with(CAST(found_14[2] AS VARCHAR), '.0') THEN left(CAST(found_14[2] AS VARCHAR), -2) ELSE CAST(found_14[2] AS VARCHAR) END END) AS path_17, coalesce(fields_13['x y'], CASE left(CAST(found_14[3] AS VARCHAR), 1) WHEN '"' THEN json_extract_string(found_14[3], '$') WHEN '{' THEN NULL WHEN '[' THEN NULL WHEN 't' THEN '1' WHEN 'f' THEN '0' WHEN 'n' THEN NULL ELSE CASE WHEN ends_with(CAST(found_14[3] AS VARCHAR), '.0') THEN left(CAST(found_14[3] AS VARCHAR), -2) ELSE CAST(found_14[3] AS VARCHAR) END END) AS x_y_18 FROM events_15),",
          "filtered_20 AS NOT MATERIALIZED (SELECT * FROM fields_19 WHERE ((CASE WHEN isfinite(TRY_CAST(status_16 AS DOUBLE)) AND NOT contains(status_16, '_') THEN TRY_CAST(status_16 AS DOUBLE) END >= CAST(500 AS DOUBLE)) AND contains(path_17, CAST($1 AS VARCHAR)))),",
          "grouped_23 AS NOT MATERIALIZED (SELECT x_y_18 AS x_y_21, CAST(count(*) AS DOUBLE) AS count_22 FROM filtered_20 GROUP BY 1),",
          "limited_24 AS NOT MATERIALIZED (SELECT * FROM grouped_23 ORDER BY x_y_21 ASC NULLS FIRST LIMIT 10000)",
          "SELECT x_y_21 AS c1, count_22 AS c2 FROM limited_24 ORDER BY x_y_21 ASC NULLS FIRST",
        ],
        "params": [
          "a%",
        ],
      }
    `)
    expect(linesOf("filter status >= 500 and path like 'a%' | stats count(*) by `x y`", trino)).toMatchInlineSnapshot(`
      {
        "lines": [
          "WITH events_15 AS (SELECT timestamp AS timestamp_1, log_group AS log_group_2, log_stream AS log_stream_3, message AS message_4, arrival AS arrival_5, id_random AS id_random_6, id_index AS id_index_7, id_raw AS id_raw_8, account_id AS account_id_9, region AS region_10, format AS format_11, request_id AS request_id_12, fields AS fields_13, CASE WHEN (fields IS NULL AND starts_with(ltrim(message), '{')) THEN element_at(transform(ARRAY[TRY(json_parse(message))], m -> ARRAY[json_extract(m, '$["status"]'), json_extract(m, '$["path"]'), json_extract(m, '$["x y"]')]), 1) END AS found_14 FROM logs WHERE timestamp >= from_unixtime(1000 / 1000e0, 'UTC') AND timestamp <= from_unixtime(2000 / 1000e0, 'UTC') AND (log_group IN ('it''s'))),",
          "fields_19 AS (SELECT *, coalesce(element_at(fields_13, 'status'), CASE json_format(element_at(found_14, 1)) WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE regexp_replace(json_extract_scalar(element_at(found_14, 1), '$'), '^(-?[0-9]+)[.]0$', '$1') END) AS status_16, coalesce(element_at(fields_13, 'path'), CASE json_format(element_at(found_14, 2)) WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE regexp_replace(json_extract_scalar(element_at(found_14, 2), '$'), '^(-?[0-9]+)[.]0$', '$1') END) AS path_17, coalesce(element_at(fields_13, 'x y'), CASE json_format(element_at(found_14, 3)) WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE regexp_replace(json_extract_scalar(element_at(found_14, 3), '$'), '^(-?[0-9]+)[.]0$', '$1') END) AS x_y_18 FROM events_15),",
          "filtered_20 AS (SELECT * FROM fields_19 WHERE ((CASE WHEN regexp_like(status_16, '^\\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?\\s*$') AND is_finite(TRY_CAST(trim(status_16) AS DOUBLE)) THEN TRY_CAST(trim(status_16) AS DOUBLE) END >= CAST(500 AS DOUBLE)) AND (strpos(path_17, CAST(? AS VARCHAR)) > 0))),",
          "grouped_23 AS (SELECT x_y_18 AS x_y_21, CAST(count(*) AS DOUBLE) AS count_22 FROM filtered_20 GROUP BY 1),",
          "limited_24 AS (SELECT * FROM grouped_23 ORDER BY x_y_21 ASC NULLS FIRST LIMIT 10000)",
          "SELECT x_y_21 AS c1, count_22 AS c2 FROM limited_24 ORDER BY x_y_21 ASC NULLS FIRST",
        ],
        "params": [
          "a%",
        ],
      }
    `)
  })

  it('shares parameters of one value where the dialect can, and repeats them in order where it cannot', () => {
    const query = 'filter a = "x" or b = "y" or c = "x" | limit 1'
    expect(compile(query, duckDb)!.params).toEqual(['x', 'y'])
    expect(compile(query, trino)!.params).toEqual(['x', 'y', 'x'])
  })

  it('is made for every case in every dialect, with as many parameters as places for them', () => {
    const url = new URL('../cases/insights/cases.json', import.meta.url)
    const queries: { query: string }[] = JSON.parse(readFileSync(fileURLToPath(url), 'utf8'))
    let count = 0
    for (const { query } of queries) {
      const compiled = compile(query, trino)
      if (compiled === null) continue
      count++
      const withoutTexts = compiled.sql.replace(/'(?:[^']|'')*'/g, '')
      expect([query, withoutTexts.split('?').length - 1]).toEqual([query, compiled.params.length])
      expect(withoutTexts).not.toMatch(/\blambda\b|\bjson_extract_string\b|\blist_|\bNOT MATERIALIZED\b/)
    }
    expect(count).toBeGreaterThan(220)
  })

  it('looks for a name with dots nested first, then as one key', () => {
    expect(pathsOf('a')).toEqual([['a']])
    expect(pathsOf('a.b')).toEqual([['a', 'b'], ['a.b']])
    expect(pathsOf('a.b.c')).toEqual([['a', 'b', 'c'], ['a.b.c'], ['a.b', 'c'], ['a', 'b.c']])
    expect(pathsOf('@@a')).toEqual([['@a']])
  })
})

describe('a block of addresses', () => {
  it.each([
    ['10.1.2.3/8', { version: 4, base: 167_838_211, size: 2 ** 24 }],
    ['0.0.0.0/0', { version: 4, base: 0, size: 2 ** 32 }],
    ['2001:db8::/32', { version: 6, digits: '20010db8000000000000000000000000', bits: 32 }],
    ['::ffff:10.0.0.1/128', { version: 6, digits: '00000000000000000000ffff0a000001', bits: 128 }],
    ['10.0.0.0/33', null],
    ['10.0.0.0', null],
    ['010.0.0.0/8', null],
    ['1::2::3/64', null],
    ['1:2:3/64', null],
    ['::/129', null],
  ])('is read from %s', (text, expected) => {
    expect(readBlock(text)).toEqual(expected)
  })
})

describe('a lookup table', () => {
  it('is read from CSV with quotes', () => {
    expect(owners).toEqual({ columns: ['server', 'owner'], rows: [['web-1', 'O"Neil, Ana']] })
    expect(readLookupTable('a,b\n1,"x\ny"\n\n2,')).toEqual({
      columns: ['a', 'b'],
      rows: [
        ['1', 'x\ny'],
        ['2', ''],
      ],
    })
  })
})
