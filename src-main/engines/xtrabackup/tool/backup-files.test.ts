import { describe, expect, test } from 'vitest'
import { backupArguments } from './backup-arguments.ts'
import { parseBackupInfo, parseBinlogInfo } from './backup-info.ts'
import { parseToolVersion } from './backup-tool.ts'
import { parseCheckpoints } from './checkpoints.ts'
import { LineTail } from './line-tail.ts'
import { requireFittingTool } from './prepare-backup.ts'

const checkpoints = `backup_type = full-backuped
from_lsn = 0
to_lsn = 44420
last_lsn = 195234
recover_binlog_info = 0
`

describe('40: what a backup says of itself', () => {
  test('its checkpoints', () => {
    expect(parseCheckpoints(checkpoints)).toEqual({
      backupType: 'full-backuped',
      fromLsn: 0n,
      toLsn: 44420n,
      lastLsn: 195234n,
    })
    expect(parseCheckpoints(checkpoints.replaceAll('\n', '\r\n')).toLsn).toBe(44420n)
  })

  test.each([
    ['', 'backup_type'],
    [checkpoints.replace('to_lsn = 44420', ''), 'to_lsn'],
    [checkpoints.replace('44420', '44420x'), 'to_lsn'],
    [checkpoints.replace('44420', '-1'), 'to_lsn'],
    [checkpoints.replace('from_lsn = 0', 'from_lsn = 50000'), 'from 50000'],
    [checkpoints.replace('195234', '3'), 'to 3'],
    [checkpoints.slice(0, 60), 'lsn'],
  ])('checkpoints that are damaged: %j', (text, problem) => {
    expect(() => parseCheckpoints(text)).toThrow(problem)
  })

  test('its info, with and without a position in the binary log', () => {
    const text = `uuid = a82bdf0c
name = \ntool_name = mariadb-backup
tool_command = --defaults-file=x=y --password=...
tool_version = 10.11.19-MariaDB
server_version = 10.11.19-MariaDB-0+deb12u1-log
start_time = 2026-01-01 05:16:06
end_time = 2026-01-01 05:16:07
binlog_pos = filename 'mysql-bin.000001', position '641', GTID of the last change '0-7-2'
partial = N
incremental = Y
`
    expect(parseBackupInfo(text)).toEqual({
      serverVersion: '10.11.19-MariaDB-0+deb12u1-log',
      toolVersion: '10.11.19-MariaDB',
      toolName: 'mariadb-backup',
      startTime: '2026-01-01 05:16:06',
      endTime: '2026-01-01 05:16:07',
      isPartial: false,
      isIncremental: true,
      binlog: { file: 'mysql-bin.000001', position: 641n, gtid: '0-7-2' },
    })
    expect(parseBackupInfo('binlog_pos = \n').binlog).toBeUndefined()
    expect(parseBackupInfo("binlog_pos = filename 'b.1', position '4'\n").binlog?.gtid).toBeUndefined()
  })

  test('its position in the binary log', () => {
    expect(parseBinlogInfo('mysql-bin.000003\t344\t0-1-5\n')).toEqual({
      file: 'mysql-bin.000003',
      position: 344n,
      gtid: '0-1-5',
    })
    expect(parseBinlogInfo('mysql-bin.000003\t344\n')?.gtid).toBeUndefined()
    expect(parseBinlogInfo('')).toBeUndefined()
  })
})

describe('which tool it is', () => {
  test.each([
    [
      'mariadb-backup based on MariaDB server 10.11.19-MariaDB debian-linux-gnu (x86_64)',
      { family: 'mariadb', version: '10.11.19-MariaDB', canTar: false },
    ],
    [
      'xtrabackup version 8.0.35-30 based on MySQL server 8.0.35 Linux (x86_64) (revision id: 6beb4b49)',
      { family: 'percona', version: '8.0.35-30', canTar: false },
    ],
    ['xtrabackup version 2.4.29 based on MySQL server 5.7.44', { family: 'percona', version: '2.4.29', canTar: true }],
    ['xtrabackup  Ver 1.5.1 Rev undefined', { family: 'percona', version: '1.5.1', canTar: true }],
    ['bash 5.2', undefined],
  ])('%s', (text, tool) => {
    expect(parseToolVersion('/x', text)).toEqual(tool && { path: '/x', ...tool })
  })

  const tool = { path: '/x', family: 'mariadb', version: '10.11.19-MariaDB', canTar: false } as const

  test('its command line: the login is in a file, which comes first', () => {
    const args = backupArguments(tool, { defaultsFile: '/p/login.cnf', lsnFolder: '/p' }, { incrementalLsn: 389_526n })
    expect(args).toEqual([
      '--defaults-file=/p/login.cnf',
      '--backup',
      '--stream=xbstream',
      '--extra-lsndir=/p',
      '--target-dir=/p',
      '--incremental-lsn=389526',
    ])
    expect(() => backupArguments(tool, { defaultsFile: '', lsnFolder: '' }, { format: 'tar' })).toThrow('tar')
  })

  test('a backup is prepared by a tool of its family and version', () => {
    expect(() => requireFittingTool(tool, { family: 'mariadb', serverVersion: '10.11.3-MariaDB' })).not.toThrow()
    expect(() => requireFittingTool(tool, { family: 'mariadb', serverVersion: '11.4.2-MariaDB' })).toThrow('11.4.2')
    expect(() => requireFittingTool(tool, { family: 'percona', serverVersion: '10.11.3' })).toThrow('percona')
  })
})

test('the last lines are kept, whole and bounded', () => {
  const tail = new LineTail()
  for (let line = 0; line < 500; line++) tail.add(`line ${line}\nhalf`)
  tail.add(`${'x'.repeat(5000)}`)
  tail.end()
  expect(tail.lines.length).toBeLessThanOrEqual(60)
  expect(tail.lines.at(-1)?.length).toBe(1000)
  expect(tail.lines.at(-2)).toBe('halfline 499')
})
