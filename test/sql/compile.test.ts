import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { lowerQuery } from '../../shared/insights/lower.js'
import { parseQuery } from '../../shared/insights/parse.js'
import { readLookupTable } from '../../shared/insights/read-lookup-table.js'
import { readBlock } from '../../shared/plan/address-block.js'
import { type CompiledQuery, compilePlan } from '../../shared/sql/compile.js'
import type { Dialect } from '../../shared/sql/dialect.js'
import { duckDb } from '../../shared/sql/dialects/duckdb.js'
import { trino } from '../../shared/sql/dialects/trino.js'
import { pathsOf } from '../../shared/sql/scan-fields.js'

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
          "WITH events_28 AS NOT MATERIALIZED (SELECT message AS message_4, fields AS fields_15, CASE WHEN (fields IS NULL AND CASE WHEN message >= '{' AND message < '|' THEN TRUE ELSE starts_with(ltrim(message), '{') END) THEN TRY(json_extract_string(message, '/status')) END AS json_16, CASE WHEN (fields IS NULL AND CASE WHEN message >= '{' AND message < '|' THEN TRUE ELSE starts_with(ltrim(message), '{') END) THEN TRY(json_extract_string(message, '/path')) END AS json_20 FROM logs WHERE timestamp >= make_timestamptz(1000000) AND timestamp <= make_timestamptz(2000000) AND (log_group IN ('it''s'))),",
          "fields_29 AS NOT MATERIALIZED (SELECT *, coalesce(CASE WHEN isfinite(TRY_CAST(coalesce(fields_15['status'], json_16) AS DOUBLE)) AND NOT contains(coalesce(fields_15['status'], json_16), '_') THEN TRY_CAST(coalesce(fields_15['status'], json_16) AS DOUBLE) END, CASE WHEN (json_16 = 'true' OR json_16 = 'false') THEN CASE WHEN CAST(TRY(json_extract(message_4, '/status')) AS VARCHAR) <> json_16 THEN NULL ELSE CASE WHEN json_16 = 'true' THEN 1e0 WHEN json_16 = 'false' THEN 0e0 END END END) AS number_19, coalesce(fields_15['path'], CASE WHEN (json_20 = 'true' OR json_20 = 'false' OR ends_with(json_20, '.0') OR (json_20 >= '{' AND json_20 < '|') OR (json_20 >= '[' AND json_20 < '\\')) THEN CASE WHEN CAST(TRY(json_extract(message_4, '/path')) AS VARCHAR) <> json_20 THEN json_20 ELSE CASE WHEN json_20 = 'true' THEN '1' WHEN json_20 = 'false' THEN '0' WHEN ends_with(json_20, '.0') THEN left(json_20, -2) END END ELSE json_20 END) AS path_21 FROM events_28),",
          "found_30 AS NOT MATERIALIZED (SELECT *, CASE WHEN (fields_15 IS NULL AND CASE WHEN message_4 >= '{' AND message_4 < '|' THEN TRUE ELSE starts_with(ltrim(message_4), '{') END) THEN TRY(json_extract_string(message_4, '/x y')) END AS json_24 FROM fields_29),",
          "fields_31 AS NOT MATERIALIZED (SELECT *, coalesce(fields_15['x y'], CASE WHEN (json_24 = 'true' OR json_24 = 'false' OR ends_with(json_24, '.0') OR (json_24 >= '{' AND json_24 < '|') OR (json_24 >= '[' AND json_24 < '\\')) THEN CASE WHEN CAST(TRY(json_extract(message_4, '/x y')) AS VARCHAR) <> json_24 THEN json_24 ELSE CASE WHEN json_24 = 'true' THEN '1' WHEN json_24 = 'false' THEN '0' WHEN ends_with(json_24, '.0') THEN left(json_24, -2) END END ELSE json_24 END) AS x_y_25 FROM found_30),",
          "filtered_32 AS NOT MATERIALIZED (SELECT * FROM fields_31 WHERE ((number_19 >= CAST(500 AS DOUBLE)) AND contains(path_21, CAST($1 AS VARCHAR)))),",
          "grouped_35 AS NOT MATERIALIZED (SELECT x_y_25 AS x_y_33, CAST(count(*) AS DOUBLE) AS count_34 FROM filtered_32 GROUP BY 1),",
          "limited_36 AS NOT MATERIALIZED (SELECT * FROM grouped_35 ORDER BY x_y_33 ASC NULLS FIRST LIMIT 10000)",
          "SELECT x_y_33 AS c1, count_34 AS c2 FROM limited_36 ORDER BY x_y_33 ASC NULLS FIRST",
        ],
        "params": [
          "a%",
        ],
      }
    `)
    expect(linesOf("filter status >= 500 and path like 'a%' | stats count(*) by `x y`", trino)).toMatchInlineSnapshot(`
      {
        "lines": [
          "WITH events_22 AS (SELECT message AS message_4, fields AS fields_15, CASE WHEN (fields IS NULL AND starts_with(ltrim(message), '{')) THEN CASE WHEN TRY(json_parse(message)) IS NOT NULL THEN json_extract(message, '$["status"]') END END AS json_16, CASE WHEN (fields IS NULL AND starts_with(ltrim(message), '{')) THEN CASE WHEN TRY(json_parse(message)) IS NOT NULL THEN json_extract(message, '$["path"]') END END AS json_18 FROM logs WHERE timestamp >= from_unixtime(1000 / 1000e0, 'UTC') AND timestamp <= from_unixtime(2000 / 1000e0, 'UTC') AND (log_group IN ('it''s'))),",
          "fields_23 AS (SELECT *, coalesce(element_at(fields_15, 'status'), CASE substr(json_format(json_16), 1, 1) WHEN '"' THEN json_extract_scalar(json_16, '$') WHEN '{' THEN NULL WHEN '[' THEN NULL WHEN 't' THEN '1' WHEN 'f' THEN '0' WHEN 'n' THEN NULL ELSE regexp_replace(CASE WHEN regexp_like(json_format(json_16), '[0-9]E-?[0-9]') THEN regexp_replace(json_format(json_16), '("(?:[^"\\\\]|\\\\.)*")|(-?[0-9][.][0-9]+E-?[0-9]+)', m -> coalesce(m[1], element_at(transform(ARRAY[regexp_replace(regexp_replace(m[2], '^-|E.*$'), '[.]0?$|[.]')], d -> element_at(transform(ARRAY[CAST(regexp_extract(m[2], 'E(.*)$', 1) AS INTEGER)], e -> IF(starts_with(m[2], '-'), '-', '') || CASE WHEN e BETWEEN 0 AND 20 THEN rpad(d, e + 1, '0') || '.' || IF(length(d) > e + 1, substr(d, e + 2), '0') WHEN e BETWEEN -6 AND -1 THEN '0.' || rpad('', -e - 1, '0') || d ELSE substr(d, 1, 1) || IF(length(d) > 1, '.' || substr(d, 2), '') || 'e' || CAST(e AS VARCHAR) END), 1)), 1))) ELSE json_format(json_16) END, '^(-?[0-9]+)[.]0$', '$1') END) AS status_17, coalesce(element_at(fields_15, 'path'), CASE substr(json_format(json_18), 1, 1) WHEN '"' THEN json_extract_scalar(json_18, '$') WHEN '{' THEN NULL WHEN '[' THEN NULL WHEN 't' THEN '1' WHEN 'f' THEN '0' WHEN 'n' THEN NULL ELSE regexp_replace(CASE WHEN regexp_like(json_format(json_18), '[0-9]E-?[0-9]') THEN regexp_replace(json_format(json_18), '("(?:[^"\\\\]|\\\\.)*")|(-?[0-9][.][0-9]+E-?[0-9]+)', m -> coalesce(m[1], element_at(transform(ARRAY[regexp_replace(regexp_replace(m[2], '^-|E.*$'), '[.]0?$|[.]')], d -> element_at(transform(ARRAY[CAST(regexp_extract(m[2], 'E(.*)$', 1) AS INTEGER)], e -> IF(starts_with(m[2], '-'), '-', '') || CASE WHEN e BETWEEN 0 AND 20 THEN rpad(d, e + 1, '0') || '.' || IF(length(d) > e + 1, substr(d, e + 2), '0') WHEN e BETWEEN -6 AND -1 THEN '0.' || rpad('', -e - 1, '0') || d ELSE substr(d, 1, 1) || IF(length(d) > 1, '.' || substr(d, 2), '') || 'e' || CAST(e AS VARCHAR) END), 1)), 1))) ELSE json_format(json_18) END, '^(-?[0-9]+)[.]0$', '$1') END) AS path_19 FROM events_22),",
          "found_24 AS (SELECT *, CASE WHEN (fields_15 IS NULL AND starts_with(ltrim(message_4), '{')) THEN CASE WHEN TRY(json_parse(message_4)) IS NOT NULL THEN json_extract(message_4, '$["x y"]') END END AS json_20 FROM fields_23),",
          "fields_25 AS (SELECT *, coalesce(element_at(fields_15, 'x y'), CASE substr(json_format(json_20), 1, 1) WHEN '"' THEN json_extract_scalar(json_20, '$') WHEN '{' THEN NULL WHEN '[' THEN NULL WHEN 't' THEN '1' WHEN 'f' THEN '0' WHEN 'n' THEN NULL ELSE regexp_replace(CASE WHEN regexp_like(json_format(json_20), '[0-9]E-?[0-9]') THEN regexp_replace(json_format(json_20), '("(?:[^"\\\\]|\\\\.)*")|(-?[0-9][.][0-9]+E-?[0-9]+)', m -> coalesce(m[1], element_at(transform(ARRAY[regexp_replace(regexp_replace(m[2], '^-|E.*$'), '[.]0?$|[.]')], d -> element_at(transform(ARRAY[CAST(regexp_extract(m[2], 'E(.*)$', 1) AS INTEGER)], e -> IF(starts_with(m[2], '-'), '-', '') || CASE WHEN e BETWEEN 0 AND 20 THEN rpad(d, e + 1, '0') || '.' || IF(length(d) > e + 1, substr(d, e + 2), '0') WHEN e BETWEEN -6 AND -1 THEN '0.' || rpad('', -e - 1, '0') || d ELSE substr(d, 1, 1) || IF(length(d) > 1, '.' || substr(d, 2), '') || 'e' || CAST(e AS VARCHAR) END), 1)), 1))) ELSE json_format(json_20) END, '^(-?[0-9]+)[.]0$', '$1') END) AS x_y_21 FROM found_24),",
          "filtered_26 AS (SELECT * FROM fields_25 WHERE ((CASE WHEN regexp_like(status_17, '^\\s*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?\\s*$') AND is_finite(TRY_CAST(trim(status_17) AS DOUBLE)) THEN TRY_CAST(trim(status_17) AS DOUBLE) END >= CAST(500 AS DOUBLE)) AND (strpos(path_19, CAST('a%' AS VARCHAR)) > 0))),",
          "grouped_29 AS (SELECT x_y_21 AS x_y_27, CAST(count(*) AS DOUBLE) AS count_28 FROM filtered_26 GROUP BY 1),",
          "limited_30 AS (SELECT * FROM grouped_29 ORDER BY x_y_27 ASC NULLS FIRST LIMIT 10000)",
          "SELECT x_y_27 AS c1, count_28 AS c2 FROM limited_30 ORDER BY x_y_27 ASC NULLS FIRST",
        ],
        "params": [],
      }
    `)
  })

  it('shares parameters of one value, and writes values as literals where the engine takes few parameters', () => {
    const query = 'filter a = "x" or b = "y\'?" or c = "x" | limit 1'
    expect(compile(query, duckDb)!.params).toEqual(["y'?", 'x'])
    const written = compile(query, trino)!
    expect(written.params).toEqual([])
    expect(written.sql.match(/= CAST\('.*?' AS VARCHAR\)/g)).toEqual([
      "= CAST('x' AS VARCHAR)",
      "= CAST('y''?' AS VARCHAR)",
      "= CAST('x' AS VARCHAR)",
    ])
  })

  it('is made for every case in every dialect', () => {
    const url = new URL('../cases/insights/cases.json', import.meta.url)
    const queries: { query: string }[] = JSON.parse(readFileSync(fileURLToPath(url), 'utf8'))
    let count = 0
    for (const { query } of queries) {
      const compiled = compile(query, trino)
      if (compiled === null) continue
      count++
      expect(compiled.params).toEqual([])
      const withoutTexts = compiled.sql.replace(/'(?:[^']|'')*'/g, '')
      expect(withoutTexts).not.toMatch(/[?]|\blambda\b|\bjson_extract_string\b|\blist_|\bNOT MATERIALIZED\b/)
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
