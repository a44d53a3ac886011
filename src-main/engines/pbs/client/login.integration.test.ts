import { expect, test } from 'vitest'
import { decodeBase32, totpAt } from '../server/access/totp.ts'
import { openServer } from '../server/testing/open-server.fixture.ts'
import { PASSWORD, T0, testClock, testToken, testUser } from '../server/testing/server.fixture.ts'
import { BackupSession } from './backup/backup-session.ts'
import { createNamespace, listDatastores, listNamespaces } from './management/datastores.ts'
import { openClient, signal } from './testing/open-client.fixture.ts'

const ref = { namespace: '', type: 'host', backupId: 'elsa', time: T0 } as const
const totpSecret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const admin = (authId: string) => ({ path: '/', authId, role: 'Admin' }) as const

test('row 4: a password gets a ticket, and what changes something carries the CSRF token', async () => {
  const server = await openServer({ access: { acl: [admin('root@pam')] } })
  const client = openClient(server, { authId: 'root@pam', secret: PASSWORD, now: () => server.clock.now() })
  expect(await listDatastores(client, signal)).toHaveLength(1)
  await createNamespace(client, { store: 'tank', namespace: 'a' }, signal)
  expect(await listNamespaces(client, { store: 'tank' }, signal)).toEqual(['', 'a'])
  const session = await BackupSession.open(client, { datastore: 'tank', ref }, signal)
  await session.close()
})

test('row 4: a wrong password is denied with the words of the server, and nothing of it is told', async () => {
  const server = await openServer()
  const client = openClient(server, { authId: 'root@pam', secret: 'not the horse' })
  const failure = await listDatastores(client, signal).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'auth/denied', status: 401 })
  expect(String(failure)).not.toContain('horse')
  await expect(listDatastores(openClient(server, { secret: 'wrong' }), signal)).rejects.toMatchObject({
    code: 'auth/denied',
  })
  await expect(listDatastores(openClient(server, { secret: undefined }), signal)).rejects.toMatchObject({
    code: 'auth/denied',
    message: expect.stringContaining('no secret'),
  })
})

test('row 5: a ticket is renewed with the ticket itself while it is good', async () => {
  const clock = testClock()
  const access = { users: [await testUser('anna@pbs', { totpSecret })], acl: [admin('anna@pbs')] }
  const server = await openServer({ clock, access })
  let asked = 0
  const totp = async () => {
    asked++
    return totpAt(decodeBase32(totpSecret), Math.floor(clock.time / 30_000))
  }
  const client = openClient(server, { authId: 'anna@pbs', secret: PASSWORD, totp, now: () => clock.now() })
  for (let minutes = 0; minutes < 300; minutes += 20) {
    clock.time = (T0 + minutes * 60) * 1000
    expect(await listDatastores(client, signal)).toHaveLength(1)
  }
  // The password would have wanted the second factor again.
  expect(asked).toBe(1)
})

test('row 5: an expired ticket is replaced with the password, also when only the server knows', async () => {
  const clock = testClock()
  const server = await openServer({ clock, access: { acl: [admin('root@pam')] } })
  const sleeping = openClient(server, { authId: 'root@pam', secret: PASSWORD, now: () => clock.now() })
  const unaware = openClient(server, { authId: 'root@pam', secret: PASSWORD, now: () => T0 * 1000 })
  for (const client of [sleeping, unaware]) expect(await listDatastores(client, signal)).toHaveLength(1)
  clock.time += 3 * 3_600_000
  for (const client of [sleeping, unaware]) {
    expect(await listDatastores(client, signal)).toHaveLength(1)
    await createNamespace(client, { store: 'tank', namespace: client === sleeping ? 'a' : 'b' }, signal)
  }
})

test('row 6: a token needs no login, whatever its secret is made of', async () => {
  const server = await openServer({
    access: { tokens: [await testToken('root@pam!night')], acl: [admin('root@pam!night')] },
  })
  expect(await listDatastores(openClient(server, { authId: 'root@pam!night' }), signal)).toHaveLength(1)
})

test('row 7: a second factor is asked for, and without one the way out is told', async () => {
  const server = await openServer({
    access: { users: [await testUser('anna@pbs', { totpSecret })], acl: [admin('anna@pbs')] },
  })
  const anna = { authId: 'anna@pbs', secret: PASSWORD, now: () => server.clock.now() }
  const code = totpAt(decodeBase32(totpSecret), Math.floor(T0 / 30))
  expect(await listDatastores(openClient(server, { ...anna, totp: async () => code }), signal)).toHaveLength(1)
  const without = listDatastores(openClient(server, anna), signal)
  await expect(without).rejects.toMatchObject({ code: 'auth/denied', hint: expect.stringContaining('API token') })
  const wrong = listDatastores(openClient(server, { ...anna, totp: async () => '000000' }), signal)
  await expect(wrong).rejects.toMatchObject({ code: 'auth/denied' })
})
