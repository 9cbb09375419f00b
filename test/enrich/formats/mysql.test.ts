import { describe, expect, it } from 'vitest'
import { mysql } from '../../../shared/enrich/formats/mysql.js'
import { looksLike, parsed, survivesHostileLines } from './parsed.js'

const slow =
  '# Time: 2022-02-18T06:02:22.837877Z\n# User@Host: admin[admin] @  [54.171.161.51]  Id:   116\n# Query_time: 2.033731  Lock_time: 0.000119 Rows_sent: 1071  Rows_examined: 1071\nSET timestamp=1645164142;\nSELECT intcol1,charcol1 FROM t1\u0000;'

describe('the error log of mysql', () => {
  it('reads lines of 8.0', () => {
    expect(
      parsed(
        mysql,
        "2021-10-28T08:06:45.411498Z 25 [Note] [MY-010926] [Server] Access denied for user 'seb'@'42.42.42.42' (using password: NO)",
      ),
    ).toEqual({
      level: 'INFO',
      requestId: null,
      traceId: null,
      fields: {
        time: '2021-10-28T08:06:45.411498Z',
        threadId: '25',
        severity: 'Note',
        errorCode: 'MY-010926',
        subsystem: 'Server',
        message: "Access denied for user 'seb'@'42.42.42.42' (using password: NO)",
      },
    })
  })

  it('reads lines of 5.7 and of MariaDB', () => {
    expect(
      parsed(
        mysql,
        "2020-04-16T05:13:40.861934Z 344 [ERROR] Access denied for user 'root'@'27.155.87.54' (using password: YES)",
      ),
    ).toMatchObject({ level: 'ERROR', fields: { threadId: '344', severity: 'ERROR' } })
    expect(parsed(mysql, '2024-05-06  7:08:09 0 [Warning] InnoDB: slow fsync')).toMatchObject({
      level: 'WARN',
      fields: { time: '2024-05-06  7:08:09', threadId: '0', message: 'InnoDB: slow fsync' },
    })
    expect(parsed(mysql, '2024-05-06 07:08:09 140 [Note] ready')?.fields).toMatchObject({ time: '2024-05-06 07:08:09' })
  })
})

describe('what InnoDB prints itself', () => {
  it('is read although no blank ends the thread', () => {
    expect(
      parsed(
        mysql,
        '2022-02-18 06:12:07 0x2b76b6e68700InnoDB: transactions deadlock detected, dumping detailed information.',
      ),
    ).toEqual({
      level: null,
      requestId: null,
      traceId: null,
      fields: {
        time: '2022-02-18 06:12:07',
        threadId: '0x2b76b6e68700',
        subsystem: 'InnoDB',
        message: 'InnoDB: transactions deadlock detected, dumping detailed information.',
      },
    })
    expect(
      parsed(mysql, '2022-02-18 06:12:07 0x2b76b6e687002022-02-18 06:12:07 0x2b76b6e68700\n*** (1) TRANSACTION:')
        ?.fields,
    ).toMatchObject({
      threadId: '0x2b76b6e68700',
      message: '2022-02-18 06:12:07 0x2b76b6e68700\n*** (1) TRANSACTION:',
    })
  })
})

describe('the slow query log of mysql', () => {
  it('reads all lines of an entry', () => {
    expect(parsed(mysql, slow)).toEqual({
      level: null,
      requestId: null,
      traceId: null,
      fields: {
        time: '2022-02-18T06:02:22.837877Z',
        user: 'admin',
        remoteAddr: '54.171.161.51',
        connectionId: '116',
        queryTimeSeconds: '2.033731',
        lockTimeSeconds: '0.000119',
        rowsSent: '1071',
        rowsExamined: '1071',
        statement: 'SELECT intcol1,charcol1 FROM t1\u0000;',
      },
    })
  })

  it('reads the database, a host name, further counters and statements of several lines', () => {
    expect(
      parsed(
        mysql,
        '# User@Host: app[app] @ ip-10-0-0-1 [10.0.0.1]  Id: 7\n# Thread_id: 8  Schema: shop  QC_hit: No\n# Query_time: 12.5  Lock_time: 0.1 Rows_sent: 1  Rows_examined: 9 Thread_id: 8 Errno: 0 Killed: 0 Bytes_sent: 134\nuse shop_eu;\nSET timestamp=1645164142;\nSELECT *\n# not a comment\nFROM t;\n',
      )?.fields,
    ).toEqual({
      user: 'app',
      host: 'ip-10-0-0-1',
      remoteAddr: '10.0.0.1',
      connectionId: '7',
      threadId: '8',
      database: 'shop_eu',
      qcHit: 'No',
      queryTimeSeconds: '12.5',
      lockTimeSeconds: '0.1',
      rowsSent: '1',
      rowsExamined: '9',
      errno: '0',
      killed: '0',
      bytesSent: '134',
      statement: 'SELECT *\n# not a comment\nFROM t;',
    })
  })

  it('takes names that objects have of their own for what they are', () => {
    expect(parsed(mysql, '# Thread_id: 1  constructor: 2  Query_time: 3')?.fields).toEqual({
      threadId: '1',
      constructor: '2',
      queryTimeSeconds: '3',
    })
  })

  it('refuses an entry without a query time', () => {
    expect(parsed(mysql, '# Time: 2022-02-18T06:02:22.837877Z')).toBeUndefined()
  })
})

describe('the general log of mysql', () => {
  it('reads commands and statements', () => {
    expect(
      parsed(
        mysql,
        "2023-07-31T08:34:16.116872Z        14 Connect   Access denied for user 'user'@'192.168.121.1' (using password: YES)",
      )?.fields,
    ).toEqual({
      time: '2023-07-31T08:34:16.116872Z',
      connectionId: '14',
      command: 'Connect',
      message: "Access denied for user 'user'@'192.168.121.1' (using password: YES)",
    })
    expect(parsed(mysql, '2023-07-31T08:34:16.116872Z\t   14 Query\tSELECT 1,\n  2')?.fields).toEqual({
      time: '2023-07-31T08:34:16.116872Z',
      connectionId: '14',
      command: 'Query',
      statement: 'SELECT 1,\n  2',
    })
    expect(parsed(mysql, '2023-07-31T08:34:16.116872Z\t   14 Init DB\tshop')?.fields).toMatchObject({
      command: 'Init DB',
      message: 'shop',
    })
    expect(parsed(mysql, '2023-07-31T08:34:16.116872Z\t   14 Quit\t')?.fields).toEqual({
      time: '2023-07-31T08:34:16.116872Z',
      connectionId: '14',
      command: 'Quit',
    })
  })
})

describe('the audit log of mysql', () => {
  it('reads tables in the layout of Aurora', () => {
    expect(
      parsed(mysql, '1653053459680124,c731-instance-1,admin,52.94.133.136,35,698024,WRITE,testdb,test2,0')?.fields,
    ).toEqual({
      time: '1653053459680124',
      serverHost: 'c731-instance-1',
      user: 'admin',
      host: '52.94.133.136',
      connectionId: '35',
      queryId: '698024',
      operation: 'WRITE',
      database: 'testdb',
      object: 'test2',
      returnCode: '0',
    })
  })

  it('reads statements in the layout of the plugin', () => {
    expect(
      parsed(
        mysql,
        "20190909 05:25:25,ip-10-7-1-52,rdsadmin,localhost,35,987,QUERY,,'SELECT \\'a\\', 1,\n2',1064,SOCKET,",
      )?.fields,
    ).toEqual({
      time: '20190909 05:25:25',
      serverHost: 'ip-10-7-1-52',
      user: 'rdsadmin',
      host: 'localhost',
      connectionId: '35',
      queryId: '987',
      operation: 'QUERY',
      statement: "SELECT \\'a\\', 1,\n2",
      returnCode: '1064',
      connectionType: 'SOCKET',
    })
  })

  it('reads tables without a return code', () => {
    const fields = parsed(
      mysql,
      '1645164733006686,myaudb-instance-1,rdsadmin,localhost,5,1013,READ,mysql,plugin,',
    )?.fields
    expect(fields).toMatchObject({ operation: 'READ', database: 'mysql', object: 'plugin' })
    expect(fields).not.toHaveProperty('returnCode')
  })

  it('reads connections', () => {
    expect(
      parsed(mysql, '20190707 20:30:55,ip-172-23-2-48,root,10.100.0.1,1234567,0,DISCONNECT,,,0 \r\n')?.fields,
    ).toMatchObject({ operation: 'DISCONNECT', returnCode: '0' })
  })
})

describe('mysql', () => {
  it('owns the groups of RDS and Aurora', () => {
    for (const group of ['/aws/rds/instance/a/error', '/aws/rds/cluster/a/slowquery', '/aws/rds/cluster/a/audit'])
      expect(mysql.ownsGroup?.(group)).toBe(true)
    for (const group of ['/aws/rds/instance/a/postgresql', '/aws/rds/proxy/a', '/app/error'])
      expect(mysql.ownsGroup?.(group)).toBe(false)
  })

  it('refuses what is close', () => {
    for (const line of [
      '2020-04-16T05:13:40.861934Z main [Note] not a thread',
      '2020-04-16T05:13:40.861934Z 344 [Main] not a severity',
      '2020-04-16T05:13:40.861934Z 344 Listening\ton port 80',
      '2020-04-16T05:13:40.861934Z 344',
      '2020-04-16T05:13:40.861934Z',
      '1653053459680124,a,b,c,d,e,f,g,h,0',
      '1653053459680124,a,b,c,1,2,query,g,h,0',
      "1653053459680124,a,b,c,1,2,QUERY,g,'",
      "1653053459680124,a,b,c,1,2,QUERY,g,'h',none",
      '1653053459680124,a,b',
      '# Timeless',
      '',
    ])
      expect(parsed(mysql, line), line).toBeUndefined()
    expect(looksLike(mysql, slow)).toBe(true)
    expect(looksLike(mysql, '7 of 9 done')).toBe(false)
  })

  it('reads hostile lines in linear time', () => {
    survivesHostileLines(mysql, [
      '# Time: ',
      '# User@Host: a[a] @ ',
      '# Query_time: 1  ',
      '# Query_time: 1\nuse ',
      'SET timestamp=1;\n',
      'a: b ',
      '2020-04-16T05:13:40.861934Z 344 [Note] [MY-',
      '2020-04-16T05:13:40.861934Z 344 Query ',
      "1653053459680124,a,b,c,1,2,QUERY,g,'",
    ])
  })
})
