import { expect, test } from 'vitest'
import type { AclEntry } from './access-config.ts'
import { accessConfig } from './access-config.ts'
import { privilegesAt } from './acl.ts'
import { LoginGuard } from './login-guard.ts'
import { checkPassword, hashPassword, isPasswordHash } from './password-hash.ts'
import { createTicketSigner } from './ticket-signer.ts'
import { decodeBase32, matchTotp, totpAt } from './totp.ts'

const entry = (path: string, authId: string, role: AclEntry['role'], propagates = true): AclEntry => ({
  path,
  authId,
  role,
  propagates,
})

test('the deepest entry on the way counts, one above only when it propagates', () => {
  const acl = [
    entry('/datastore', 'anna@pbs', 'DatastoreAdmin'),
    entry('/datastore/tank/private', 'anna@pbs', 'NoAccess'),
    entry('/datastore/tank/private/in', 'anna@pbs', 'DatastoreBackup', false),
  ]
  const at = (path: string) => [...privilegesAt(acl, { user: 'anna@pbs' }, path.split('/'))]
  expect(at('datastore/tank')).toContain('Datastore.Modify')
  expect(at('datastore/tank/private')).toEqual([])
  expect(at('datastore/tank/private/in')).toEqual(['Datastore.Backup'])
  expect(at('datastore/tank/private/in/deep')).toEqual([])
  expect(at('system')).toEqual([])
  expect([...privilegesAt(acl, { user: 'bert@pbs' }, ['datastore', 'tank'])]).toEqual([])
})

test('roles at one path add up', () => {
  const acl = [entry('/', 'a@pbs', 'DatastoreReader'), entry('/', 'a@pbs', 'DatastoreBackup')]
  const granted = privilegesAt(acl, { user: 'a@pbs' }, ['datastore', 'tank'])
  expect([...granted].sort()).toEqual(['Datastore.Audit', 'Datastore.Backup', 'Datastore.Read', 'Datastore.Verify'])
})

test('a token may do what its entries and those of its user allow', () => {
  const acl = [
    entry('/datastore/tank', 'a@pbs', 'DatastorePowerUser'),
    entry('/datastore/tank', 'a@pbs!t', 'DatastoreAdmin'),
  ]
  const token = { user: 'a@pbs', token: 't' }
  expect([...privilegesAt(acl, token, ['datastore', 'tank'])].sort()).toEqual(['Datastore.Backup', 'Datastore.Prune'])
  expect([...privilegesAt(acl, { user: 'a@pbs', token: 'u' }, ['datastore', 'tank'])]).toEqual([])
  expect([...privilegesAt([], { user: 'root@pam', token: 't' }, ['datastore'])]).toEqual([])
  expect(privilegesAt([], { user: 'root@pam' }, ['datastore']).has('Datastore.Modify')).toBe(true)
})

test('passwords are kept as salted hashes that say their cost', async () => {
  const cost = { logN: 4, r: 8, p: 1 }
  const [one, two] = await Promise.all([hashPassword('secret', cost), hashPassword('secret', cost)])
  expect(one).toMatch(/^scrypt:4:8:1:/)
  expect(one).not.toBe(two)
  expect(await Promise.all(['secret', 'Secret', '', 'x'.repeat(2000)].map((word) => checkPassword(word, one)))).toEqual(
    [true, false, false, false],
  )
  // A cost that would take the memory of the computer is no hash.
  expect(isPasswordHash(one.replace('scrypt:4', 'scrypt:30'))).toBe(false)
  expect(await checkPassword('secret', 'secret')).toBe(false)
})

test('RFC 6238: the codes of its appendix', () => {
  const key = Buffer.from('12345678901234567890')
  const codes = [59, 1111111109, 1111111111, 1234567890, 2000000000, 20000000000].map((time) =>
    totpAt(key, Math.floor(time / 30)),
  )
  expect(codes).toEqual(['287082', '081804', '050471', '005924', '279037', '353130']) // the last six digits
  expect(decodeBase32('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')).toEqual(new Uint8Array(key))
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  expect([59, 89, 29].map((time) => matchTotp(secret, '287082', time))).toEqual([1, 1, 1])
  expect([matchTotp(secret, '287082', 90), matchTotp(secret, '28708', 59), matchTotp(secret, '', 59)]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

test('failures are counted by name, for a while, for so many names', () => {
  let time = 0
  const guard = new LoginGuard({ now: () => time, maxFailures: 2, windowMs: 100, maxNames: 3 })
  guard.failed('a')
  expect(guard.isLockedOut('a')).toBe(false)
  guard.failed('a')
  expect([guard.isLockedOut('a'), guard.isLockedOut('b')]).toEqual([true, false])
  time = 99
  expect(guard.isLockedOut('a')).toBe(true)
  time = 100
  expect(guard.isLockedOut('a')).toBe(false)
  guard.failed('a')
  guard.succeeded('a')
  guard.failed('a')
  expect(guard.isLockedOut('a')).toBe(false)
  guard.failed('a')
  for (const name of ['b', 'c', 'd']) guard.failed(name)
  expect(guard.isLockedOut('a')).toBe(false) // forgotten for the newer ones
})

test('a signature is good for its own kind, user and key only', () => {
  const [ours, theirs] = [createTicketSigner(() => 1000), createTicketSigner(() => 1000)]
  const { ticket, csrfToken } = ours.issue('anna@pbs')
  expect([ours.check(ticket), theirs.check(ticket)]).toEqual(['anna@pbs', undefined])
  expect(ours.check(ticket.replace('anna', 'bert'))).toBeUndefined()
  expect([ours.isCsrfToken(csrfToken, 'anna@pbs'), ours.isCsrfToken(csrfToken, 'bert@pbs')]).toEqual([true, false])
  const challenge = ours.issueChallenge('anna@pbs', '{"totp":true}')
  expect(ours.check(challenge)).toBeUndefined()
  expect([ours.isChallengeFor(challenge, 'anna@pbs'), ours.isChallengeFor(challenge, 'bert@pbs')]).toEqual([
    true,
    false,
  ])
  expect(ours.isChallengeFor(ticket, 'anna@pbs')).toBe(false)
})

test('a configuration with a plain password, a token for a user or an odd path is refused', () => {
  const broken = [
    { users: [{ userId: 'a@pbs', passwordHash: 'secret' }] },
    { tokens: [{ authId: 'a@pbs', secretHash: 'scrypt' }] },
    { acl: [{ path: '/datastore/../x', authId: 'a@pbs', role: 'Admin' }] },
    { acl: [{ path: '/', authId: 'a@pbs', role: 'Root' }] },
    { other: [] },
  ]
  for (const config of broken) expect(accessConfig.safeParse(config).success).toBe(false)
  expect(accessConfig.parse({})).toEqual({ version: 1, users: [], tokens: [], acl: [] })
})
