import { describe, expect, it } from 'vitest'
import { postgresql } from '../../../shared/enrich/formats/postgresql.js'
import { looksLike, parsed, survivesHostileLines } from './parsed.js'

describe('postgresql with the prefix of RDS', () => {
  it('reads remote, user, database and process', () => {
    expect(
      parsed(
        postgresql,
        '2020-03-11 20:40:50 CET:192.168.1.201(50906):gilles@pgbench:[12795]:FATAL:  no pg_hba.conf entry for host "192.168.1.201", user "gilles", database "pgbench", SSL on',
      ),
    ).toEqual({
      level: 'FATAL',
      requestId: null,
      traceId: null,
      fields: {
        time: '2020-03-11 20:40:50 CET',
        remoteAddr: '192.168.1.201',
        remotePort: '50906',
        user: 'gilles',
        database: 'pgbench',
        pid: '12795',
        severity: 'FATAL',
        message: 'no pg_hba.conf entry for host "192.168.1.201", user "gilles", database "pgbench", SSL on',
      },
    })
  })

  it('reads lines of the server itself', () => {
    expect(
      parsed(postgresql, '2021-01-02 03:04:05 UTC::@:[5306]:LOG:  database system is ready to accept connections'),
    ).toEqual({
      level: 'INFO',
      requestId: null,
      traceId: null,
      fields: {
        time: '2021-01-02 03:04:05 UTC',
        pid: '5306',
        severity: 'LOG',
        message: 'database system is ready to accept connections',
      },
    })
  })

  it('takes duration and statement apart', () => {
    expect(
      parsed(
        postgresql,
        '2020-03-11 20:41:43 CET:[local]:postgres@gilles:[12985]:LOG:  duration: 1.709 ms  statement: SELECT nspname\n\tFROM pg_namespace ORDER BY 1\n',
      )?.fields,
    ).toEqual({
      time: '2020-03-11 20:41:43 CET',
      remoteAddr: '[local]',
      user: 'postgres',
      database: 'gilles',
      pid: '12985',
      severity: 'LOG',
      durationMs: '1.709',
      phase: 'statement',
      statement: 'SELECT nspname\n\tFROM pg_namespace ORDER BY 1',
    })
    expect(
      parsed(postgresql, '2021-05-27 17:00:00 UTC:10.1.91.65:user@my_db:[24743]:LOG: duration: 0.054 ms')?.fields,
    ).toEqual({
      time: '2021-05-27 17:00:00 UTC',
      remoteAddr: '10.1.91.65',
      user: 'user',
      database: 'my_db',
      pid: '24743',
      severity: 'LOG',
      durationMs: '0.054',
    })
  })

  it('reads an empty statement, an IPv6 address and users with an @', () => {
    expect(
      parsed(
        postgresql,
        '2020-03-11 20:40:44 UTC:2001:db8::7(5006):ann@EXAMPLE.COM@shop:[12774]:LOG:  duration: 0.027 ms  statement: ',
      )?.fields,
    ).toMatchObject({
      remoteAddr: '2001:db8::7',
      remotePort: '5006',
      user: 'ann@EXAMPLE.COM',
      database: 'shop',
      statement: '',
    })
  })

  it('reads the long form', () => {
    expect(
      parsed(
        postgresql,
        '2023-06-01 10:00:00.123 UTC:10.0.0.5(41000):ann@shop:[812]:7:42P01:2023-06-01 09:59:58 UTC:3/41:0:647868be.32c:psql:ERROR:  relation "t" does not exist at character 15',
      ),
    ).toMatchObject({
      level: 'ERROR',
      fields: { sessionLine: '7', sqlState: '42P01', message: 'relation "t" does not exist at character 15' },
    })
  })
})

describe('postgresql with other prefixes', () => {
  it('reads the default and what Debian adds', () => {
    expect(
      parsed(postgresql, '2024-02-03 04:05:06.789 UTC [41] WARNING:  there is no transaction in progress')?.fields,
    ).toEqual({
      time: '2024-02-03 04:05:06.789 UTC',
      pid: '41',
      severity: 'WARNING',
      message: 'there is no transaction in progress',
    })
    expect(parsed(postgresql, '2024-02-03 04:05:06.789 +03 [41] ann@shop ERROR:  42601: syntax error')).toMatchObject({
      level: 'ERROR',
      fields: { user: 'ann', database: 'shop', sqlState: '42601', message: 'syntax error' },
    })
  })

  it('reads the one for pgBadger', () => {
    expect(
      parsed(
        postgresql,
        '2017-09-06 08:41:49 UTC [44]: [1201-1] user=postgres,db=postgres,app=pgbench,client=172.23.0.1 LOG:  duration: 0.284 ms  statement: UPDATE pgbench_accounts SET abalance = abalance + 999 WHERE aid = 90859;',
      )?.fields,
    ).toEqual({
      time: '2017-09-06 08:41:49 UTC',
      remoteAddr: '172.23.0.1',
      user: 'postgres',
      database: 'postgres',
      application: 'pgbench',
      pid: '44',
      sessionLine: '1201',
      severity: 'LOG',
      durationMs: '0.284',
      phase: 'statement',
      statement: 'UPDATE pgbench_accounts SET abalance = abalance + 999 WHERE aid = 90859;',
    })
    expect(
      parsed(
        postgresql,
        '2017-09-06 08:40:10 UTC [20]: [1-1] user=,db=,app=,client= LOG:  database system was shut down at 2017-09-06 08:40:08 UTC',
      )?.fields,
    ).toEqual({
      time: '2017-09-06 08:40:10 UTC',
      pid: '20',
      sessionLine: '1',
      severity: 'LOG',
      message: 'database system was shut down at 2017-09-06 08:40:08 UTC',
    })
  })

  it('reads prepared statements and their parameters', () => {
    expect(
      parsed(
        postgresql,
        "2021-12-03 07:14:48.594 UTC [4913] user=user1,db=mydb LOG:  duration: 0.700 ms  bind njTypeOidQuery_Name: SELECT t.oid FROM pg_catalog.pg_type t WHERE (n.nspname = 'njcat')",
      )?.fields,
    ).toMatchObject({
      durationMs: '0.700',
      phase: 'bind',
      statementName: 'njTypeOidQuery_Name',
      statement: "SELECT t.oid FROM pg_catalog.pg_type t WHERE (n.nspname = 'njcat')",
    })
    expect(
      parsed(
        postgresql,
        "2021-12-03 07:14:48.594 UTC [4913] user=user1,db=mydb DETAIL:  parameters: $1 = '1234', $2 = 'njchar\n\thello'",
      ),
    ).toMatchObject({
      level: null,
      fields: { severity: 'DETAIL', message: "parameters: $1 = '1234', $2 = 'njchar\n\thello'" },
    })
    const unnamed = parsed(postgresql, '2021-12-03 07:14:48.594 UTC [4913] LOG:  execute <unnamed>: SELECT $1')?.fields
    expect(unnamed).toMatchObject({ phase: 'execute', statement: 'SELECT $1' })
    expect(unnamed).not.toHaveProperty('statementName')
  })

  it('reads the statement behind an error', () => {
    expect(parsed(postgresql, '2024-02-03 04:05:06.789 UTC [41] STATEMENT:  SELECT a: b')).toMatchObject({
      level: null,
      fields: { severity: 'STATEMENT', statement: 'SELECT a: b' },
    })
  })
})

describe('postgresql', () => {
  it('owns the groups of RDS and Aurora', () => {
    expect(postgresql.ownsGroup?.('/aws/rds/instance/shop/postgresql')).toBe(true)
    expect(postgresql.ownsGroup?.('/aws/rds/cluster/shop/postgresql')).toBe(true)
    expect(postgresql.ownsGroup?.('/aws/rds/instance/shop/error')).toBe(false)
  })

  it('refuses what is close', () => {
    for (const line of [
      '2024-02-03 04:05:06.789 UTC [main] ERROR: not a process',
      '2024-02-03 04:05:06,789 ERROR: [41] no zone',
      '2024-02-03 04:05:06 ERROR: no process',
      '2024-02-03 04:05:06 UTC:host:ann:[41]:LOG:  no database',
      '2024-02-03 04:05:06 UTC [41] VERBOSE:  unknown severity',
      '2024-02-03 04:05:06 UTC [41]',
      '\t  continued line LOG:  x',
      '',
    ])
      expect(parsed(postgresql, line), line).toBeUndefined()
    expect(looksLike(postgresql, '2024-02-03 04:05:06,789 ERROR x')).toBe(false)
  })

  it('reads hostile lines in linear time', () => {
    survivesHostileLines(postgresql, [
      '2020-03-11 20:40:50 CET:',
      '2020-03-11 20:40:50 CET:a@b:[1]:LOG:  duration: 1 ms  bind ',
      '2020-03-11 20:40:50 CET [1] ',
      ':[',
      'LOG: ',
      'XLOG: ',
    ])
  })
})
