import { expect, test } from 'vitest'
import { agentConnection } from '../../../src-shared/model/mysql-source.ts'
import { agentAddress } from './fetch-backup.ts'

const address = (connection: unknown) => agentAddress(agentConnection.parse(connection))

test('the way to an agent: TLS unless it is said otherwise', () => {
  const fingerprint = 'AB'.repeat(32)
  expect(address({ via: 'agent', host: 'db1', fingerprint })).toEqual({
    kind: 'tcp',
    host: 'db1',
    port: 25301,
    tls: { fingerprint },
  })
  expect(address({ via: 'agent', host: 'db1', port: 25300, transport: 'clear' })).toMatchObject({ allowClear: true })
})

test('through ssh, whose words nobody can make options or shell text of', () => {
  expect(address({ via: 'ssh', host: 'backup@db1', sshPort: 2222 })).toEqual({
    kind: 'command',
    command: [
      ...['ssh', '-T', '-o', 'BatchMode=yes', '-p', '2222', '--', 'backup@db1'],
      ...['holdfast', 'host', 'xtrabackup-agent', '--stdio'],
    ],
  })
  for (const host of ['-oProxyCommand=x', 'a b', 'a;b', '$(x)']) expect(() => address({ via: 'ssh', host })).toThrow()
  for (const word of ['a;b', 'a b', '$(x)', '`x`', 'a|b', ''])
    expect(() => address({ via: 'ssh', host: 'db1', command: [word] })).toThrow()
})
