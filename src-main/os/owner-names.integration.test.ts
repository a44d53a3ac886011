import { execFileSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { expect, test } from 'vitest'
import { openOwnerNames } from './owner-names.ts'

const isPosix = process.platform !== 'win32'

test.runIf(isPosix)('users and groups are called as `id` calls them, there and back', () => {
  const names = openOwnerNames()
  const { uid, gid, username } = userInfo()
  const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim()
  for (let time = 0; time < 2; time++) {
    expect([names.userName(uid), names.groupName(gid)]).toEqual([username, group])
    expect([names.userId(username), names.groupId(group)]).toEqual([uid, gid])
  }
})

test.runIf(isPosix)('nobody is found where nobody is, also after somebody was', () => {
  const names = openOwnerNames()
  expect(names.userName(0)).toBe('root')
  expect(names.groupId('root') ?? names.groupId('wheel')).toBe(0)
  const unknown = 3_987_654_321
  expect([names.userName(unknown), names.groupName(unknown)]).toEqual([undefined, undefined])
  expect([names.userId('no such user'), names.groupId('no such group')]).toEqual([undefined, undefined])
})
