import { expect, test } from 'vitest'
import { mysqlSource } from '../../../src-shared/model/mysql-source.ts'
import { mysqlProblem, mysqlWords } from './mysql-words.ts'

const local = mysqlSource.parse({ kind: 'mysql', connection: { via: 'local', user: 'backup' } })

test('a server is said by where it is', () => {
  expect(mysqlWords(local)).toEqual({ title: 'MySQL or MariaDB on this computer', text: 'All databases.' })
  const agent = mysqlSource.parse({ kind: 'mysql', connection: { via: 'agent', host: 'db1' }, databases: ['shop'] })
  expect(mysqlWords(agent)).toEqual({ title: 'MySQL or MariaDB at db1', text: 'Only shop.' })
})

test('what is missing is asked for', () => {
  expect(mysqlProblem(local)).toBeUndefined()
  expect(mysqlProblem({ ...local, connection: { via: 'local', user: '' } })).toBe('Say who logs in to the database.')
  const ssh = { via: 'ssh', host: '', command: ['holdfast'], compress: false } as const
  expect(mysqlProblem({ ...local, connection: { ...ssh, command: [...ssh.command] } })).toBe(
    'Say where the database server is.',
  )
})
