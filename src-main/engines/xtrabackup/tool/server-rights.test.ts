import { expect, test } from 'vitest'
import { rightsOf } from './server-rights.ts'

const to = "TO `backup`@`localhost` IDENTIFIED BY PASSWORD '*FF87'"

test('what a login lacks for a backup, by the names of its server', () => {
  const some = `GRANT RELOAD, PROCESS ON *.* ${to}`
  expect(rightsOf([some, `GRANT LOCK TABLES ON \`shop\`.* ${to}`], '10.11.19-MariaDB')).toEqual({
    held: ['RELOAD', 'PROCESS'],
    missing: ['LOCK TABLES', 'BINLOG MONITOR'],
  })
  expect(rightsOf([some], '10.4.1-MariaDB').missing).toEqual(['LOCK TABLES', 'REPLICATION CLIENT'])
  expect(rightsOf([some], '8.0.35-27').missing).toEqual(['LOCK TABLES', 'REPLICATION CLIENT', 'BACKUP_ADMIN'])
  const whole = `GRANT RELOAD, PROCESS, LOCK TABLES, REPLICATION CLIENT ON *.* ${to}`
  expect(rightsOf([whole], '11.4.2-MariaDB').missing).toEqual([])
  expect(rightsOf([whole, `GRANT BACKUP_ADMIN ON *.* ${to}`], '8.4.0').missing).toEqual([])
})

test('all of them, and none; nothing of a password is a right', () => {
  expect(rightsOf([`GRANT ALL PRIVILEGES ON *.* ${to} WITH GRANT OPTION`], '10.11.2-MariaDB').missing).toEqual([])
  expect(rightsOf([`GRANT USAGE ON *.* ${to}`, 'GRANT `role` TO `backup`@`localhost`'], '5.7.44').held).toEqual([])
  expect(JSON.stringify(rightsOf([`GRANT RELOAD ON *.* ${to}`], '10.11.2-MariaDB'))).not.toContain('FF87')
})
