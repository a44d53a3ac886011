import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openServer } from '../testing/open-server.fixture.ts'
import { call } from '../testing/raw-client.fixture.ts'
import { tokenHeader } from '../testing/server.fixture.ts'
import { ACCESS_FILE, openAccessStore } from './access-store.ts'
import { checkPassword } from './password-hash.ts'

const hashCost = { logN: 4, r: 8, p: 1 }

async function openFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'pbs-access-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const open = () => openAccessStore(folder, { hashCost })
  return { folder, file: path.join(folder, ACCESS_FILE), open, store: await open() }
}

test('users, tokens and rights are kept, with hashes for secrets and for the owner’s eyes only', async () => {
  const { folder, file, open, store } = await openFolder()
  await store.addUser('anna@pbs', 'correct horse', { comment: 'laptop' })
  const secret = await store.addToken('anna@pbs!nightly', { expiresAt: 2_000_000_000 })
  await store.grant({ path: '/datastore/tank', authId: 'anna@pbs!nightly', role: 'DatastoreBackup' })
  await store.grant({ path: '/datastore/tank', authId: 'anna@pbs!nightly', role: 'DatastoreBackup', propagates: false })
  const again = await open()
  expect(again.users()).toEqual([{ userId: 'anna@pbs', isEnabled: true, comment: 'laptop', hasSecondFactor: false }])
  expect(again.tokens('anna@pbs')).toEqual([{ authId: 'anna@pbs!nightly', isEnabled: true, expiresAt: 2_000_000_000 }])
  expect(again.tokens('bert@pbs')).toEqual([])
  expect(again.acl()).toEqual([
    { path: '/datastore/tank', authId: 'anna@pbs!nightly', role: 'DatastoreBackup', propagates: false },
  ])
  const text = await readFile(file, 'utf8')
  expect(text).not.toContain(secret)
  expect(text).not.toContain('correct horse')
  expect(await checkPassword(secret, again.config().tokens[0]?.secretHash ?? '')).toBe(true)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual([ACCESS_FILE]) // no lock, no temporary file is left
})

test('accounts change and go, with what hangs on them', async () => {
  const { store } = await openFolder()
  await store.addUser('anna@pbs', 'correct horse')
  await store.addToken('anna@pbs!one')
  await store.addToken('anna@pbs!two')
  for (const authId of ['anna@pbs', 'anna@pbs!one', 'anna@pbs!two'])
    await store.grant({ path: '/', authId, role: 'DatastoreAdmin' })
  await store.setPassword('anna@pbs', 'battery staple')
  expect(await checkPassword('battery staple', store.config().users[0]?.passwordHash ?? '')).toBe(true)
  await store.changeUser('anna@pbs', { isEnabled: false })
  await store.changeToken('anna@pbs!two', { comment: 'spare' })
  expect([store.users()[0]?.isEnabled, store.tokens()[1]?.comment]).toEqual([false, 'spare'])
  await store.removeToken('anna@pbs!one')
  await store.revoke({ path: '/', authId: 'anna@pbs', role: 'DatastoreAdmin' })
  expect(store.acl().map(({ authId }) => authId)).toEqual(['anna@pbs!two'])
  await store.removeUser('anna@pbs')
  expect([store.users(), store.tokens(), store.acl()]).toEqual([[], [], []])
})

test('what makes no sense is refused and changes nothing', async () => {
  const { store } = await openFolder()
  await store.addUser('anna@pbs', 'correct horse')
  const before = store.config()
  for (const attempt of [
    () => store.addUser('anna@pbs', 'correct horse'),
    () => store.addUser('anna', 'correct horse'),
    () => store.addUser('bert@pbs', 'short'),
    () => store.addToken('anna@pbs'),
    () => store.addToken('bert@pbs!t'),
    () => store.grant({ path: '/datastore/../x', authId: 'anna@pbs', role: 'Admin' }),
    () => store.grant({ path: '/', authId: 'bert@pbs', role: 'Admin' }),
    () => store.revoke({ path: '/', authId: 'anna@pbs', role: 'Admin' }),
    () => store.removeUser('bert@pbs'),
    () => store.setPassword('bert@pbs', 'correct horse'),
  ]) {
    await expect(attempt()).rejects.toMatchObject({ code: 'input/invalid' })
  }
  expect(store.config()).toEqual(before)
})

test('changes through several openings at once are all kept', async () => {
  const { open, store } = await openFolder()
  const stores = [store, await open(), await open()]
  await Promise.all(
    Array.from({ length: 24 }, (_, number) => stores[number % 3]?.addUser(`user-${number}@pbs`, 'correct horse')),
  )
  expect(store.users()).toHaveLength(24)
})

test('a damaged file lets nobody in and is not replaced', async () => {
  const { file, open, store } = await openFolder()
  await store.addUser('anna@pbs', 'correct horse')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.slice(0, -20))
  expect(() => store.config()).toThrow(/is damaged/)
  await expect(open()).rejects.toMatchObject({ code: 'secret/unavailable' })
  await expect(store.addUser('bert@pbs', 'correct horse')).rejects.toMatchObject({ code: 'secret/unavailable' })
  await writeFile(file, text)
  expect(store.users()).toHaveLength(1)
})

test('a running server sees changes at the next call, also those made by another process', async () => {
  const { open, store } = await openFolder()
  const server = await openServer({ accounts: store })
  const elsewhere = await open()
  await elsewhere.addUser('anna@pbs', 'correct horse')
  const secret = await elsewhere.addToken('anna@pbs!laptop')
  const list = async () => {
    const headers = tokenHeader('anna@pbs!laptop', secret)
    return (await call(server.port, '/api2/json/admin/datastore/tank/snapshots', { headers })).status
  }
  expect(await list()).toBe(403)
  for (const authId of ['anna@pbs', 'anna@pbs!laptop'])
    await elsewhere.grant({ path: '/datastore/tank', authId, role: 'DatastoreBackup' })
  expect(await list()).toBe(200)
  await elsewhere.changeToken('anna@pbs!laptop', { isEnabled: false })
  expect(await list()).toBe(401)
  await elsewhere.changeToken('anna@pbs!laptop', { isEnabled: true })
  expect(await list()).toBe(200)
  await elsewhere.removeUser('anna@pbs')
  expect(await list()).toBe(401)
})
