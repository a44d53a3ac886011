import { expect, test } from 'vitest'
import { formatAuthId, isDatastoreName, isOwner, isUserId, parseAuthId } from './names.ts'

test('auth ids are users with a realm, and tokens of them', () => {
  expect(parseAuthId('root@pam')).toEqual({ user: 'root@pam' })
  expect(parseAuthId('root@pam!nightly')).toEqual({ user: 'root@pam', token: 'nightly' })
  expect(parseAuthId('a@b@pbs!t')).toEqual({ user: 'a@b@pbs', token: 't' })
  for (const text of ['root@pam', 'root@pam!nightly', 'ä!@pbs']) expect(formatAuthId(parseAuthId(text)!)).toBe(text)
  for (const text of [
    'root',
    '@pam',
    'root@',
    'a b@pam',
    'a:b@pam',
    'a/b@pam',
    'root@pam!',
    'root@pam!-x',
    'a\n@pam',
    `${'a'.repeat(130)}@pam`,
  ]) {
    expect(parseAuthId(text)).toBeUndefined()
  }
  expect([isUserId('root@pam'), isUserId('root@pam!t')]).toEqual([true, false])
})

test('a user stands for own tokens, a token for nobody else', () => {
  const [user, token] = [{ user: 'anna@pbs' }, { user: 'anna@pbs', token: 't' }]
  expect(isOwner('anna@pbs', user)).toBe(true)
  expect(isOwner('anna@pbs!t', user)).toBe(true)
  expect(isOwner('anna@pbs!t', token)).toBe(true)
  expect(isOwner('anna@pbs', token)).toBe(false)
  expect(isOwner('anna@pbs!u', token)).toBe(false)
  expect(isOwner('bert@pbs!t', user)).toBe(false)
  expect(isOwner('', user)).toBe(false)
})

test('datastores have three to thirty-two safe characters', () => {
  for (const name of ['abc', 'a.b-c_d', 'x'.repeat(32)]) expect(isDatastoreName(name)).toBe(true)
  for (const name of ['ab', 'x'.repeat(33), '.abc', 'a/b', 'a b']) expect(isDatastoreName(name)).toBe(false)
})
