import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { agentConnection, mysqlSource } from '../../../../src-shared/model/mysql-source.ts'
import { mysqlWords } from '../../../app/mysql-words.ts'
import { databaseCommand } from '../../../app/services/database-command.ts'
import { addMysqlOptions, agentConnectionOf, type MysqlFlags, mysqlSecretsOf, mysqlSourceOf } from './mysql-flags.ts'

function read(words: readonly string[]) {
  const command = addMysqlOptions(new Command())
    .option('--user <name>')
    .option('--fingerprint <sha256>')
    .option('--insecure')
  command.parse(words, { from: 'user' })
  return mysqlSourceOf(command.opts<MysqlFlags>())
}

describe('a source that is printed as a line is the same when it is typed', () => {
  const fingerprint = Array.from({ length: 32 }, () => 'A7').join(':')
  it.each([
    { connection: { via: 'local', socket: '/run/mysqld/mysqld.sock', user: 'backup' } },
    { connection: { via: 'local', user: 'backup' }, incremental: { kind: 'weekly', weekday: 6 } },
    { connection: { via: 'local', host: 'localhost', port: 3307, user: 'backup', toolPath: '/opt/xtrabackup' } },
    { connection: { via: 'local', host: '::1', port: 3306, user: 'backup', serverConfig: '/etc/my.cnf' } },
    { connection: { via: 'agent', host: 'db1', port: 25_301, fingerprint, compress: true } },
    { connection: { via: 'agent', host: '::1', transport: 'clear', user: 'someone' }, databases: ['shop', 'blog'] },
    { connection: { via: 'ssh', host: 'backup@db1' }, incremental: { kind: 'fullEvery', runs: 7 } },
    {
      connection: {
        via: 'ssh',
        host: 'db1',
        sshPort: 2222,
        command: ['/opt/holdfast', 'host', 'xtrabackup-agent', '--stdio'],
      },
      stagingFolder: '/var/tmp',
      stagingLimitBytes: 1_000_000,
    },
  ])('%j', (source) => {
    const parsed = mysqlSource.parse({ kind: 'mysql', ...source })
    expect(read(mysqlWords(parsed))).toEqual(parsed)
  })
})

it.each([
  ['--mysql', 'http://db1'],
  ['--mysql', 'db1:port'],
  ['--mysql', '/socket', '--incremental', 'weekly:someday'],
])('%s %s is refused', (...words) => {
  expect(() => read(words)).toThrow(expect.objectContaining({ code: 'input/invalid' }))
})

it.each([
  { via: 'agent', host: '::1', transport: 'clear' },
  { via: 'agent', host: 'db1', fingerprint: Array.from({ length: 32 }, () => 'A7').join(':') },
  { via: 'ssh', host: 'backup@db1', sshPort: 2222 },
])('a restore to an agent that is printed as a line is the same when it is typed: %j', (part) => {
  const connection = agentConnection.parse(part)
  const line = databaseCommand('host/db/x', { kind: 'agent', connection })
  const [program, group, name, snapshot, address = '', ...options] = line.match(/'[^']*'|\S+/g) ?? []
  expect([program, group, name, snapshot]).toEqual(['holdfast', 'database', 'send', 'host/db/x'])
  const command = new Command().option('--fingerprint <x>').option('--insecure').option('--agent-command <x>')
  command.parse(
    options.map((word) => word.replaceAll("'", '')),
    { from: 'user' },
  )
  expect(agentConnectionOf(address.replaceAll("'", ''), command.opts())).toEqual(connection)
})

it('a host of ssh that would be an option is refused', () => {
  expect(() => read(['--mysql', 'ssh://-oProxyCommand=x'])).toThrow()
})

it('passwords come from the environment', () => {
  expect(mysqlSecretsOf({ HOLDFAST_MYSQL_PASSWORD: 'a', HOLDFAST_AGENT_SECRET: 'b' })).toEqual({
    password: 'a',
    agentSecret: 'b',
  })
  expect(mysqlSecretsOf({})).toEqual({})
})
